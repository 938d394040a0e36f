/// How much of each bias is taken from a model's scores: x, y and z of TFD.
public struct DebiasWeights: Sendable, Equatable, Codable {
  /// Of the label bias, x.
  public let label: Double
  /// Of the word bias, y.
  public let word: Double
  /// Of the speaker bias, z.
  public let speaker: Double

  /// Three weights; any may be negative.
  public init(label: Double, word: Double, speaker: Double) {
    (self.label, self.word, self.speaker) = (label, word, speaker)
  }

  /// Whether all three are finite.
  public var isFinite: Bool { label.isFinite && word.isFinite && speaker.isFinite }
}

/// A model's scores of utterances and of their altered forms, which tell its biases.
///
/// The method is TFD of Tu and others (2023).
public struct BiasScores: Sendable {
  private let plain, label, word: LabelScores
  private let speaker: LabelScores?

  /// Scores of the same utterances, `[N, E]` each.
  ///
  /// - Parameters:
  ///   - plain: Of the utterances as they are.
  ///   - label: With every word hidden and nobody named.
  ///   - word: With sentiment words hidden.
  ///   - speaker: With every word hidden and the speaker named; nil for a model that reads no speakers.
  public init(plain: LabelScores, label: LabelScores, word: LabelScores, speaker: LabelScores?) {
    for other in [label, word, speaker ?? plain] {
      precondition(
        other.labelCount == plain.labelCount && other.values.count == plain.values.count,
        "scores of the same rows and labels")
    }
    (self.plain, self.label, self.word, self.speaker) = (plain, label, word, speaker)
  }

  /// The scores without the biases: `f(u) - x f(label bias) - y f(word bias) - z f(speaker bias)`, in double precision.
  ///
  /// - Parameter weights: x, y and z; z has no effect without speakers.
  /// - Returns: `[N, E]`.
  /// - Throws: `EvaluationError` when a score is not finite.
  public func debiased(by weights: DebiasWeights) throws(EvaluationError) -> LabelScores {
    try LabelScores(
      plain.values.indices.map { index in
        var value = Double(plain.values[index])
        value -= weights.label * Double(label.values[index])
        value -= weights.word * Double(word.values[index])
        if let speaker { value -= weights.speaker * Double(speaker.values[index]) }
        return Float(value)
      }, labelCount: plain.labelCount)
  }

  /// The weights that a pattern search from (0, 0, 0) finds for the highest weighted-F1.
  ///
  /// - Parameter truth: The true label ids, `[N]`.
  /// - Returns: The weights, multiples of a tenth; z is 0 without speakers.
  /// - Throws: `EvaluationError` when truth and scores do not fit together.
  public func bestWeights(truth: [Int]) throws(EvaluationError) -> DebiasWeights {
    // What cannot be told apart later is told now.
    _ = try rows(truth, plain)
    let search = PatternSearch(dimensions: speaker == nil ? 2 : 3)
    let best = search.maximum { point in
      guard let scores = try? debiased(by: Self.weights(at: point)),
        let rows = try? rows(truth, scores)
      else { return -.infinity }
      return rows.score(.weightedF1)
    }
    return Self.weights(at: best.point)
  }

  private func rows(
    _ truth: [Int], _ scores: LabelScores
  ) throws(EvaluationError) -> PredictedRows {
    try PredictedRows(truth: truth, predicted: scores.predictions, labelCount: scores.labelCount)
  }

  /// A quotient of whole numbers is the double nearest to the decimal that people read.
  private static func weights(at point: [Int]) -> DebiasWeights {
    let values = point.map { Double($0) / Double(PatternSearch.stepsPerUnit) }
    return DebiasWeights(
      label: values[0], word: values[1], speaker: values.count > 2 ? values[2] : 0)
  }
}
