internal import EmotionData
internal import Tensors
internal import Training

/// A trained model that gives a score which is not finite.
public struct NonFiniteModelError: Error, CustomStringConvertible, Sendable {
  let place: String
  let score: Float
  let row: Int
  let label: String
  let tensor: String?

  /// Looks for the cause of a score in the model's tensors.
  init(_ found: NonFiniteScores, in folder: ModelFolder, of place: String) {
    self.place = place
    (score, row, label) = (found.score, found.row, folder.labels.names[found.label])
    tensor = folder.firstNonFiniteTensor
  }

  /// The message.
  public var description: String {
    "\(place): row \(row), counted from 0: the score of '\(label)' is \(score.isNaN ? "nan" : "\(score)"); "
      + (tensor.map {
        "the first tensor of the model that is not finite: \($0). Copy the model again, or train it again."
      }
        ?? "all weights of the model are finite: the numbers grow too large on the way. Train it again.")
  }
}

extension ModelFolder {
  /// The first tensor, in the order of the files, that is not finite, in words; nil when all are.
  fileprivate var firstNonFiniteTensor: String? {
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
