public import Tensors

/// Rows cut into tiles of a fixed height, the last one lower.
public struct RowTiles: Sendable, Hashable {
  /// The number of rows.
  public let rows: Int

  /// The rows of a tile.
  public let height: Int

  /// Cuts rows into tiles.
  public init(rows: Int, height: Int) {
    precondition(rows >= 0 && height > 0, "\(rows) rows in tiles of \(height)")
    self.rows = rows
    self.height = height
  }

  /// The number of tiles.
  public var count: Int { (rows + height - 1) / height }

  /// The rows of consecutive tiles.
  public func rows(of tiles: Range<Int>) -> Range<Int> {
    min(tiles.lowerBound * height, rows)..<min(tiles.upperBound * height, rows)
  }
}

/// Those who compute the objective's large work, tile by tile.
///
/// A tile's result is a function of the batch and the tile, and it owns its rows. So nothing is
/// summed over tiles, and no bit depends on who computes which.
public protocol TileWorkers: Sendable {
  /// What can go wrong while results are exchanged.
  associatedtype Failure: Error

  /// Computes all tiles and joins their rows.
  ///
  /// - Parameters:
  ///   - tiles: The rows of the result, in tiles.
  ///   - columns: The columns of the result.
  ///   - compute: Returns the result's rows in a range, `[range.count, columns]`.
  /// - Returns: All rows in their order, on every rank.
  /// - Throws: What goes wrong while results are exchanged.
  func rows(
    _ tiles: RowTiles, columns: Int, _ compute: @Sendable (Range<Int>) -> DoubleMatrix
  ) throws(Failure) -> DoubleMatrix
}

/// The threads of one process.
public struct LocalWorkers: TileWorkers {
  /// The number of threads.
  public let threads: Int

  /// Threads that share the tiles.
  public init(threads: Int = 1) {
    self.threads = max(1, threads)
  }

  /// Computes all tiles and joins their rows.
  public func rows(
    _ tiles: RowTiles, columns: Int, _ compute: @Sendable (Range<Int>) -> DoubleMatrix
  ) -> DoubleMatrix {
    var result = DoubleMatrix(rows: tiles.rows, columns: columns)
    fill(0..<tiles.count, of: tiles, in: &result, compute)
    return result
  }

  /// Computes some tiles' rows of a result.
  ///
  /// - Parameters:
  ///   - part: The tiles to compute.
  ///   - tiles: All tiles.
  ///   - result: Receives the rows in their places, `[tiles.rows, columns]`.
  ///   - compute: Returns the result's rows in a range.
  public func fill(
    _ part: Range<Int>, of tiles: RowTiles, in result: inout DoubleMatrix,
    _ compute: @Sendable (Range<Int>) -> DoubleMatrix
  ) {
    let columns = result.columns
    let threads = min(threads, part.count)
    result.values.withUnsafeMutableBufferPointer { values in
      // Threads write to rows of their own.
      nonisolated(unsafe) let values = values
      concurrently(threads) { thread in
        for tile in stride(from: part.lowerBound + thread, to: part.upperBound, by: threads) {
          let rows = tiles.rows(of: tile..<tile + 1)
          let found = compute(rows)
          precondition(
            found.rows == rows.count && found.columns == columns, "a tile of another shape")
          let place = values[rows.lowerBound * columns..<rows.upperBound * columns]
          _ = UnsafeMutableBufferPointer(rebasing: place).update(from: found.values)
        }
      }
    }
  }
}
