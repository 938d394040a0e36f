/// Precision, recall and F1 of one label; each is 0 where its denominator is 0.
public struct ClassScore: Sendable, Equatable, Codable {
  /// The label's name.
  public let name: String

  /// Correct predictions of this label over all predictions of it.
  public let precision: Double

  /// Correct predictions of this label over all rows that carry it.
  public let recall: Double

  /// The harmonic mean of precision and recall.
  public let f1: Double

  /// The number of rows that carry this label.
  public let support: Int

  /// The number of rows for which this label was predicted.
  public let predicted: Int
}

/// How well predictions agree with the truth, overall and label by label.
public struct ClassificationReport: Sendable, Equatable, Codable {
  /// The number of rows, `N`.
  public let count: Int

  /// The share of correct predictions; 0 when there are no rows.
  public let accuracy: Double

  /// The mean F1 weighted by support (equation 9).
  public let weightedF1: Double

  /// The mean F1 over all `E` labels, absent ones counting as 0 (equation 10).
  public let macroF1: Double

  /// The mean F1 over the labels that are true or predicted somewhere: scikit-learn's default.
  public let macroF1Present: Double

  /// The scores of each label, in id order, `[E]`.
  public let perClass: [ClassScore]

  /// The counts of (true label, predicted label), `[E, E]`.
  public let confusion: [[Int]]

  /// The entropy curve (equation 11); empty when the report was made without scores.
  public let entropy: [TopEntropy]

  /// What became of answers in words; nil for the predictions of a model of our own.
  public let answers: AnswerCounts?

  /// 95 % bootstrap intervals by metric, lower and upper bound; nil where nobody asked for them.
  public var intervals: [String: [Double]]?

  /// What taking biases from the scores did; nil where that was not done.
  public var debias: DebiasRecord?

  enum CodingKeys: String, CodingKey {
    case count
    case accuracy
    case weightedF1 = "weighted_f1"
    case macroF1 = "macro_f1"
    case macroF1Present = "macro_f1_present"
    case perClass = "per_class"
    case confusion
    case entropy
    case answers
    case intervals
    case debias
  }

  /// Compares predictions with the truth.
  ///
  /// - Parameters:
  ///   - truth: The true label ids, `[N]`, each in `0..<labelNames.count`.
  ///   - predicted: The predicted label ids, `[N]`, in the same range.
  ///   - labelNames: The names of all labels, `[E]`, in id order.
  ///   - entropy: The entropy curve to go with the report.
  /// - Throws: `EvaluationError` when the counts differ or an id is out of range.
  public init(
    truth: [Int], predicted: [Int], labelNames: [String], entropy: [TopEntropy] = []
  ) throws(EvaluationError) {
    try self.init(truth, predicted, labelNames, entropy, nil)
  }

  /// Compares answers with the truth; one that is no label counts as wrong.
  ///
  /// Such a row is in its label's support and in the count of rows, but in no label's predictions, nor in the
  /// confusion matrix: what scikit-learn gives for one more predicted label, with `labels` the others.
  ///
  /// - Parameters:
  ///   - truth: The true label ids, `[N]`, each in `0..<labelNames.count`.
  ///   - answers: The labels that answers name, `[N]`, in the same range; nil for none.
  ///   - labelNames: The names of all labels, `[E]`, in id order.
  ///   - counts: What became of the answers.
  /// - Throws: `EvaluationError` when the counts differ or an id is out of range.
  public init(
    truth: [Int], answers: [Int?], labelNames: [String], counts: AnswerCounts
  ) throws(EvaluationError) {
    try self.init(truth, answers, labelNames, [], counts)
  }

  private init(
    _ truth: [Int], _ predicted: [Int?], _ labelNames: [String], _ entropy: [TopEntropy],
    _ answers: AnswerCounts?
  ) throws(EvaluationError) {
    confusion = try Self.confusion(
      truth: truth, predicted: predicted, labelCount: labelNames.count)
    var support = [Int](repeating: 0, count: labelNames.count)
    for label in truth { support[label] += 1 }
    perClass = Self.scores(confusion: confusion, support: support, labelNames: labelNames)
    count = truth.count
    self.entropy = entropy
    self.answers = answers

    accuracy = ratio(Double(zip(truth, predicted).count { $0 == $1 }), count)
    weightedF1 = perClass.weightedMean(of: \.f1)
    macroF1 = perClass.mean(of: \.f1)
    macroF1Present = perClass.filter { $0.support + $0.predicted > 0 }.mean(of: \.f1)
  }

  /// Compares the highest scores with the truth and adds the entropy curve.
  ///
  /// - Parameters:
  ///   - truth: The true label ids, `[N]`, each in `0..<labelNames.count`.
  ///   - scores: The model's scores, `[N, E]`.
  ///   - labelNames: The names of all labels, `[E]`, in id order.
  /// - Throws: `EvaluationError` when the counts differ or an id is out of range.
  public init(
    truth: [Int], scores: LabelScores, labelNames: [String]
  ) throws(EvaluationError) {
    try self.init(
      truth: truth, predicted: scores.predictions, labelNames: labelNames,
      entropy: scores.entropyCurve())
  }

  private static func confusion(
    truth: [Int], predicted: [Int?], labelCount: Int
  ) throws(EvaluationError) -> [[Int]] {
    guard truth.count == predicted.count else {
      throw .unequalCounts(truth: truth.count, predicted: predicted.count)
    }
    let ids = 0..<labelCount
    var counts = ids.map { _ in [Int](repeating: 0, count: labelCount) }
    for (row, pair) in zip(truth, predicted).enumerated() {
      for id in [pair.0, pair.1].compactMap(\.self) where !ids.contains(id) {
        throw .unknownLabel(id: id, row: row, labelCount: labelCount)
      }
      if let predicted = pair.1 { counts[pair.0][predicted] += 1 }
    }
    return counts
  }

  private static func scores(
    confusion: [[Int]], support: [Int], labelNames: [String]
  ) -> [ClassScore] {
    labelNames.enumerated().map { id, name in
      let correct = Double(confusion[id][id])
      let support = support[id]
      let predicted = confusion.reduce(0) { $0 + $1[id] }
      return ClassScore(
        name: name, precision: ratio(correct, predicted), recall: ratio(correct, support),
        f1: ratio(2 * correct, support + predicted), support: support, predicted: predicted)
    }
  }
}

extension [ClassScore] {
  /// The plain mean over labels; 0 when there are none.
  func mean(of score: KeyPath<ClassScore, Double>) -> Double {
    ratio(reduce(0) { $0 + $1[keyPath: score] }, count)
  }

  /// The mean over labels weighted by their support; 0 when there are no rows.
  func weightedMean(of score: KeyPath<ClassScore, Double>) -> Double {
    let weighted = reduce(0) { $0 + Double($1.support) * $1[keyPath: score] }
    return ratio(weighted, reduce(0) { $0 + $1.support })
  }
}

/// The quotient, or 0 when nothing was counted: scikit-learn's `zero_division=0`.
private func ratio(_ numerator: Double, _ denominator: Int) -> Double {
  denominator == 0 ? 0 : numerator / Double(denominator)
}
