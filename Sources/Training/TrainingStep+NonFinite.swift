internal import Encoders
internal import Objectives
internal import Tensors

extension TrainingStep {
  /// Refuses a step whose loss or gradient is not finite, or squared would not be; collective.
  ///
  /// - Parameters:
  ///   - gradients: As `computeGradients` found them, equal on all ranks.
  ///   - step: The number of the step in the run, from 0.
  /// - Throws: `NonFiniteError` that names the first tensor with such a value.
  package func refuseNonFinite(_ gradients: SummedGradients, step: Int) throws {
    let (loss, norm) = (gradients.report.objective.total, gradients.report.gradientNorm)
    let isFinite = loss.isFinite && norm.isFinite && optimizer.rule.holdsSquares(ofNorm: norm)
    guard !isFinite else { return }
    throw NonFiniteError(
      step: step + 1, loss: loss, gradientNorm: norm,
      tensor: try firstNonFinite(gradients)
        ?? "none: only the sum of the gradient's squares is too large")
  }

  /// The first tensor, in the order of their computation, that has a non-finite value; collective.
  private func firstNonFinite(_ gradients: SummedGradients) throws -> String? {
    try synchronize()
    for entry in model.layout.entries {
      if let found = Self.describe("parameter.\(entry.name)", model.parameters[entry.range].array) {
        return found
      }
    }
    let result = gradients.report.objective
    let rows = try TowerRows(self, gradients)
    let values =
      [("cls", rows.encodings.values)]
      + rows.outputs.map {
        ("\($0.tower.prefix)embeddings.\($0.tower.rows.rawValue)", $0.values.values)
      }
      + [("scores", result.scores.values)]
      + result.terms.map { ("loss.\($0.name)", [$0.value]) } + [("loss.total", [result.total])]
    for (name, values) in values {
      if let found = Self.describe(name, values) { return found }
    }
    // All of them are gathered, as every rank has to.
    var found: String?
    try forEachGradient(gradients) { gradient in
      found = found ?? Self.describe("gradient.\(gradient.entry.name)", gradient.values)
    }
    return found
  }

  /// The tensor's name and how many of its values are not finite; nil when all are.
  private static func describe<T: BinaryFloatingPoint>(_ name: String, _ values: [T]) -> String? {
    let count = values.count { !$0.isFinite }
    return count == 0 ? nil : "'\(name)' (\(count) of \(values.count) values)"
  }
}

/// A loss or gradient that is not finite; found before the update, by all ranks alike.
public struct NonFiniteError: Error, CustomStringConvertible, Sendable {
  /// The number of the step, from 1.
  public let step: Int
  /// The loss.
  public let loss: Double
  /// The norm of the gradient.
  public let gradientNorm: Double
  /// The first tensor that is not finite, in words.
  public let tensor: String

  /// What was found.
  public var finding: String {
    "the loss is \(Self.text(loss)) and the gradient's norm \(Self.text(gradientNorm)); the first "
      + "tensor that is not finite: \(tensor)"
  }

  /// The message.
  public var description: String {
    "step \(step): \(finding). Stopped before the update. Lower --learning-rate, or give "
      + "--gradient-clip 1."
  }

  /// Without the sign that a NaN may have.
  private static func text(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }
}

/// Scores of an evaluation that are not finite: training has diverged in the update before it.
public struct NonFiniteScoresError: Error, CustomStringConvertible, Sendable {
  /// The name of the split.
  public let split: String
  /// The steps done.
  public let step: Int
  /// The scores that are not finite.
  public let count: Int
  /// All scores.
  public let total: Int

  /// The message.
  public var description: String {
    "the evaluation on the split '\(split)' after step \(step): \(count) of \(total) scores are not finite. "
      + "Training has diverged: lower --learning-rate, or give --gradient-clip 1."
  }
}
