/// Writes the sum of each token's rows of several tables: word, position, token type.
///
/// - Parameters:
///   - tokens: A row of the word table for every output row.
///   - positions: A row of the position table for every output row.
///   - tokenRow: Writes the row of a token, `[C]`.
///   - positionTable: `[maximum, C]`, or nil.
///   - types: The types' table, `[types, C]`, or nil.
///   - typeRows: The type of every output row; empty where all have type 0.
///   - output: `[T, C]`.
///   - team: The threads.
public func embeddingForward(
  tokens: [Int32], positions: [Int], tokenRow: (_ token: Int, _ row: Vector) -> Void,
  positionTable: Matrix?, types: Matrix?, typeRows: [Int] = [], into output: Matrix,
  team: Team = .solo
) {
  let span = Profile.begin("embedding")
  defer { span.end() }
  precondition(
    tokens.count == output.rows && positions.count == output.rows, "embedding of unequal shapes")
  team.split(output.rows) { rows in
    for index in rows {
      let row = output.row(index)
      tokenRow(Int(tokens[index]), row)
      if let types { add(types.row(typeRows.isEmpty ? 0 : typeRows[index]), to: row) }
      if let positionTable { add(positionTable.row(positions[index]), to: row) }
    }
  }
}

/// Adds each row of `gradient` `[T, C]` to the rows of the tables that it came from.
///
/// - Parameters:
///   - tokens: A row of `dTokens` for every row; the caller may have numbered a batch's tokens afresh.
///   - positions: A row of `dPositions` for every row.
///   - gradient: `[T, C]`.
///   - dTokens: `[U, C]`.
///   - dPositions: `[maximum, C]`, or nil.
///   - dTypes: `[types, C]`, or nil.
///   - typeRows: The type of every row; empty where all have type 0.
///   - team: The threads.
public func embeddingBackward(
  tokens: [Int32], positions: [Int], gradient: Matrix, dTokens: Matrix, dPositions: Matrix?,
  dTypes: Matrix?, typeRows: [Int] = [], team: Team = .solo
) {
  let span = Profile.begin("embedding backward")
  defer { span.end() }
  precondition(
    tokens.count == gradient.rows && positions.count == gradient.rows,
    "embedding of unequal shapes")
  // Columns are divided: every element's sum goes over the tokens in their order.
  team.split((gradient.columns + 15) / 16) { range in
    let columns = range.lowerBound * 16..<min(range.upperBound * 16, gradient.columns)
    for index in 0..<gradient.rows {
      let row = gradient.row(index)[columns]
      add(row, to: dTokens.row(Int(tokens[index]))[columns])
      if let dPositions { add(row, to: dPositions.row(positions[index])[columns]) }
      if let dTypes { add(row, to: dTypes.row(typeRows.isEmpty ? 0 : typeRows[index])[columns]) }
    }
  }
}
