internal import Foundation
public import Tensors

/// The instance-instance view (equation 4): the clustering-guided contrastive loss.
///
/// With clusters, P(i) is same label and other cluster, N(i) other label and same cluster; without
/// (w/o CG, the supervised contrastive loss of Khosla et al. 2020) P(i) is same label, N(i) the
/// rest. An anchor i never belongs to its own sets. What degenerate batches give:
/// - Empty P(i) (one class in one cluster, one row, every row its own class): the mean over P(i)
///   is over nothing, so the anchor adds 0 to value and gradient; it still counts in B, lest the
///   loss jump when an anchor gains its first positive.
/// - Empty N(i): the positives compete with one another, as the equation says. A single positive
///   without negatives is sure to be chosen: exactly 0.
/// - Duplicate rows and rows of any size: the exponentials are taken relative to the largest.
public struct ContrastiveLoss: Sendable {
  /// The loss, the factor included.
  public let value: Double

  /// The gradient by the rows, `[B, d]`.
  public let gradient: DoubleMatrix

  /// The number of anchors whose P(i) is empty.
  public let anchorsWithoutPositives: Int

  /// The number of anchors whose N(i) is empty.
  public let anchorsWithoutNegatives: Int

  /// Evaluates the loss of a batch.
  ///
  /// - Parameters:
  ///   - rows: The instances as the loss compares them, `[B, d]`.
  ///   - targets: The label of each row.
  ///   - clusters: The cluster of each row; nil for the loss without clustering guidance.
  ///   - temperature: The temperature t > 0.
  ///   - factor: What the loss is multiplied by.
  public init(
    rows: DoubleMatrix, targets: [Int], clusters: [Int]?, temperature: Double, factor: Double
  ) {
    let count = rows.rows
    let similarities = rows.timesTranspose(of: rows, scale: 1 / temperature)
    var weights = DoubleMatrix(rows: count, columns: count)  // d value / d similarities
    var (sum, withoutPositives, withoutNegatives) = (0.0, 0, 0)
    let share = factor / Double(count)

    for anchor in 0..<count {
      var (positives, negatives) = ([Int](), [Int]())
      for other in 0..<count where other != anchor {
        let sameLabel = targets[other] == targets[anchor]
        // Without clusters: every positive counts as apart, every negative as near.
        let sameCluster = clusters.map { $0[other] == $0[anchor] } ?? !sameLabel
        if sameLabel && !sameCluster { positives.append(other) }
        if !sameLabel && sameCluster { negatives.append(other) }
      }
      if negatives.isEmpty { withoutNegatives += 1 }
      guard !positives.isEmpty else {
        withoutPositives += 1
        continue
      }
      let compared = positives + negatives
      let norm = logSumExp(compared.map { similarities[anchor, $0] })
      let mean =
        positives.reduce(0) { $0 + similarities[anchor, $1] } / Double(positives.count)
      sum += norm - mean
      for other in compared {
        weights[anchor, other] = share * exp(similarities[anchor, other] - norm)
      }
      for positive in positives {
        weights[anchor, positive] -= share / Double(positives.count)
      }
    }

    value = share * sum
    anchorsWithoutPositives = withoutPositives
    anchorsWithoutNegatives = withoutNegatives
    // A similarity depends on the anchor's row and on the other's.
    weights.add(weights.transposed())
    gradient = weights.times(rows, scale: 1 / temperature)
  }
}
