internal import Foundation

/// The paper's three scores of some predictions.
public struct HeadlineScores: Sendable, Equatable, Codable {
  /// The share of correct predictions.
  public let accuracy: Double
  /// Equation 9.
  public let weightedF1: Double
  /// Equation 10.
  public let macroF1: Double

  enum CodingKeys: String, CodingKey {
    case accuracy
    case weightedF1 = "weighted_f1"
    case macroF1 = "macro_f1"
  }

  /// Those of predictions.
  public init(_ rows: PredictedRows) {
    accuracy = rows.score(.accuracy)
    weightedF1 = rows.score(.weightedF1)
    macroF1 = rows.score(.macroF1)
  }

  /// Whether all are shares.
  public var areShares: Bool {
    [accuracy, weightedF1, macroF1].allSatisfy { (0...1).contains($0) }
  }
}

/// What taking biases from the scores did on some rows.
public struct DebiasRecord: Sendable, Equatable, Codable {
  /// x, y and z.
  public let weights: DebiasWeights
  /// The scores of the model as it is.
  public let before: HeadlineScores
  /// The scores without the biases.
  public let after: HeadlineScores

  /// A record.
  public init(weights: DebiasWeights, before: HeadlineScores, after: HeadlineScores) {
    (self.weights, self.before, self.after) = (weights, before, after)
  }

  /// Weights and both scores on two lines.
  public var summary: String {
    func line(_ name: String, _ scores: HeadlineScores) -> String {
      String(
        format: "%@accuracy %.4f, weighted-F1 %.4f, macro-F1 %.4f", name, scores.accuracy,
        scores.weightedF1, scores.macroF1)
    }
    return "debiased by label \(weights.label), word \(weights.word), speaker \(weights.speaker)\n"
      + line("  before: ", before) + "\n" + line("  after:  ", after)
  }
}
