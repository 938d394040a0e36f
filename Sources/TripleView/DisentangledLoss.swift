internal import ElementaryFunctions
internal import Foundation
internal import Objectives
public import Tensors

/// The label-label view (equations 5 and 6): the label-aware disentangled loss.
///
/// The value is `exp(x)`, `x = sum F C / sum F` over the pairs, F the cosines of the score columns,
/// C those of the label rows. The gradient flows through both. What degenerate batches give:
/// - Columns that point all ways make `sum F` negative. The formula is kept, as the authors' code
///   does: the weights still sum to 1.
/// - `|sum F|` below 1e-6 a pair (also: no pair at all): the weights are noise of any size and
///   sign, so the view says nothing: x = 0, value 1, zero gradient.
/// - x beyond -60...60, which a small `sum F` can bring: x is cut off there, with zero gradient,
///   so that one batch cannot overflow the run.
/// - A zero score column or label row has cosine 0 with all, itself included, and no gradient.
public struct DisentangledLoss: Sendable {
  /// The loss, positive.
  public let value: Double

  /// The exponent x, in -60...60.
  public let exponent: Double

  /// The denominator of equation 5.
  public let denominator: Double

  /// The gradient by the scores, `[B, E]`.
  public let scoreGradient: DoubleMatrix

  /// The gradient by the label rows, `[E, C]`.
  public let rowGradient: DoubleMatrix

  /// Evaluates the loss of a batch.
  ///
  /// - Parameters:
  ///   - scores: The scores M, `[B, E]`.
  ///   - rows: The label rows, `[E, C]`.
  ///   - pairs: The pairs that are summed over.
  public init(
    scores: DoubleMatrix, rows: DoubleMatrix, pairs: TripleViewSettings.DisentangledPairs
  ) {
    let count = rows.rows
    let columns = UnitRows(scores.transposed(), epsilon: cosineEpsilon)
    let labels = UnitRows(rows, epsilon: cosineEpsilon)
    let confusions = columns.rows.timesTranspose(of: columns.rows)
    let cosines = labels.rows.timesTranspose(of: labels.rows)

    var (numerator, denominator, pairCount) = (0.0, 0.0, 0)
    Self.forEachPair(pairs, of: count) { pair in
      numerator += confusions.values[pair] * cosines.values[pair]
      denominator += confusions.values[pair]
      pairCount += 1
    }
    let isDefined = abs(denominator) >= 1e-6 * Double(pairCount) && pairCount > 0
    let ratio = isDefined ? numerator / denominator : denominator.isNaN ? denominator : 0
    let exponent = ratio > limit ? limit : ratio < -limit ? -limit : ratio
    let value = Elementary.exp(exponent)
    let slope = isDefined && exponent == ratio ? value / denominator : 0

    var dConfusions = DoubleMatrix(rows: count, columns: count)
    var dCosines = dConfusions
    Self.forEachPair(pairs, of: count) { pair in
      dConfusions.values[pair] = slope * (cosines.values[pair] - exponent)
      dCosines.values[pair] = slope * confusions.values[pair]
    }
    // A cosine depends on both of its vectors.
    dConfusions.add(dConfusions.transposed())
    dCosines.add(dCosines.transposed())

    self.value = value
    self.exponent = exponent
    self.denominator = denominator
    scoreGradient = columns.gradient(dConfusions.times(columns.rows)).transposed()
    rowGradient = labels.gradient(dCosines.times(labels.rows))
  }

  /// Calls the body with the position `j * count + j'` of each pair, in order.
  private static func forEachPair(
    _ pairs: TripleViewSettings.DisentangledPairs, of count: Int, body: (Int) -> Void
  ) {
    for first in 0..<count {
      let start = pairs == .all ? 0 : first + 1
      for second in start..<count {
        body(first * count + second)
      }
    }
  }
}

/// The norm at which torch's cosine similarity clamps.
private let cosineEpsilon = 1e-8

/// The largest exponent that is let through.
private let limit = 60.0
