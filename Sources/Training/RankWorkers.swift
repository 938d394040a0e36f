internal import Distribution
internal import Objectives
internal import Tensors

/// All ranks and their threads, who share the objective's work when a batch is large.
///
/// A small batch every rank computes alone: that is quicker than to exchange results. Either way all
/// ranks get the same bits, since each row of a result comes from one tile.
struct RankWorkers<Ranks: Collectives>: TileWorkers {
  /// The utterances up to which no rank waits for another.
  private static var largestUnsharedBatch: Int { 512 }

  private let ranks: Ranks
  private let own: LocalWorkers
  private let isShared: Bool

  /// The workers of one rank.
  ///
  /// - Parameters:
  ///   - ranks: All ranks, which must all ask for the same results.
  ///   - threads: The threads of this rank.
  ///   - utterances: The utterances of the batch.
  init(_ ranks: Ranks, threads: Int, utterances: Int) {
    self.ranks = ranks
    own = LocalWorkers(threads: threads)
    isShared = utterances > Self.largestUnsharedBatch
  }

  /// Computes all tiles and joins their rows; collective.
  func rows(
    _ tiles: RowTiles, columns: Int, _ compute: @Sendable (Range<Int>) -> DoubleMatrix
  ) throws -> DoubleMatrix {
    guard isShared else { return own.rows(tiles, columns: columns, compute) }
    let parts = (0..<ranks.size).map { part(of: tiles.count, $0, ranks.size) }
    var result = DoubleMatrix(rows: tiles.rows, columns: columns)
    own.fill(parts[ranks.rank], of: tiles, in: &result, compute)
    let rows = parts.map(tiles.rows(of:))
    let place = rows[ranks.rank].lowerBound * columns..<rows[ranks.rank].upperBound * columns
    try result.values.withUnsafeMutableBufferPointer { values in
      try ranks.allGather(
        UnsafeBufferPointer(rebasing: values[place]), counts: rows.map { $0.count * columns },
        into: values)
    }
    return result
  }
}
