internal import EmotionData
public import Evaluation
internal import Foundation
public import Tensors

extension ModelFolder {
  /// Checks and wraps the scores that the model gives.
  ///
  /// - Parameters:
  ///   - scores: As `TacoModel.scores` gives them, `[N, E]`.
  ///   - place: What messages call the model.
  /// - Returns: The same scores.
  /// - Throws: `NonFiniteModelError` when a score is not finite.
  public func labelScores(_ scores: DoubleMatrix, of place: String) throws -> LabelScores {
    do {
      return try LabelScores(scores.values.map { Float($0) }, labelCount: labels.count)
    } catch EvaluationError.nonFiniteScore(let score, let row, let label) {
      throw NonFiniteModelError(
        place: place, score: score, row: row, label: labels.names[label],
        tensor: firstNonFiniteTensor)
    }
  }

  /// The first tensor, in the order of the files, that is not finite, in words; nil when all are.
  private var firstNonFiniteTensor: String? {
    func describe(_ name: String, _ values: [Float]) -> String? {
      let count = values.count { !$0.isFinite }
      return count == 0 ? nil : "'\(name)' (\(count) of \(values.count) values)"
    }
    for entry in model.layout.entries {
      if let found = describe(entry.name, model.parameters[entry.range].array) { return found }
    }
    return describe("labels.embeddings", labelEmbeddings.values.map { Float($0) })
  }
}

/// A trained model that gives a score which is not finite.
public struct NonFiniteModelError: Error, CustomStringConvertible, Sendable {
  let place: String
  let score: Float
  let row: Int
  let label: String
  let tensor: String?

  /// The message.
  public var description: String {
    "\(place): row \(row), counted from 0: the score of '\(label)' is \(score.isNaN ? "nan" : "\(score)"); "
      + (tensor.map {
        "the first tensor of the model that is not finite: \($0). Copy the model again, or train it again."
      }
        ?? "all weights of the model are finite: the numbers grow too large on the way. Train it again.")
  }
}
