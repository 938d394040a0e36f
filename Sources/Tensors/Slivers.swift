internal import CProcessor

/// The parts of operands that one tile reads, and their copies.
enum Slivers {
  /// Depths up to this are one block: a tile's eight rows then fit the first-level cache.
  private static let depth = 512

  /// The next multiple of a sliver's columns.
  static func padded(_ columns: Int) -> Int {
    (columns + ProductTile.columns - 1) / ProductTile.columns * ProductTile.columns
  }

  /// The blocks of the depth, in ascending order: a function of the depth alone.
  static func blocks(of depth: Int) -> some Sequence<Range<Int>> {
    let count = max(1, (depth + Self.depth - 1) / Self.depth)
    return (0..<count).lazy.map { depth * $0 / count..<depth * ($0 + 1) / count }
  }

  /// Whether sums of that depth are computed in one go.
  static func isOneBlock(_ depth: Int) -> Bool { depth <= Self.depth }

  /// Consecutive ranges of at most `size`.
  static func ranges(of count: Int, size: Int) -> some Sequence<Range<Int>> {
    stride(from: 0, to: count, by: size).lazy.map { $0..<min($0 + size, count) }
  }

  /// Columns `firstColumn..<firstColumn + 48` of the rows in `block`; those that lack are 0.
  static func copy(
    _ matrix: Matrix, _ block: Range<Int>, firstColumn: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    fill(target, block, firstColumn, of: matrix.columns) { row, column in
      Lanes(matrix.pointer + row &* matrix.stride, column, of: matrix.columns)
    }
  }

  /// The same of a matrix rounded to bfloat16, two rows in the place of one; a row that lacks is 0.
  static func copyPairs(
    _ matrix: Matrix, _ block: Range<Int>, firstColumn: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    fill(target, block, firstColumn, of: matrix.columns) { pair, column in
      matrix.rowPairLanes(pair, column, of: matrix.columns)
    }
  }

  /// Writes the sliver whose lanes `lanes(row, column)` gives.
  @inline(__always)
  private static func fill(
    _ target: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ firstColumn: Int,
    of columns: Int, _ lanes: (_ row: Int, _ column: Int) -> Lanes
  ) {
    var place = target
    for row in rows {
      for part in Swift.stride(from: 0, to: ProductTile.columns, by: Lanes.width) {
        let column = firstColumn &+ part
        (column < columns ? lanes(row, column) : .zero).store(place, part, of: ProductTile.columns)
      }
      place += ProductTile.columns
    }
  }

  /// Rows `firstRow..<firstRow + 48` as columns, of the columns in `block`; those that lack are 0.
  static func copyTransposed(
    _ matrix: Matrix, _ block: Range<Int>, firstRow: Int, into target: UnsafeMutablePointer<Float>
  ) {
    for part in Swift.stride(from: 0, to: ProductTile.columns, by: 16) {
      let rows = max(0, min(16, matrix.rows - firstRow - part))
      let source = matrix.pointer + (firstRow + part) * matrix.stride + block.lowerBound
      var done = 0
      if rows == 16 {
        while done + 16 <= block.count {
          transposeSixteen(
            source + done, matrix.stride, target + done * ProductTile.columns + part,
            ProductTile.columns)
          done += 16
        }
      }
      for k in done..<block.count {
        let place = target + k * ProductTile.columns + part
        for row in 0..<16 { place[row] = row < rows ? source[row * matrix.stride + k] : 0 }
      }
    }
  }

  /// One tile of `output`, which may reach over its edges.
  @inline(__always)
  static func multiply<Factor: TileFactor>(
    depth: Int, _ a: UnsafePointer<Factor>, rowStride: Int, depthStride: Int,
    _ b: UnsafePointer<Factor>, into output: Matrix, _ row: Int, _ column: Int, adds: Bool
  ) {
    let rows = min(ProductTile.rows, output.rows &- row)
    let columns = min(ProductTile.columns, output.columns &- column)
    let place = output.pointer + row * output.stride + column
    if rows == ProductTile.rows, columns == ProductTile.columns {
      return ProductTile.multiply(
        depth: depth, a, rowStride: rowStride, depthStride: depthStride, rowCount: rows, b,
        into: place, stride: output.stride, adds: adds)
    }
    withUnsafeTemporaryAllocation(
      of: Float.self, capacity: ProductTile.rows * ProductTile.columns
    ) { tile in
      guard let start = tile.baseAddress else { return }
      ProductTile.multiply(
        depth: depth, a, rowStride: rowStride, depthStride: depthStride, rowCount: rows, b,
        into: start, stride: ProductTile.columns, adds: false)
      for line in 0..<rows {
        for lane in Swift.stride(from: 0, to: columns, by: Lanes.width) {
          let target = place + line &* output.stride
          var lanes = Lanes(start + line &* ProductTile.columns, lane, of: columns)
          if adds { lanes = Lanes(target, lane, of: columns) + lanes }
          lanes.store(target, lane, of: columns)
        }
      }
    }
  }
}
