import ArgumentParser
import EmotionData
import Training

/// The columns that make rows the turns of dialogues.
struct DialogueOptions: ParsableArguments {
  @Option(
    help: """
      The column of the speakers' names, which then stand before what they say; '' for none. (default: none, or a \
      trained model's)
      """)
  var speakerColumn: String?

  @Option(
    help: """
      The column that tells dialogues apart: rows with one value are turns of one dialogue; rows without a label \
      are read as context. '' for none. (default: none, or a trained model's)
      """)
  var dialogueColumn: String?

  @Option(
    help: """
      The column of numbers that order the rows of a dialogue; '' for the order of the file. (default: that order, \
      or a trained model's column)
      """)
  var turnColumn: String?

  func validate() throws {
    guard let turn = turnColumn, !turn.isEmpty, dialogueColumn?.isEmpty ?? false else { return }
    throw ValidationError(
      "--turn-column is '\(turn)', but --dialogue-column says that there are no dialogues. Give both, or leave it "
        + "out.")
  }

  /// Refuses an order of turns where nothing tells dialogues apart.
  ///
  /// - Throws: `ValidationError`.
  func requireDialogues() throws {
    if let problem = turnProblem(nil) { throw ValidationError(problem) }
  }

  /// Refuses an order of turns where neither an option nor the model that is used tells dialogues apart.
  ///
  /// - Parameter model: Its columns, if it reads dialogues.
  /// - Throws: `DataProblem`.
  func requireDialogues(of model: DialogueColumns?) throws {
    if let problem = turnProblem(model) {
      throw DataProblem(problem, code: ExitStatus.usage)
    }
  }

  private func turnProblem(_ model: DialogueColumns?) -> String? {
    guard let turn = turnColumn, !turn.isEmpty, columns(model).dialogue == nil else { return nil }
    return
      "--turn-column is '\(turn)', but without --dialogue-column there are no dialogues whose turns it could order. "
      + "Give both, or leave it out."
  }

  /// The columns that are given.
  var columns: DialogueColumns { columns(nil) }

  /// The columns that are given, in the place of those that a model was trained with.
  func columns(_ model: DialogueColumns?) -> DialogueColumns {
    func chosen(_ given: String?, _ other: String?) -> String? {
      (given ?? other).flatMap { $0.isEmpty ? nil : $0 }
    }
    let dialogue = chosen(dialogueColumn, model?.dialogue)
    return DialogueColumns(
      speaker: chosen(speakerColumn, model?.speaker), dialogue: dialogue,
      turn: dialogue == nil ? nil : chosen(turnColumn, model?.turn))
  }

  /// The options that are given, as `config.yaml` has them.
  var given: [(option: String, column: String)] {
    let columns = columns
    return [
      ("speaker-column", columns.speaker), ("dialogue-column", columns.dialogue),
      ("turn-column", columns.turn),
    ].compactMap { option, column in column.map { (option, $0) } }
  }

  /// Refuses a column that is given twice.
  func requireOther(than others: [String: String]) throws {
    var seen = Dictionary(
      others.map { ($0.value, $0.key) }, uniquingKeysWith: { one, _ in one })
    for (option, column) in given {
      if let other = seen.updateValue("--\(option)", forKey: column) {
        throw ValidationError(
          "\(other) and --\(option) are both '\(column)'; name a column each.")
      }
    }
  }
}

/// What `tokenize` is told of context, which a trained model knows by itself.
struct ContextOptions: ParsableArguments {
  @Option(TrainingSettings.pastSetting) var past: Int?
  @Option(TrainingSettings.futureSetting) var future: Int?
  @Option(TrainingSettings.speakerNamesSetting) var speakerNames: DialogueSettings.SpeakerNames?

  /// How utterances are read, or nil for each on its own.
  func settings(_ columns: DialogueColumns) throws -> DialogueSettings? {
    var settings = TrainingSettings(.paper)
    TrainingSettings.pastSetting.set(past.map(Optional.some), in: &settings)
    TrainingSettings.futureSetting.set(future.map(Optional.some), in: &settings)
    TrainingSettings.speakerNamesSetting.set(speakerNames.map(Optional.some), in: &settings)
    settings.readDialogues(columns)
    do {
      try settings.validate()
    } catch {
      throw DataProblem(error)
    }
    return settings.dialogue
  }
}
