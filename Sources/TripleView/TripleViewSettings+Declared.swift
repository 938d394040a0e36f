public import Objectives
public import Settings

extension TripleViewSettings.ContrastiveRows: SettingValue {}
extension TripleViewSettings.ContrastiveScale: SettingValue {}
extension TripleViewSettings.DisentangledRows: SettingValue {}
extension TripleViewSettings.DisentangledPairs: SettingValue {}
extension TripleViewSettings.ClusterCount: SettingValue {}

/// The settings, each declared here and nowhere else.
extension TripleViewSettings: ObjectiveSettings {
  /// The objective's name.
  public static let name = "triple-view"

  /// The paper's method.
  public static let summary = "the paper's method"

  /// The method's name.
  public static let title = "TACO"

  /// The weight of the contrastive loss.
  public static let alphaSetting = Setting(
    "alpha", \Self.alpha, in: 0...1000, "The weight of the contrastive loss.",
    standard: "0.45 for goemotions, else 0.4", wanted: "a weight of 0 or more, at most 1000")

  /// The weight of the disentangled loss.
  public static let betaSetting = Setting(
    "beta", \Self.beta, in: 0...1000, "The weight of the disentangled loss.",
    standard: "0.5 for goemotions, else 0.4", wanted: "a weight of 0 or more, at most 1000")

  /// The temperature of equation 4.
  public static let temperatureSetting = Setting(
    "temperature", \Self.temperature, in: 1e-3...1000, "The temperature of the contrastive loss.",
    standard: "0.5", wanted: "a number from 0.001 to 1000, such as 0.5")

  /// The rows that k-means and the contrastive loss see.
  public static let contrastiveRowsSetting = Setting(
    "contrastive-rows", \Self.contrastiveRows, "The rows of clustering and contrastive loss.",
    standard: "the recipe's")

  /// The factor on the contrastive loss.
  public static let contrastiveScaleSetting = Setting(
    "contrastive-scale", \Self.contrastiveScale, "The factor of the contrastive loss.",
    standard: "the recipe's")

  /// The label rows of the disentangled loss.
  public static let disentangledRowsSetting = Setting(
    "disentangled-rows", \Self.disentangledRows, "The label rows of the disentangled loss.",
    standard: "the recipe's")

  /// The label pairs of the disentangled loss.
  public static let disentangledPairsSetting = Setting(
    "disentangled-pairs", \Self.disentangledPairs, "The label pairs of the disentangled loss.",
    standard: "the recipe's")

  /// The runs of k-means.
  public static let restartsSetting = Setting(
    "restarts", \Self.clusterRestarts, in: 1...1000,
    "Runs of k-means, of which the best is taken.", standard: "the recipe's")

  /// How the number of clusters is found.
  public static let clustersSetting = Setting(
    "clusters", \Self.clusterCount,
    "How many clusters: the batch's labels, or found by the elbow method.", standard: "labels")

  /// All settings, in the order of `config.yaml`.
  public static let settings: [AnySetting<Self>] = [
    AnySetting(alphaSetting), AnySetting(betaSetting), AnySetting(temperatureSetting),
    AnySetting(contrastiveRowsSetting), AnySetting(contrastiveScaleSetting),
    AnySetting(disentangledRowsSetting), AnySetting(disentangledPairsSetting),
    AnySetting(restartsSetting), AnySetting(clustersSetting),
  ]

  /// The paper's ablations.
  public static let parts: [ObjectivePart<Self>] = [
    ObjectivePart("ldl", title: "LDL", \.usesDisentangled),
    ObjectivePart("ccl", title: "CCL", \.usesContrastive),
    ObjectivePart("clustering", title: "CG", \.usesClustering),
  ]

  /// The elbow method of Appendix D.
  public static var variants: [(setting: String, value: String, title: String)] {
    [(clustersSetting.name, ClusterCount.elbow.rawValue, "elbow")]
  }

  /// What people call the losses and statistics.
  public static var titles: [String: String] {
    let views = Views(anchors: 0, crossEntropy: 0)
    let names =
      views.terms.map { ($0.name, $0.title) } + views.statistics.map { ($0.name, $0.title) }
    return Dictionary(uniqueKeysWithValues: names)
  }

  /// A recipe's settings.
  public init(_ recipe: Recipe) {
    switch recipe {
    case .paper: self = .paper
    case .reference: self = .reference
    }
  }

  /// Takes the paper's weights of GoEmotions.
  public mutating func suit(labels: String) {
    if labels == "goemotions" { (alpha, beta) = (0.45, 0.5) }
  }

  /// The three views.
  public func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective {
    TripleViewObjective(self, heads: heads)
  }
}
