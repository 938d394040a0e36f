public import Objectives
public import Settings

/// The choices of LCL; the defaults are those of its authors' code.
public struct LabelAwareSettings: Sendable, Codable, Hashable {
  /// The temperature of the contrastive loss.
  public var temperature = 0.3
  /// The weight of both cross-entropies; the contrastive loss has what is left of 1.
  public var lambda = 0.5
  /// The probability of dropout in both networks after the encoders.
  public var dropout = 0.1
}

/// The settings, each declared here and nowhere else.
extension LabelAwareSettings: ObjectiveSettings {
  /// The objective's name.
  public static let name = "lcl"

  /// What it is.
  public static let summary =
    "LCL (Suresh and Ong 2021): two views of every utterance, a contrastive loss whose weights a second encoder learns"

  /// What tables call it.
  public static let title = "LCL"

  /// As the authors train, but for what decays.
  public static var training: [(setting: String, value: String)] {
    [
      ("weight-decay", "1e-2"), ("batch-size", "10"), ("epochs", "5"), ("gradient-clip", "1"),
    ]
  }

  /// What acts only beside others of the run's settings.
  public static var conditions: [(setting: String, needs: RunCondition)] {
    [("head-dropout", .dropout)]
  }

  /// What people call losses and statistics.
  public static var titles: [String: String] { LabelAwareObjective.titles }

  /// All settings, in the order of `config.yaml`.
  public static let settings: [AnySetting<Self>] = [
    AnySetting(
      Setting(
        "temperature", \Self.temperature, in: 1e-3...1000,
        "The temperature of the contrastive loss.", standard: "0.3",
        wanted: "a number from 0.001 to 1000, such as 0.3")),
    AnySetting(
      Setting(
        "lambda", \Self.lambda, in: 0...1,
        "The weight of both cross-entropies; the contrastive loss has what is left of 1.",
        standard: "0.5", wanted: "a number from 0 to 1")),
    AnySetting(
      Setting(
        "head-dropout", \Self.dropout, in: 0...0.95,
        "Dropout in both networks after the encoders.", standard: "0.1",
        wanted: "a probability from 0 to 0.95")),
  ]

  /// The same for every recipe.
  public init(_ recipe: Recipe) { self.init() }

  /// The objective.
  public func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective {
    LabelAwareObjective(self, labelCount: labelCount)
  }
}
