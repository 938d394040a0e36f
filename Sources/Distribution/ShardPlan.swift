/// Which shard encodes which row of a step's batch: a pure function of the rows' lengths.
///
/// Rows are the B utterances, then the E labels. Longest first, each goes to the shard with the least
/// work so far (Graham's LPT rule), so that both towers together are balanced.
public struct ShardPlan: Sendable, Equatable {
  /// The rows of each shard, ascending.
  public let shards: [[Int]]

  /// Divides rows over shards.
  ///
  /// - Parameters:
  ///   - lengths: The tokens of each row, both towers.
  ///   - count: The number of shards.
  ///   - cost: The work that a sequence of some length is.
  public init(lengths: [Int], count: Int, cost: SequenceCost) {
    let costs = lengths.map(cost.work)
    let order = lengths.indices.sorted { (costs[$1], $0) < (costs[$0], $1) }
    var shards = [[Int]](repeating: [], count: count)
    var loads = [Int](repeating: 0, count: count)
    for row in order {
      var lightest = 0
      for shard in 1..<count where loads[shard] < loads[lightest] { lightest = shard }
      shards[lightest].append(row)
      loads[lightest] += costs[row]
    }
    self.shards = shards.map { $0.sorted() }
  }

  /// The shards of one rank: consecutive, as equally many as possible.
  public static func shards(ofRank rank: Int, of ranks: Int, count: Int) -> Range<Int> {
    rank * count / ranks..<(rank + 1) * count / ranks
  }
}

/// Multiplications that encoding a sequence takes, in units of the hidden size: whole numbers, so
/// that every rank plans alike.
public struct SequenceCost: Sendable, Equatable {
  private let perToken: Int
  private let perPair: Int

  /// The cost in an encoder of the given shape.
  public init(hiddenSize: Int, intermediateSize: Int) {
    perToken = 4 * hiddenSize + 2 * intermediateSize
    perPair = 2
  }

  /// The work of a sequence of `length` tokens.
  public func work(_ length: Int) -> Int { length * perToken + length * length * perPair }
}
