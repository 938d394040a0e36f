internal import Tensors

/// Token sequences one behind the other, without padding: the work of one shard.
public struct PackedSequences: Sendable {
  /// All token ids, `[T]`.
  public let tokens: [Int32]
  /// Where each sequence starts and, last, the number of tokens, `[n + 1]`.
  public let offsets: [Int]
  /// Each sequence's row in the global batch, which keys its dropout, `[n]`.
  public let rows: [Int]

  /// Packs sequences.
  ///
  /// - Parameters:
  ///   - sequences: The token ids of each sequence; none may be empty.
  ///   - rows: Each sequence's row in the global batch.
  public init(_ sequences: [[Int32]], rows: [Int]) {
    precondition(sequences.count == rows.count, "\(sequences.count) sequences, \(rows.count) rows")
    precondition(sequences.allSatisfy { !$0.isEmpty }, "an empty sequence")
    tokens = sequences.flatMap { $0 }
    offsets = sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    self.rows = rows
  }

  /// The number of sequences, n.
  public var count: Int { rows.count }
  /// The number of tokens, T.
  public var tokenCount: Int { tokens.count }
  /// The first token of every sequence.
  public var firsts: [Int] { Array(offsets.dropLast()) }

  /// The length of a sequence.
  public func length(of sequence: Int) -> Int { offsets[sequence + 1] - offsets[sequence] }

  /// The position of every token in its sequence, counted from `first`.
  func positions(from first: Int) -> [Int] {
    (0..<count).flatMap { sequence in first..<first + length(of: sequence) }
  }

  /// The origin of every token.
  var tokenRows: TokenRows {
    TokenRows(
      rows: (0..<count).flatMap { Array(repeating: rows[$0], count: length(of: $0)) },
      positions: positions(from: 0))
  }

  /// The origin of every sequence's first token.
  var firstRows: TokenRows {
    TokenRows(rows: rows, positions: Array(repeating: 0, count: count))
  }

  /// All tokens attend.
  var allQueries: AttentionSequences {
    AttentionSequences(queryOffsets: offsets, keyOffsets: offsets, rows: rows)
  }

  /// The last token of every sequence.
  public var lasts: [Int] { offsets.dropFirst().map { $0 - 1 } }

  /// The origin of every sequence's last token.
  var lastRows: TokenRows {
    TokenRows(rows: rows, positions: (0..<count).map { length(of: $0) - 1 })
  }

  /// Only one token of each sequence attends.
  var oneQuery: AttentionSequences {
    AttentionSequences(queryOffsets: Array(0...count), keyOffsets: offsets, rows: rows)
  }

  /// The length of the longest sequence.
  var longest: Int { (0..<count).map { length(of: $0) }.max() ?? 0 }
}
