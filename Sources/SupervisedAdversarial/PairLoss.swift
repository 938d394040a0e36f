internal import ElementaryFunctions
internal import Objectives
public import Tensors

/// The contrastive loss over positive pairs: NT-Xent as pytorch-metric-learning 1.6 computes it.
///
/// With u the rows of length 1 and `s_ij = u_i . u_j / t`, the mean over all ordered pairs (i, p) of one label of
///
///     -log( exp(s_ip) / (exp(s_ip) + sum_k exp(s_ik)) ),   k of another label
///
/// so that, unlike in Khosla et al. (2020), an anchor's other positives are not in the denominator. A batch without a
/// pair of one label, or without two labels, has the loss 0 and no gradient.
public struct PairLoss: Sendable {
  /// The loss.
  public let value: Double
  /// The gradient by the rows, `[B, d]`.
  public let gradient: DoubleMatrix
  /// The ordered pairs of one label.
  public let pairCount: Int

  /// Evaluates the loss of a batch.
  ///
  /// - Parameters:
  ///   - rows: What is compared, `[B, d]`, of any length; a zero row has no direction and takes no part.
  ///   - targets: The label of each row.
  ///   - temperature: The temperature t > 0.
  public init(rows: DoubleMatrix, targets: [Int], temperature: Double) {
    let unit = UnitRows(rows, epsilon: 1e-12)
    let similarities = unit.rows.timesTranspose(of: unit.rows, scale: 1 / temperature)
    let counts = targets.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    pairCount = counts.values.reduce(0) { $0 + $1 * ($1 - 1) }
    guard pairCount > 0, counts.count > 1 else {
      value = 0
      gradient = DoubleMatrix(rows: rows.rows, columns: rows.columns)
      return
    }
    let share = 1 / Double(pairCount)
    var sum = 0.0
    var dSimilarities = DoubleMatrix(rows: rows.rows, columns: rows.rows)
    for anchor in targets.indices {
      let others = similarities.row(anchor)
      let maximum = others.max() ?? 0
      let exponentials = others.map { Elementary.exp($0 - maximum) }
      let isPositive = targets.map { $0 == targets[anchor] }
      let negatives = zip(exponentials, isPositive).reduce(0) { $1.1 ? $0 : $0 + $1.0 }
      var inverses = 0.0
      for other in targets.indices where isPositive[other] && other != anchor {
        let norm = exponentials[other] + negatives
        sum += Elementary.log(norm) - (similarities[anchor, other] - maximum)
        inverses += 1 / norm
        dSimilarities[anchor, other] = share * (exponentials[other] / norm - 1)
      }
      for other in targets.indices where !isPositive[other] {
        dSimilarities[anchor, other] = share * exponentials[other] * inverses
      }
    }
    value = share * sum
    // A similarity is of two rows.
    var both = dSimilarities.transposed()
    both.add(dSimilarities)
    gradient = unit.gradient(both.times(unit.rows, scale: 1 / temperature))
  }
}
