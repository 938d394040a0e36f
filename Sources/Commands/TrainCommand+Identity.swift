import ArgumentParser

extension TrainCommand {
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
