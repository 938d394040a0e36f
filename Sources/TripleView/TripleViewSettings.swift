/// The choices of the three views, each row of the recipe table a setting of its own.
public struct TripleViewSettings: Sendable, Codable, Hashable {
  /// The instance rows that k-means and the contrastive loss compare.
  public enum ContrastiveRows: String, Sendable, Codable, CaseIterable {
    /// The embeddings as they are (equation 4).
    case raw
    /// The embeddings divided by their norms (the authors' code).
    case normalized
  }

  /// The factor on the contrastive loss.
  public enum ContrastiveScale: String, Sendable, Codable, CaseIterable {
    /// One (equation 4).
    case one
    /// The temperature over 0.07, as SupContrast and the authors' code have it.
    case baseTemperature = "base-temperature"
  }

  /// The label rows that the disentangled loss pushes apart.
  public enum DisentangledRows: String, Sendable, Codable, CaseIterable {
    /// The label embeddings, after the head (equation 6).
    case embeddings
    /// The encoder's output, before the head (the authors' code).
    case encoder
  }

  /// The label pairs that the disentangled loss sums over.
  public enum DisentangledPairs: String, Sendable, Codable, CaseIterable {
    /// All ordered pairs, the diagonal included (equations 5 and 6, read literally).
    case all
    /// The pairs j < j' (the authors' code).
    case upperTriangle = "upper-triangle"
  }

  /// How the number of clusters is found.
  public enum ClusterCount: String, Sendable, Codable, CaseIterable {
    /// The number of distinct labels in the batch.
    case labels
    /// The bend of the error curve near that number (Appendix D).
    case elbow
  }

  /// The weight of the contrastive loss in equation 7.
  public var alpha: Double

  /// The weight of the disentangled loss in equation 7.
  public var beta: Double

  /// The temperature of equation 4; positive.
  public var temperature: Double

  /// The rows that k-means and the contrastive loss see.
  public var contrastiveRows: ContrastiveRows

  /// The factor on the contrastive loss.
  public var contrastiveScale: ContrastiveScale

  /// The label rows of the disentangled loss.
  public var disentangledRows: DisentangledRows

  /// The label pairs of the disentangled loss.
  public var disentangledPairs: DisentangledPairs

  /// The number of k-means runs, of which the one with the smallest error is kept; positive.
  public var clusterRestarts: Int

  /// How the number of clusters is found.
  public var clusterCount: ClusterCount

  /// Whether the contrastive loss takes part; false is the paper's "w/o CCL".
  public var usesContrastive = true

  /// Whether the disentangled loss takes part; false is the paper's "w/o LDL".
  public var usesDisentangled = true

  /// Whether clusters guide the contrastive loss; false is the paper's "w/o CG".
  ///
  /// Without them it is the supervised contrastive loss of Khosla et al. 2020.
  public var usesClustering = true

  /// The printed equations.
  public static let paper = TripleViewSettings(
    alpha: 0.4, beta: 0.4, temperature: 0.5, contrastiveRows: .raw, contrastiveScale: .one,
    disentangledRows: .embeddings, disentangledPairs: .all, clusterRestarts: 1,
    clusterCount: .labels)

  /// The authors' published code.
  public static let reference = TripleViewSettings(
    alpha: 0.4, beta: 0.4, temperature: 0.5, contrastiveRows: .normalized,
    contrastiveScale: .baseTemperature, disentangledRows: .encoder,
    disentangledPairs: .upperTriangle, clusterRestarts: 10, clusterCount: .labels)

  /// Whether label rows from before the head are needed.
  public var needsLabelEncodings: Bool {
    usesDisentangled && disentangledRows == .encoder
  }

  /// The factor on the contrastive loss as a number.
  public var contrastiveFactor: Double {
    switch contrastiveScale {
    case .one: 1
    case .baseTemperature: temperature / 0.07
    }
  }
}
