internal import Tensors

/// Token sequences one after the other, without padding: the work of one shard.
public struct PackedSequences: Sendable {
  /// All token ids, `[T]`.
  public let tokens: [Int32]
  /// Where each sequence starts and, last, the number of tokens, `[n + 1]`.
  public let offsets: [Int]
  /// Each sequence's row in the global batch, which keys its dropout, `[n]`.
  public let rows: [Int]
  /// The type of every token, `[T]`; empty where all have type 0.
  let types: [Int]
  /// The positions in each sequence, ascending, whose states are read beside its pooled row, `[n]`; empty for none.
  let reads: [[Int]]

  /// Packs sequences.
  ///
  /// - Parameters:
  ///   - sequences: The token ids of each sequence; none may be empty.
  ///   - rows: Each sequence's row in the global batch.
  ///   - secondParts: Where each sequence's tokens of type 1 begin; empty where all have type 0.
  ///   - reads: The positions in each sequence, ascending and above 0, whose last states are wanted; empty for none.
  public init(
    _ sequences: [[Int32]], rows: [Int], secondParts: [Int] = [], reads: [[Int]] = []
  ) {
    precondition(sequences.count == rows.count, "\(sequences.count) sequences, \(rows.count) rows")
    precondition(
      [0, rows.count].contains(secondParts.count) && [0, rows.count].contains(reads.count),
      "parts or reads of other sequences")
    types = zip(sequences, secondParts).flatMap { tokens, second in
      tokens.indices.map { $0 < second ? 0 : 1 }
    }
    self.reads = reads
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

  /// The positions of each sequence that attend where the first token and those that are read do.
  private var attending: [[Int]] { reads.map { [0] + $0 } }

  /// The first token of every sequence and after it those that are read.
  var readRows: [Int] {
    zip(offsets, attending).flatMap { start, positions in positions.map { start + $0 } }
  }

  /// The origin of those tokens.
  var readTokens: TokenRows {
    TokenRows(
      rows: zip(rows, attending).flatMap { Array(repeating: $0, count: $1.count) },
      positions: Array(attending.joined()))
  }

  /// Only those tokens attend.
  var readQueries: AttentionSequences {
    AttentionSequences(
      queryOffsets: attending.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) },
      keyOffsets: offsets, rows: rows, queryPositions: Array(attending.joined()))
  }

  /// The length of the longest sequence.
  var longest: Int { (0..<count).map { length(of: $0) }.max() ?? 0 }
}
