public import Objectives
public import Settings

/// The choices of SACL.
public struct SupervisedAdversarialSettings: Sendable, Codable, Hashable {
  /// The weight of the contrastive loss.
  public var weight = 0.1
  /// Its weight in the pass with perturbed parameters.
  public var perturbedWeight = 0.05
  /// The temperature t of the contrastive loss.
  public var temperature = 0.1
  /// The focal loss's exponent g; 0 for cross-entropy.
  public var focusing = 0.0
  /// Dropout before the classifier.
  public var dropout = 0.2

  /// The authors' choices.
  public init() {}
}

/// The settings, each declared here and nowhere else.
extension SupervisedAdversarialSettings: ObjectiveSettings {
  /// The objective's name.
  public static let name = "sacl"

  /// What it is.
  public static let summary =
    "SACL (Hu et al. 2023): cross-entropy and a contrastive loss on class log-probabilities, with an adversarial pass"

  /// What tables call it.
  public static let title = "SACL"

  /// The second pass.
  ///
  /// The authors' learning rate is that of a network over frozen features; an encoder wants the usual one.
  public static var training: [(setting: String, value: String)] { [("adversarial", "1")] }

  /// What acts only beside others of the run's settings.
  public static var conditions: [(setting: String, needs: RunCondition)] {
    [("adversarial-contrastive-weight", .secondPass), ("head-dropout", .dropout)]
  }

  /// What people call losses and statistics.
  public static var titles: [String: String] { SupervisedAdversarialObjective.titles }

  /// All settings, in the order of `config.yaml`.
  public static let settings: [AnySetting<Self>] = [
    AnySetting(
      Setting(
        "contrastive-weight", \Self.weight, in: 0...1000, "The weight of the contrastive loss.",
        standard: "0.1", wanted: "a weight of 0 or more, at most 1000")),
    AnySetting(
      Setting(
        "adversarial-contrastive-weight", \Self.perturbedWeight, in: 0...1000,
        "The weight of the contrastive loss in the adversarial pass.", standard: "0.05",
        wanted: "a weight of 0 or more, at most 1000")),
    AnySetting(
      Setting(
        "temperature", \Self.temperature, in: 1e-3...1e3,
        "The temperature of the contrastive loss.", standard: "0.1",
        wanted: "a number from 1e-3 to 1e3, such as 0.1")),
    AnySetting(
      Setting(
        "focal-gamma", \Self.focusing, in: 0...100,
        "The exponent of the focal loss; 0 is cross-entropy.", standard: "0",
        wanted: "a number from 0 to 100")),
    AnySetting(
      Setting(
        "head-dropout", \Self.dropout, in: 0...0.95,
        "Dropout before the classifier.", standard: "0.2",
        wanted: "a probability from 0 to 0.95")),
  ]

  /// The same for every recipe.
  public init(_ recipe: Recipe) { self.init() }

  /// The objective.
  public func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective {
    SupervisedAdversarialObjective(self, labelCount: labelCount)
  }
}
