internal import ElementaryFunctions
internal import Foundation
public import Objectives
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
///
/// The B x B work is done in tiles of some anchors by all rows, and never more than a tile is held:
/// similarities are computed twice instead, for the sums of each anchor and for the gradients.
public struct ContrastiveLoss: Sendable {
  /// The loss, the factor included.
  public let value: Double

  /// The gradient by the rows, `[B, d]`.
  public let gradient: DoubleMatrix

  /// The number of anchors whose P(i) is empty.
  public let anchorsWithoutPositives: Int

  /// The number of anchors whose N(i) is empty.
  public let anchorsWithoutNegatives: Int

  /// The anchors of a tile: part of the result's bits, so that it must not depend on the ranks.
  static let tileHeight = 128

  /// Evaluates the loss of a batch.
  ///
  /// - Parameters:
  ///   - rows: The instances as the loss compares them, `[B, d]`.
  ///   - targets: The label of each row.
  ///   - clusters: The cluster of each row; nil for the loss without clustering guidance.
  ///   - temperature: The temperature t > 0.
  ///   - factor: What the loss is multiplied by.
  ///   - workers: Those who compute the tiles.
  /// - Throws: What the workers throw.
  public init<Workers: TileWorkers>(
    rows: DoubleMatrix, targets: [Int], clusters: [Int]?, temperature: Double, factor: Double,
    workers: Workers = LocalWorkers()
  ) throws(Workers.Failure) {
    try self.init(
      Instances(rows: rows, targets: targets, clusters: clusters, temperature: temperature),
      factor: factor, tileHeight: Self.tileHeight, workers: workers)
  }

  init<Workers: TileWorkers>(
    _ instances: Instances, factor: Double, tileHeight: Int, workers: Workers
  ) throws(Workers.Failure) {
    let rows = instances.rows
    let tiles = RowTiles(rows: rows.rows, height: tileHeight)
    let share = factor / Double(rows.rows)
    let anchors = Anchors(
      try workers.rows(tiles, columns: Anchors.columns) { instances.anchors($0) })
    gradient = try workers.rows(tiles, columns: rows.columns) {
      instances.gradient($0, anchors, share: share)
    }
    value = share * anchors.losses.reduce(0, +)
    anchorsWithoutPositives = anchors.positives.count { $0 == 0 }
    anchorsWithoutNegatives = anchors.negatives.count { $0 == 0 }
  }
}

/// What the loss compares.
struct Instances: Sendable {
  let rows: DoubleMatrix
  let targets: [Int]
  let clusters: [Int]?
  let temperature: Double

  /// The similarities of some anchors to all rows, `[anchors, B]`.
  private func similarities(_ tile: Range<Int>) -> DoubleMatrix {
    rows.rows(tile).timesTranspose(of: rows, scale: 1 / temperature)
  }

  /// Calls the body with each member of P(i) and N(i), in order, and whether it is in P(i).
  @inline(__always)
  private func forEachCompared(with anchor: Int, _ body: (Int, _ isPositive: Bool) -> Void) {
    let target = targets[anchor]
    guard let clusters else {
      for other in targets.indices where other != anchor { body(other, targets[other] == target) }
      return
    }
    let cluster = clusters[anchor]
    for other in targets.indices {
      let hasSameLabel = targets[other] == target
      // One of both, not both: the anchor itself falls out.
      if hasSameLabel != (clusters[other] == cluster) { body(other, hasSameLabel) }
    }
  }

  /// The sums of some anchors, the rows of `Anchors`.
  fileprivate func anchors(_ tile: Range<Int>) -> DoubleMatrix {
    let similarities = similarities(tile)
    var result = DoubleMatrix(rows: tile.count, columns: Anchors.columns)
    for (row, anchor) in tile.enumerated() {
      let start = row * similarities.columns
      var (positives, negatives, positiveSum) = (0, 0, 0.0)
      var maximum = -Double.infinity
      forEachCompared(with: anchor) { other, isPositive in
        let similarity = similarities.values[start + other]
        if isPositive {
          positives += 1
          positiveSum += similarity
        } else {
          negatives += 1
        }
        if similarity > maximum { maximum = similarity }
      }
      var (norm, loss) = (Double.infinity, 0.0)
      if positives > 0 {
        var sum = 0.0
        forEachCompared(with: anchor) { other, _ in
          sum += Elementary.exp(similarities.values[start + other] - maximum)
        }
        norm = maximum + Elementary.log(sum)
        loss = norm - positiveSum / Double(positives)
      }
      result.values.replaceSubrange(
        result.range(ofRow: row), with: [loss, norm, Double(positives), Double(negatives)])
    }
    return result
  }

  /// The gradient by some rows, `[rows, d]`.
  ///
  /// A similarity counts for both of its rows as anchors; the relation of being compared is mutual.
  /// So the rows of the gradient need only the similarities of these rows, and the norms of all.
  fileprivate func gradient(
    _ tile: Range<Int>, _ anchors: Anchors, share: Double
  ) -> DoubleMatrix {
    let similarities = similarities(tile)
    // The derivatives by the similarities.
    var weights = DoubleMatrix(rows: tile.count, columns: rows.rows)
    for (row, anchor) in tile.enumerated() {
      let start = row * weights.columns
      let norm = anchors.norms[anchor]
      let pull = 1 / anchors.positives[anchor]
      forEachCompared(with: anchor) { other, isPositive in
        let similarity = similarities.values[start + other]
        // At most 0, but for the rounding of large numbers; exp(-infinity) where P is empty.
        var weight =
          Elementary.exp(min(similarity - norm, 0))
          + Elementary.exp(min(similarity - anchors.norms[other], 0))
        if isPositive { weight -= pull + 1 / anchors.positives[other] }
        weights.values[start + other] = share * weight
      }
    }
    return weights.times(rows, scale: 1 / temperature)
  }
}

/// The sums of every anchor.
private struct Anchors: Sendable {
  static let columns = 4

  /// The mean of l_ip over P(i); 0 where it is empty.
  let losses: [Double]
  /// The logarithms of the denominators of equation 4; infinite where P(i) is empty.
  let norms: [Double]
  /// The sizes of P(i).
  let positives: [Double]
  /// The sizes of N(i).
  let negatives: [Double]

  init(_ rows: DoubleMatrix) {
    let columns = rows.transposed()
    losses = Array(columns.row(0))
    norms = Array(columns.row(1))
    positives = Array(columns.row(2))
    negatives = Array(columns.row(3))
  }
}
