internal import ElementaryFunctions
internal import Foundation
public import Tensors

/// The mean cross-entropy of the scores (equation 3).
public struct CrossEntropy: Sendable {
  /// The loss; 0 for one label.
  public let value: Double

  /// The gradient by the scores, `[B, E]`: (softmax - one-hot) / B.
  public let gradient: DoubleMatrix

  /// Evaluates scores `[B, E]` against B targets in 0..<E, by log-sum-exp.
  public init(scores: DoubleMatrix, targets: [Int]) {
    precondition(targets.count == scores.rows, "\(targets.count) targets, \(scores.rows) rows")
    var sum = 0.0
    var gradient = scores
    let share = 1 / Double(scores.rows)
    for (row, target) in targets.enumerated() {
      let range = scores.range(ofRow: row)
      let norm = logSumExp(scores.values[range])
      sum += norm - scores[row, target]
      for index in range {
        gradient.values[index] = Elementary.exp(scores.values[index] - norm) * share
      }
      gradient[row, target] -= share
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
