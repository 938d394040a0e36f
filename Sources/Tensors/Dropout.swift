extension DropoutSite {
  /// Multiplies the elements of a line by their factors, in place.
  public func apply(to values: Vector, row: Int, line: Int) {
    kernels.drop(values, self, row: row, line: line)
  }

  /// Drops elements of every row of `[T, C]`, in place.
  public func apply(to values: Matrix, _ tokens: TokenRows, team: Team = .solo) {
    precondition(tokens.count == values.rows, "dropout of unequal shapes")
    team.split(values.rows) { rows in
      for row in rows {
        kernels.drop(values.row(row), self, row: tokens.rows[row], line: tokens.positions[row])
      }
    }
  }

  /// Writes the elements of a line times their factors; multiplies those of another vector, if given,
  /// by the same factors, in place.
  func apply(to values: Vector, into output: Vector, alike other: Vector?, row: Int, line: Int) {
    precondition(
      output.count == values.count && (other?.count ?? values.count) == values.count,
      "dropout of unequal shapes")
    kernels.drop(values, into: output, alike: other, self, row: row, line: line)
  }

  /// The factors of the first elements of a line: 0, or 1 / (1 - rate).
  public func factors(row: Int, line: Int, count: Int) -> [Double] {
    let ones = Storage(count: count)
    ones.vector.fill(1)
    apply(to: ones.vector, row: row, line: line)
    return ones.vector.array.map { Double($0) }
  }
}
