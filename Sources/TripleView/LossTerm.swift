internal import Tensors

/// One part of an objective's loss, by the names that logs and people know it by.
public struct LossTerm: Sendable, Hashable {
  /// Its name in `metrics.jsonl`, traces and messages, such as `ce`.
  public let name: String
  /// What people call it, such as `cross-entropy`.
  public let title: String
  /// Its value, the weight not included.
  public let value: Double
  /// Its weight in the total; 0 when it takes no part.
  public let weight: Double

  /// A part of the loss.
  public init(_ name: String, title: String, value: Double, weight: Double) {
    (self.name, self.title, self.value, self.weight) = (name, title, value, weight)
  }
}

/// A number beside the losses that tells how an objective fares.
public struct Statistic: Sendable, Hashable {
  /// Its name in `metrics.jsonl`, such as `p_empty`.
  public let name: String
  /// What people call it, such as `anchors without positives`.
  public let title: String
  /// Its value.
  public let value: Double
  /// Whether it is a whole number of things.
  public let isCount: Bool

  /// A statistic that is a share, a sum or the like.
  public init(_ name: String, title: String, value: Double) {
    (self.name, self.title, self.value, isCount) = (name, title, value, false)
  }

  /// A statistic that counts.
  public init(_ name: String, title: String, count: Int) {
    (self.name, self.title, value, isCount) = (name, title, Double(count), true)
  }
}

extension ObjectiveResult {
  /// The parts of the total, in the order of logs.
  ///
  /// Logs, traces, the display and the check for non-finite numbers print these lists without knowing a name.
  public var terms: [LossTerm] {
    [
      LossTerm("ce", title: "cross-entropy", value: crossEntropy, weight: 1),
      LossTerm("ccl", title: "contrastive", value: contrastive, weight: contrastiveWeight),
      LossTerm("ldl", title: "disentangled", value: disentangled, weight: disentangledWeight),
    ]
  }

  /// How the views fare, in the order of logs.
  public var reported: [Statistic] {
    let anchors = Double(max(1, scores.rows))
    return [
      Statistic("clusters", title: "clusters", count: statistics.clusterCount),
      Statistic("cluster_purity", title: "cluster purity", value: statistics.clusterPurity),
      Statistic(
        "p_empty", title: "anchors without positives",
        value: Double(statistics.anchorsWithoutPositives) / anchors),
      Statistic(
        "n_empty", title: "anchors without negatives",
        value: Double(statistics.anchorsWithoutNegatives) / anchors),
      Statistic(
        "ldl_weight_sum", title: "disentangled weight sum",
        value: statistics.disentangledDenominator),
    ]
  }
}
