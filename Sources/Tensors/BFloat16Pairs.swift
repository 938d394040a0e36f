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
      let first = pointer + 2 * row * stride
      let second = 2 * row + 1 < rows ? first + stride : nil
      let place = result.row(row).pointer
      for lane in Swift.stride(from: 0, to: columns, by: Lanes.width) {
        let pairs = roundToPairs(
          Lanes(first, lane, of: columns), second.map { Lanes($0, lane, of: columns) } ?? .zero)
        unsafeBitCast(pairs, to: Lanes.self).store(place, lane, of: columns)
      }
    }
    return result
  }
}
