internal import ElementaryFunctions
import Foundation

/// The scores of `N` utterances against `E` labels, `[N, E]`, row-major, all finite (equation 2).
public struct LabelScores: Sendable {
  /// The scores, row after row.
  public let values: [Float]

  /// The number of labels, `E`, at least 1.
  public let labelCount: Int

  /// The number of utterances, `N`.
  public var rowCount: Int { values.count / labelCount }

  /// Checks and wraps a matrix of scores.
  ///
  /// - Parameters:
  ///   - values: The scores, `[N, E]`, row-major.
  ///   - labelCount: The number of labels, `E`.
  /// - Throws: `EvaluationError` when a row is incomplete or a score is not finite.
  public init(_ values: [Float], labelCount: Int) throws(EvaluationError) {
    guard labelCount > 0, values.count.isMultiple(of: labelCount) else {
      throw .incompleteRows(scoreCount: values.count, labelCount: labelCount)
    }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      let (row, label) = index.quotientAndRemainder(dividingBy: labelCount)
      throw .nonFiniteScore(values[index], row: row, label: label)
    }
    self.values = values
    self.labelCount = labelCount
  }

  /// The scores of one utterance, `[E]`; `row` is in `0..<rowCount`.
  public subscript(row: Int) -> ArraySlice<Float> {
    values[row * labelCount..<(row + 1) * labelCount]
  }

  /// The id of each row's highest score, `[N]`; of equal scores the lowest id wins (equation 8).
  public var predictions: [Int] {
    (0..<rowCount).map { row in
      let scores = self[row]
      var best = scores.startIndex
      for index in scores.indices where scores[index] > scores[best] { best = index }
      return best - scores.startIndex
    }
  }

  /// All label ids of one row, from the highest score to the lowest; equal scores by id.
  public func ranking(ofRow row: Int) -> [Int] {
    let scores = self[row]
    let first = scores.startIndex
    return (0..<labelCount).sorted { left, right in
      let (a, b) = (scores[first + left], scores[first + right])
      return a == b ? left < right : a > b
    }
  }
}

// MARK: - Entropy

/// The mean entropy of the `top` highest scores of each row.
public struct TopEntropy: Sendable, Equatable, Codable {
  /// How many scores the softmax runs over: `k` in the paper.
  public let top: Int

  /// The mean over all rows in nats, in `0...log(top)`.
  public let entropy: Double

  enum CodingKeys: String, CodingKey {
    case top = "k"
    case entropy
  }
}

extension LabelScores {
  /// The entropy of the `k` highest scores under their softmax, mean over rows (equation 11).
  ///
  /// - Parameter k: How many scores, in `1...labelCount`.
  /// - Returns: The mean in nats; 0 when there are no rows.
  /// - Throws: `EvaluationError.topOutOfRange`.
  public func entropy(ofTop k: Int) throws(EvaluationError) -> Double {
    guard (1...labelCount).contains(k) else {
      throw .topOutOfRange(k, labelCount: labelCount)
    }
    return meanEntropies()[k - 1]
  }

  /// Equation 11 for every `k` in `2...labelCount`, in one pass (the paper's Figure 3).
  public func entropyCurve() -> [TopEntropy] {
    meanEntropies().enumerated().dropFirst().map {
      TopEntropy(top: $0.offset + 1, entropy: $0.element)
    }
  }

  /// The mean entropies for `k` in `1...labelCount`.
  ///
  /// With `x` the distance to a row's highest score and `z` the sum of `exp(x)`, the entropy is
  /// `log z - sum(x exp(x)) / z`: both sums grow by one term from each `k` to the next.
  private func meanEntropies() -> [Double] {
    var means = [Double](repeating: 0, count: labelCount)
    for row in 0..<rowCount {
      let sorted = self[row].sorted(by: >).map(Double.init)
      var (partition, weighted) = (0.0, 0.0)
      for (index, score) in sorted.enumerated() {
        let distance = score - sorted[0]
        partition += Elementary.exp(distance)
        weighted += distance * Elementary.exp(distance)
        means[index] += max(0, Elementary.log(partition) - weighted / partition)
      }
    }
    return means.map { $0 / Double(max(rowCount, 1)) }
  }
}
