import ArgumentParser
import EmotionData
import Training

extension TrainCommand {
  /// Says where texts are cut shorter than was asked for.
  func tellPositions(_ settings: TrainingSettings) {
    var usual = TrainingSettings(settings.recipe, type(of: settings.objective.settings))
    usual.suitObjective()
    let wanted = training.maxLength ?? usual.maximumLength
    guard settings.maximumLength < wanted else { return }
    printError(
      "warning: --max-length \(wanted): \(visible(model.text)) has \(settings.maximumLength) positions; texts are cut at "
        + "\(settings.maximumLength) tokens")
  }

  /// All that two runs can differ in, however their options are written; where the model is not here, as far
  /// as can be told.
  func identity() throws -> String {
    let settings = try settings(
      try? ModelLocation(model.text), labels: texts.labelName(for: data?.text))
    var rest = self
    (rest.model, rest.data) = ("nano", nil)
    rest.texts = try DataOptions.parse([])
    rest.training = try TrainingOptions.parse([])
    return try settings.yaml(model: model.text, data: data?.text, texts: texts) + "\(rest)"
  }
}
