internal import Objectives

/// One step's input: B utterances, then E labels, or pairs alone, as token sequences; a row's index here is its global
/// row.
public struct StepBatch: Sendable {
  /// The token ids of all rows, both towers.
  public let sequences: [[Int32]]
  /// The label of each utterance, `[B]`.
  public let targets: [Int]
  /// The pairs of a step that has them, which are its last rows.
  public let pairs: [TextPair]

  /// A batch of pairs.
  public init(pairs: [TextPair]) {
    sequences = pairs.map(\.tokens)
    targets = []
    self.pairs = pairs
  }

  /// A batch.
  ///
  /// - Parameters:
  ///   - utterances: The utterances' sequences, `[CLS] utterance [SEP]`.
  ///   - targets: The label of each utterance.
  ///   - labels: The labels' sequences, `[CLS] name [EMO] description [SEP]`, in id order; none
  ///     when there is no label tower.
  public init(utterances: [[Int32]], targets: [Int], labels: [[Int32]]) {
    precondition(utterances.count == targets.count, "as many targets as utterances")
    sequences = utterances + labels
    self.targets = targets
    pairs = []
  }

  /// The number of utterances, B.
  public var utteranceCount: Int { targets.count }
  /// The number of labels, E.
  public var labelCount: Int { sequences.count - targets.count - pairs.count }
  /// The global rows of the pairs.
  var pairRows: Range<Int> { sequences.count - pairs.count..<sequences.count }
  /// The pair of a global row; nil for a row of another tower.
  func pair(_ row: Int) -> TextPair? {
    pairRows.contains(row) ? pairs[row - pairRows.lowerBound] : nil
  }
  /// How many tokens are hidden.
  var hiddenCount: Int { pairs.reduce(0) { $0 + $1.hidden.count } }
  /// The global rows of a tower.
  func rows(of tower: Tower) -> Range<Int> {
    switch tower.rows {
    case .utterances: 0..<utteranceCount
    case .labels: utteranceCount..<utteranceCount + labelCount
    case .pairs: pairRows
    }
  }
  /// The tokens of both towers.
  public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count } }
}

/// The words of a batch, numbered afresh, so that their gradient is a small matrix.
///
/// Each word has an owner, the rank that keeps its moments: word w belongs to rank w mod P, which
/// spreads the frequent words. Rows are in the order of their owners.
struct BatchWords: Sendable {
  /// The words that occur, by owner, then ascending: row u of the gradient is word `words[u]`.
  let words: [Int32]
  /// How many of them each rank owns.
  let counts: [Int]
  private let numbers: [Int32: Int32]

  init(_ batch: StepBatch, ranks: Int) {
    self.init(words: Set(batch.sequences.joined()), ranks: ranks)
  }

  init(words: some Sequence<Int32>, ranks: Int) {
    let ranks = Int32(ranks)
    self.words = words.sorted { ($0 % ranks, $0) < ($1 % ranks, $1) }
    counts = self.words.reduce(into: [Int](repeating: 0, count: Int(ranks))) {
      $0[Int($1 % ranks)] += 1
    }
    numbers = Dictionary(
      uniqueKeysWithValues: self.words.enumerated().map { ($0.element, Int32($0.offset)) })
  }

  /// The rows of the gradient that tokens belong to.
  func rows(of tokens: [Int32]) -> [Int32] { tokens.map { numbers[$0] ?? 0 } }

  /// The rows that a rank owns.
  func rows(ofRank rank: Int) -> Range<Int> {
    let start = counts[..<rank].reduce(0, +)
    return start..<start + counts[rank]
  }
}
