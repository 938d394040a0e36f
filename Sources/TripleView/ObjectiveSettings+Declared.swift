public import Settings

extension ObjectiveSettings.Kind: SettingValue {}
extension ObjectiveSettings.ContrastiveRows: SettingValue {}
extension ObjectiveSettings.ContrastiveScale: SettingValue {}
extension ObjectiveSettings.DisentangledRows: SettingValue {}
extension ObjectiveSettings.DisentangledPairs: SettingValue {}
extension ObjectiveSettings.ClusterCount: SettingValue {}

/// The objective's settings, each declared here and nowhere else.
extension ObjectiveSettings {
  /// What is trained.
  public static let kindSetting = Setting(
    "objective", \Self.kind,
    """
    triple-view is the paper's method; linear its plain baseline: a head that ends in the scores, \
    cross-entropy, no label tower.
    """, standard: "triple-view")

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

  /// All settings but the kind, in the order of `config.yaml`.
  public static let settings: [AnySetting<Self>] = [
    AnySetting(alphaSetting), AnySetting(betaSetting), AnySetting(temperatureSetting),
    AnySetting(contrastiveRowsSetting), AnySetting(contrastiveScaleSetting),
    AnySetting(disentangledRowsSetting), AnySetting(disentangledPairsSetting),
    AnySetting(restartsSetting), AnySetting(clustersSetting),
  ]

  /// Checks the numbers.
  ///
  /// - Throws: `SettingError` for the first setting out of its range.
  public func validate() throws(SettingError) {
    for setting in Self.settings { try setting.check(self) }
  }
}
