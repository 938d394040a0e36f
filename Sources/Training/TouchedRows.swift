internal import Distribution

/// The rows of the token embeddings that a batch touches, numbered afresh, so that their gradient is a small matrix.
///
/// They are in the order of their owners: of each rank the rows that it keeps, ascending. The tables of several encoders
/// are one after the other: token t of the second one is row V + t.
struct TouchedRows: Sendable {
  /// The rows that occur, by owner, then ascending: row u of the gradient is row `rows[u]` of the table.
  let rows: [Int32]
  /// How many of them each rank owns.
  let counts: [Int]
  private let numbers: [Int32: Int32]

  /// The rows that a step's sequences touch, for tables of so many rows each.
  init(_ step: StepRows, tableRows: Int, ranks: Int) {
    var rows: Set<Int32> = []
    for (encoder, range) in step.encoders.enumerated() {
      let start = Int32(encoder * tableRows)
      rows.formUnion(Set(step.sequences[range].joined()).map { $0 + start })
    }
    self.init(rows, ranks: ranks)
  }

  init(_ rows: some Sequence<Int32>, ranks: Int) {
    let ranks = Int32(ranks)
    self.rows = rows.sorted { ($0 % ranks, $0) < ($1 % ranks, $1) }
    counts = self.rows.reduce(into: [Int](repeating: 0, count: Int(ranks))) {
      $0[Int($1 % ranks)] += 1
    }
    numbers = Dictionary(
      uniqueKeysWithValues: self.rows.enumerated().map { ($0.element, Int32($0.offset)) })
  }

  /// The gradient's rows that rows of the table belong to.
  func numbers(of rows: [Int32]) -> [Int32] { rows.map { numbers[$0] ?? 0 } }

  /// The gradient's rows that a rank owns.
  func range(ofRank rank: Int) -> Range<Int> {
    let start = counts[..<rank].reduce(0, +)
    return start..<start + counts[rank]
  }

  /// The rows that a rank owns, ascending.
  func rows(ofRank rank: Int) -> ArraySlice<Int32> { rows[range(ofRank: rank)] }

  /// The gradient's rows in the order of the table, which no number of ranks changes.
  var ascending: [Int] { rows.indices.sorted { rows[$0] < rows[$1] } }
}
