internal import ElementaryFunctions
internal import Foundation
public import Tensors

/// The mean cross-entropy of the scores (equation 3), or one in which rows weigh differently.
public struct CrossEntropy: Sendable {
  /// The loss; 0 for one label.
  public let value: Double

  /// The gradient by the scores, `[B, E]`: (softmax - one-hot) / B, times the row's weight.
  public let gradient: DoubleMatrix

  /// Evaluates scores `[B, E]` against B targets in 0..<E, by log-sum-exp.
  ///
  /// - Parameters:
  ///   - scores: The scores.
  ///   - targets: The label of each row.
  ///   - weights: What each row's cross-entropy counts for, constants; the sum is divided by B all the same.
  public init(scores: DoubleMatrix, targets: [Int], weights: [Double]? = nil) {
    precondition(targets.count == scores.rows, "\(targets.count) targets, \(scores.rows) rows")
    precondition((weights?.count ?? scores.rows) == scores.rows, "a weight for each row")
    var sum = 0.0
    var gradient = scores
    let share = 1 / Double(scores.rows)
    for (row, target) in targets.enumerated() {
      let range = scores.range(ofRow: row)
      let norm = logSumExp(scores.values[range])
      let weight = weights?[row] ?? 1
      let rowShare = share * weight
      sum += weight * (norm - scores[row, target])
      for index in range {
        gradient.values[index] = Elementary.exp(scores.values[index] - norm) * rowShare
      }
      gradient[row, target] -= rowShare
    }
    value = sum * share
    self.gradient = gradient
  }
}

/// The logarithm of the sum of exponentials; exactly x for the one element x.
public func logSumExp(_ values: some Collection<Double>) -> Double {
  guard let maximum = values.max(), maximum.isFinite else { return values.max() ?? -.infinity }
  return maximum + Elementary.log(values.reduce(0) { $0 + Elementary.exp($1 - maximum) })
}
