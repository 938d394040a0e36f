/// One step's input: B utterances, then E labels, as token sequences; a row's index here is its global row.
public struct StepBatch: Sendable {
  /// The token ids of all rows, both towers.
  public let sequences: [[Int32]]
  /// The label of each utterance, `[B]`.
  public let targets: [Int]

  /// A batch.
  ///
  /// - Parameters:
  ///   - utterances: The utterances' sequences, `[CLS] utterance [SEP]`.
  ///   - targets: The label of each utterance.
  ///   - labels: The labels' sequences, `[CLS] name [EMO] description [SEP]`, in id order.
  public init(utterances: [[Int32]], targets: [Int], labels: [[Int32]]) {
    precondition(utterances.count == targets.count, "as many targets as utterances")
    sequences = utterances + labels
    self.targets = targets
  }

  /// The number of utterances, B.
  public var utteranceCount: Int { targets.count }
  /// The number of labels, E.
  public var labelCount: Int { sequences.count - targets.count }
  /// The tokens of both towers.
  public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }
}

/// The words of a batch, numbered afresh, so that their gradient is a small matrix on every rank.
struct BatchWords {
  /// The words that occur, ascending: row u of the gradient is word `words[u]`.
  let words: [Int32]
  private let numbers: [Int32: Int32]

  init(_ batch: StepBatch) {
    words = Set(batch.sequences.joined()).sorted()
    numbers = Dictionary(
      uniqueKeysWithValues: words.enumerated().map { ($0.element, Int32($0.offset)) })
  }

  /// The rows of the gradient that tokens belong to.
  func rows(of tokens: [Int32]) -> [Int32] { tokens.map { numbers[$0] ?? 0 } }
}
