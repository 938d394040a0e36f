internal import ElementaryFunctions
import Foundation

/// A mean over runs and how far they scatter.
public struct Spread: Sendable, Equatable {
  /// The number of values, at least 1.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// Their sample standard deviation (n - 1), nil for one value.
  public let deviation: Double?

  /// Summarises values; nil when there are none.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
  }
}

/// The three scores of the paper's tables.
public enum Metric: String, Sendable, CaseIterable {
  /// The share of correct predictions.
  case accuracy
  /// Equation 9.
  case weightedF1 = "weighted-f1"
  /// Equation 10.
  case macroF1 = "macro-f1"

  /// As tables call it.
  public var title: String {
    switch self {
    case .accuracy: "accuracy"
    case .weightedF1: "weighted-F1"
    case .macroF1: "macro-F1"
    }
  }
}

/// Predictions beside the truth, for resampling.
public struct PredictedRows: Sendable {
  /// The true label of each row.
  public let truth: [Int]
  /// The predicted label of each row; -1 for an answer that is no label.
  public let predicted: [Int]
  /// The number of labels.
  public let labelCount: Int

  /// Pairs truth and predictions.
  ///
  /// - Throws: `EvaluationError` when the counts differ or a label is out of range.
  public init(
    truth: [Int], predicted: [Int], labelCount: Int
  ) throws(EvaluationError) {
    guard truth.count == predicted.count else {
      throw .unequalCounts(truth: truth.count, predicted: predicted.count)
    }
    for labels in [truth, predicted] {
      if let row = labels.firstIndex(where: { !(0..<labelCount).contains($0) }) {
        throw .unknownLabel(id: labels[row], row: row, labelCount: labelCount)
      }
    }
    self.truth = truth
    self.predicted = predicted
    self.labelCount = labelCount
  }

  /// Pairs truth and answers, of which nil is no label, and wrong.
  ///
  /// - Throws: `EvaluationError` when the counts differ or a label is out of range.
  public init(truth: [Int], answers: [Int?], labelCount: Int) throws(EvaluationError) {
    // The same checks, with the truth in the place of what is no label.
    let checked = try Self(
      truth: truth,
      predicted: answers.enumerated().map { row, label in
        label ?? (truth.indices.contains(row) ? truth[row] : 0)
      }, labelCount: labelCount)
    self.truth = checked.truth
    predicted = answers.map { $0 ?? -1 }
    self.labelCount = labelCount
  }

  /// A metric over all rows.
  public func score(_ metric: Metric) -> Double {
    Self.score(
      metric, labelCount, rows: truth.count, truth: { truth[$0] }, predicted: { predicted[$0] })
  }

  /// Percentile bootstrap over rows.
  ///
  /// - Parameters:
  ///   - metric: What is measured.
  ///   - level: The share of resamples inside, in 0..<1.
  ///   - resamples: How often rows are drawn.
  ///   - seed: Decides the draws.
  /// - Returns: The interval; nil when there are no rows.
  public func interval(
    _ metric: Metric, level: Double = 0.95, resamples: Int = 2000, seed: UInt64 = 0
  ) -> ClosedRange<Double>? {
    guard !truth.isEmpty else { return nil }
    return Self.percentiles(level, resamples, seed, rows: truth.count) { draw in
      Self.score(
        metric, labelCount, rows: draw.count, truth: { truth[draw[$0]] },
        predicted: { predicted[draw[$0]] })
    }
  }

  /// The same for the mean score of several models on the same rows, such as one for each seed.
  ///
  /// - Returns: The interval; nil when there are no rows or the models' rows differ.
  public static func interval(
    ofMean models: [PredictedRows], _ metric: Metric, level: Double = 0.95, resamples: Int = 2000,
    seed: UInt64 = 0
  ) -> ClosedRange<Double>? {
    guard let truth = models.first?.truth, !truth.isEmpty,
      models.allSatisfy({ $0.truth == truth })
    else { return nil }
    return percentiles(level, resamples, seed, rows: truth.count) { draw in
      let sum = models.reduce(0) { sum, model in
        sum
          + score(
            metric, model.labelCount, rows: draw.count, truth: { truth[draw[$0]] },
            predicted: { model.predicted[draw[$0]] })
      }
      return sum / Double(models.count)
    }
  }

  fileprivate static func percentiles(
    _ level: Double, _ resamples: Int, _ seed: UInt64, rows: Int, _ score: ([Int]) -> Double
  ) -> ClosedRange<Double> {
    var random = Resampler(seed: seed)
    var draw = [Int](repeating: 0, count: rows)
    let scores = (0..<max(1, resamples)).map { _ in
      for index in draw.indices { draw[index] = Int.random(in: 0..<rows, using: &random) }
      return score(draw)
    }.sorted()
    return quantile(scores, (1 - level) / 2)...quantile(scores, (1 + level) / 2)
  }

  /// Linear between the two nearest, as numpy's default.
  private static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
  }

  fileprivate static func score(
    _ metric: Metric, _ labelCount: Int, rows: Int, truth: (Int) -> Int, predicted: (Int) -> Int
  ) -> Double {
    guard rows > 0 else { return 0 }
    var correct = [Int](repeating: 0, count: labelCount)
    var support = correct
    var chosen = correct
    for row in 0..<rows {
      let (label, guess) = (truth(row), predicted(row))
      support[label] += 1
      if guess >= 0 { chosen[guess] += 1 }
      if label == guess { correct[label] += 1 }
    }
    func f1(_ label: Int) -> Double {
      let total = support[label] + chosen[label]
      return total == 0 ? 0 : 2 * Double(correct[label]) / Double(total)
    }
    switch metric {
    case .accuracy: return Double(correct.reduce(0, +)) / Double(rows)
    case .weightedF1:
      return (0..<labelCount).reduce(0) { $0 + Double(support[$1]) * f1($1) } / Double(rows)
    case .macroF1: return (0..<labelCount).reduce(0) { $0 + f1($1) } / Double(labelCount)
    }
  }
}

/// Two models on the same rows.
public struct ModelComparison: Sendable {
  private let ours: PredictedRows
  private let theirs: PredictedRows

  /// Compares two models' predictions of the same rows.
  ///
  /// - Throws: `EvaluationError` when they are not of the same rows.
  public init(_ ours: PredictedRows, against theirs: PredictedRows) throws(EvaluationError) {
    guard ours.truth == theirs.truth, ours.labelCount == theirs.labelCount else {
      throw .otherRows
    }
    (self.ours, self.theirs) = (ours, theirs)
  }

  /// The rows that only ours, and that only theirs gets right.
  public var discordant: (ours: Int, theirs: Int) {
    var counts = (ours: 0, theirs: 0)
    for row in ours.truth.indices {
      let a = ours.predicted[row] == ours.truth[row]
      let b = theirs.predicted[row] == ours.truth[row]
      if a, !b { counts.ours += 1 }
      if b, !a { counts.theirs += 1 }
    }
    return counts
  }

  /// McNemar's test of equal accuracy, two-sided: exact (binomial) below 25 discordant rows, else
  /// chi-squared with continuity correction.
  public var mcNemar: (p: Double, isExact: Bool) {
    let (a, b) = discordant
    return a + b < 25 ? (Self.exactMcNemar(a, b), true) : (Self.correctedMcNemar(a, b), false)
  }

  /// Twice the smaller tail of the binomial distribution with p = 1/2, at most 1.
  static func exactMcNemar(_ a: Int, _ b: Int) -> Double {
    let n = a + b
    guard n > 0 else { return 1 }
    var term = -Double(n) * Elementary.log(2)
    var tail = Elementary.exp(term)
    for k in 0..<min(a, b) {
      term += Elementary.log(Double(n - k)) - Elementary.log(Double(k + 1))
      tail += Elementary.exp(term)
    }
    return min(1, 2 * tail)
  }

  /// The chi-squared distribution's tail, one degree of freedom, beyond (|a - b| - 1)^2 / (a + b).
  static func correctedMcNemar(_ a: Int, _ b: Int) -> Double {
    guard a + b > 0 else { return 1 }
    let distance = Double(abs(a - b)) - 1
    return erfc((distance * distance / Double(a + b) / 2).squareRoot())
  }

  /// Our score less theirs.
  public func difference(_ metric: Metric) -> Double { ours.score(metric) - theirs.score(metric) }

  /// Percentile bootstrap of the difference, both models on the same drawn rows.
  public func interval(
    _ metric: Metric, level: Double = 0.95, resamples: Int = 2000, seed: UInt64 = 0
  ) -> ClosedRange<Double>? {
    guard !ours.truth.isEmpty else { return nil }
    return PredictedRows.percentiles(level, resamples, seed, rows: ours.truth.count) { draw in
      difference(metric, rows: draw.count) { (draw[$0], false) }
    }
  }

  /// Permutation test of a metric's difference, two-sided: the two models' predictions change places
  /// row by row, in all ways up to 12 rows that differ, else in so many random ones.
  public func permutation(_ metric: Metric, resamples: Int = 5000, seed: UInt64 = 0) -> Double {
    let differing = ours.truth.indices.filter { ours.predicted[$0] != theirs.predicted[$0] }
    guard !differing.isEmpty else { return 1 }
    let found = abs(difference(metric))
    var swapped = [Bool](repeating: false, count: ours.truth.count)
    func isAsFar() -> Bool {
      let value = difference(metric, rows: swapped.count) { ($0, swapped[$0]) }
      return abs(value) >= found * (1 - 1e-12) - 1e-15
    }
    if differing.count <= 12 {
      let all = 1 << differing.count
      let far = (0..<all).count { mask in
        for (bit, row) in differing.enumerated() { swapped[row] = mask >> bit & 1 == 1 }
        return isAsFar()
      }
      return Double(far) / Double(all)
    }
    var random = Resampler(seed: seed)
    var far = 0
    for _ in 0..<resamples {
      for row in differing { swapped[row] = Bool.random(using: &random) }
      if isAsFar() { far += 1 }
    }
    return Double(far + 1) / Double(resamples + 1)
  }

  /// The difference over drawn rows; `place` tells a drawn row and whether the models change places.
  private func difference(
    _ metric: Metric, rows: Int, _ place: (Int) -> (row: Int, isSwapped: Bool)
  ) -> Double {
    func score(_ first: PredictedRows, _ second: PredictedRows) -> Double {
      PredictedRows.score(
        metric, ours.labelCount, rows: rows, truth: { ours.truth[place($0).row] },
        predicted: {
          let found = place($0)
          return found.isSwapped ? second.predicted[found.row] : first.predicted[found.row]
        })
    }
    return score(ours, theirs) - score(theirs, ours)
  }
}
