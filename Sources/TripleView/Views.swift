internal import Objectives
internal import Tensors

/// What the three views found in a batch, and the names under which logs and people see it.
struct Views {
  /// The number of rows that are compared.
  var anchors: Int
  /// The cross-entropy of equation 3.
  var crossEntropy: Double
  /// The contrastive loss of equation 4, its factor included, alpha not; 0 when it takes no part.
  var contrastive = 0.0
  /// The disentangled loss of equation 6, beta not included; 0 when it takes no part.
  var disentangled = 0.0
  /// Alpha where the contrastive loss takes part, else 0.
  var contrastiveWeight = 0.0
  /// Beta where the disentangled loss takes part, else 0.
  var disentangledWeight = 0.0
  /// The number of clusters; 0 when nothing was clustered.
  var clusterCount = 0
  /// The share of rows in the majority label of their cluster, in 0...1; 0 when nothing was clustered.
  var clusterPurity = 0.0
  /// The number of anchors whose P(i) is empty.
  var anchorsWithoutPositives = 0
  /// The number of anchors whose N(i) is empty.
  var anchorsWithoutNegatives = 0
  /// The denominator of equation 5, the weakest spot of the method when it nears 0.
  var weightSum = 0.0

  /// The losses, in the order of logs.
  var terms: [LossTerm] {
    [
      LossTerm("ce", title: "cross-entropy", value: crossEntropy, weight: 1),
      LossTerm("ccl", title: "contrastive", value: contrastive, weight: contrastiveWeight),
      LossTerm("ldl", title: "disentangled", value: disentangled, weight: disentangledWeight),
    ]
  }

  /// How the views fare, in the order of logs.
  var statistics: [Statistic] {
    func share(_ count: Int) -> Double { Double(count) / Double(max(1, anchors)) }
    return [
      Statistic("clusters", title: "clusters", count: clusterCount),
      Statistic("cluster_purity", title: "cluster purity", value: clusterPurity),
      Statistic(
        "p_empty", title: "anchors without positives", value: share(anchorsWithoutPositives)),
      Statistic(
        "n_empty", title: "anchors without negatives", value: share(anchorsWithoutNegatives)),
      Statistic("ldl_weight_sum", title: "disentangled weight sum", value: weightSum),
    ]
  }
}
