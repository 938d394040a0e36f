import Foundation
import Tensors
import Testing

@testable import Distribution

/// The partition of a batch's rows over shards, and of shards over ranks.
@Suite struct ShardPlanTests {
  private let cost = SequenceCost(hiddenSize: 384, intermediateSize: 1536)

  /// 64 utterances as people write them and 27 labels with their descriptions.
  private func lengths(_ seed: UInt64) -> [Int] {
    let random = KeyedRandom(seed: seed, purpose: .sampling)
    let utterances = (0..<64).map { min(200, 3 + Int(exp(2.4 + 0.6 * random.normal($0)))) }
    return utterances + (64..<91).map { 45 + Int(30 * random.uniform($0)) }
  }

  @Test(arguments: [1, 2, 8, 16])
  func everyRowHasExactlyOneShard(count: Int) {
    let lengths = lengths(1)
    let plan = ShardPlan(lengths: lengths, count: count, cost: cost)
    #expect(plan.shards.count == count)
    #expect(plan.shards.joined().sorted() == Array(lengths.indices))
    #expect(plan.shards.allSatisfy { $0 == $0.sorted() })
    #expect(plan == ShardPlan(lengths: lengths, count: count, cost: cost))
  }

  @Test func realBatchesAreBalanced() {
    for seed in 0..<50 as Range<UInt64> {
      let lengths = lengths(seed)
      let plan = ShardPlan(lengths: lengths, count: 8, cost: cost)
      let loads = plan.shards.map { $0.reduce(0) { $0 + cost.work(lengths[$1]) } }
      let mean = Double(loads.reduce(0, +)) / 8
      #expect(Double(loads.max() ?? 0) < 1.03 * mean, "seed \(seed): \(loads)")
    }
  }

  @Test func moreShardsThanRowsLeaveSomeEmpty() {
    let plan = ShardPlan(lengths: [5, 9, 2], count: 8, cost: cost)
    #expect(plan.shards == [[1], [0], [2], [], [], [], [], []])
    #expect(ShardPlan(lengths: [], count: 2, cost: cost).shards == [[], []])
  }

  @Test func equalLengthsGoRoundInOrder() {
    let plan = ShardPlan(lengths: [7, 7, 7, 7, 7], count: 2, cost: cost)
    #expect(plan.shards == [[0, 2, 4], [1, 3]])
  }

  @Test func ranksGetConsecutiveShardsAndAllOfThem() {
    for count in [1, 2, 4, 8, 16] {
      for ranks in 1...count {
        let ranges = (0..<ranks).map { ShardPlan.shards(ofRank: $0, of: ranks, count: count) }
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
        let sizes = Set(ranges.map(\.count))
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1 && !sizes.contains(0))
      }
    }
  }

  @Test func workGrowsWithTheSquareOfTheLength() {
    #expect(cost.work(10) == 10 * (4 * 384 + 2 * 1536) + 2 * 100)
    #expect(cost.work(0) == 0)
  }
}
