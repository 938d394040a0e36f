internal import CProcessor

/// Matrices rounded to bfloat16, two numbers in the place of a float: those that follow one another in
/// the depth of a product.
extension Matrix {
  /// Neighbours of a row together, `[m, k / 2]`: for products over the columns, of which there are an even
  /// number.
  func pairs(_ memory: Arena) -> Matrix {
    let result = memory.matrix(rows, columns / 2)
    for row in 0..<rows {
      let place = UnsafeMutableRawPointer(result.row(row).pointer)
        .assumingMemoryBound(to: UInt16.self)
      narrow(self.row(row), into: UnsafeMutableBufferPointer(start: place, count: columns))
    }
    return result
  }

  /// Neighbours of a column together, `[m / 2, n]`, the last one, if alone, with 0: for products over the
  /// rows.
  func rowPairs(_ memory: Arena) -> Matrix {
    let result = memory.matrix((rows + 1) / 2, columns)
    for row in 0..<result.rows {
      let place = result.row(row).pointer
      for column in Swift.stride(from: 0, to: columns, by: Lanes.width) {
        rowPairLanes(row, column, of: columns).store(place, column, of: columns)
      }
    }
    return result
  }

  /// Rows `2 pair` and `2 pair + 1`, sixteen columns from `column` on, as far as `count`.
  @inline(__always)
  func rowPairLanes(_ pair: Int, _ column: Int, of count: Int) -> Lanes {
    let first = pointer + 2 &* pair &* stride
    let second =
      2 &* pair &+ 1 < rows ? Lanes(first + stride, column, of: count) : Lanes.zero
    return unsafeBitCast(
      roundToPairs(Lanes(first, column, of: count), second), to: Lanes.self)
  }
}
