internal import Tensors

/// Brings rows that shards computed to every rank, in global row order.
struct RowGather {
  private let plan: ShardPlan
  private let ranks: Int
  private let isWanted: @Sendable (Int) -> Bool

  /// A gather of those rows of a plan that `isWanted` names by their global index.
  init(_ plan: ShardPlan, ranks: Int, isWanted: @escaping @Sendable (Int) -> Bool) {
    self.plan = plan
    self.ranks = ranks
    self.isWanted = isWanted
  }

  /// Gathers rows; collective.
  ///
  /// - Parameters:
  ///   - shards: This rank's shards, in order.
  ///   - columns: The length of a row.
  ///   - collectives: The ranks.
  ///   - values: A shard's rows, `[n, columns]`.
  /// - Returns: `[wanted rows, columns]`, ascending by global row.
  /// - Throws: What the exchange throws.
  func callAsFunction(
    _ shards: [ShardRows], columns: Int, _ collectives: some Collectives,
    _ values: (ShardRows) -> [Float]
  ) throws -> DoubleMatrix {
    var own: [Float] = []
    for shard in shards {
      let rows = values(shard)
      for (index, global) in shard.rows.enumerated() where isWanted(global) {
        own += rows[index * columns..<(index + 1) * columns]
      }
    }
    let order = (0..<ranks).map(rows(ofRank:))
    let total = order.reduce(0) { $0 + $1.count }
    var gathered = [Float](repeating: 0, count: total * columns)
    try own.withUnsafeBufferPointer { values in
      try gathered.withUnsafeMutableBufferPointer { result in
        try collectives.allGather(
          values, counts: order.map { $0.count * columns }, into: result)
      }
    }
    var result = DoubleMatrix(rows: total, columns: columns)
    let arrived = Array(order.joined())
    let places = arrived.indices.sorted { arrived[$0] < arrived[$1] }
    for (target, source) in places.enumerated() {
      for column in 0..<columns {
        result.values[target * columns + column] = Double(gathered[source * columns + column])
      }
    }
    return result
  }

  private func rows(ofRank rank: Int) -> [Int] {
    ShardPlan.shards(ofRank: rank, of: ranks, count: plan.shards.count)
      .flatMap { plan.shards[$0].filter(isWanted) }
  }
}
