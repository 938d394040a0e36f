public import Objectives
public import Settings

/// The choices of BERT_CDP+MLM.
public struct ClassDefinitionSettings: Sendable, Codable, Hashable {
  /// The probability that a step has utterances and their emotions, and not pairs.
  public var taskProbability = 0.5
  /// The probability that a token of a pair is one to guess.
  public var maskProbability = 0.15
  /// The probability of dropout before the classifier of emotions.
  public var dropout = 0.1
}

/// The settings, each declared here and nowhere else.
extension ClassDefinitionSettings: ObjectiveSettings {
  /// The objective's name.
  public static let name = "cdp-mlm"

  /// What it is.
  public static let summary =
    "BERT_CDP+MLM (Singh et al. 2021): steps on emotions, and steps on pairs of utterance and definition with hidden words"

  /// What tables call it.
  public static let title = "CDP+MLM"

  /// The authors' numbers; their warm-up, a tenth of all steps, depends on the data.
  public static var training: [(setting: String, value: String)] {
    [
      ("learning-rate", "5e-5"), ("weight-decay", "0"), ("gradient-clip", "1"),
      ("batch-size", "16"),
      ("epochs", "10"), ("patience", "10"), ("max-length", "100"),
    ]
  }

  /// What acts only beside others of the run's settings.
  public static var conditions: [(setting: String, needs: RunCondition)] {
    [("head-dropout", .dropout)]
  }

  /// What people call losses and statistics.
  public static var titles: [String: String] { ClassDefinitionObjective.titles }

  /// All settings, in the order of `config.yaml`.
  public static let settings: [AnySetting<Self>] = [
    AnySetting(
      Setting(
        "task-probability", \Self.taskProbability, in: 0...1,
        "The probability that a step is about emotions, and not about definitions.",
        standard: "0.5", wanted: "a probability from 0 to 1")),
    AnySetting(
      Setting(
        "mask-probability", \Self.maskProbability, in: 0...0.99,
        "The probability that a token of text or definition is hidden, to be guessed.",
        standard: "0.15", wanted: "a probability from 0 to 0.99")),
    AnySetting(
      Setting(
        "head-dropout", \Self.dropout, in: 0...0.95,
        "Dropout before the classifier of emotions.", standard: "0.1",
        wanted: "a probability from 0 to 0.95")),
  ]

  /// The same for every recipe.
  public init(_ recipe: Recipe) { self.init() }

  /// What leaves the classifier untrained, or the pairs without definitions.
  public func notes(hasDescriptions: Bool) -> [String] {
    let untrained =
      taskProbability == 0
      ? ["task-probability is 0: no step is about emotions, and the classifier stays as it starts"]
      : []
    let undefined =
      taskProbability < 1 && !hasDescriptions
      ? [
        "definitions: the labels have none but their names, and definitions are what pairs of this objective teach; "
          + "give --labels a map from name to description"
      ] : []
    return untrained + undefined
  }

  /// The objective.
  public func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective {
    ClassDefinitionObjective(self, labelCount: labelCount)
  }
}
