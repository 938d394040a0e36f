import Tensors
import Testing

@testable import Distribution

/// The tree over shards, and sums that do not depend on how shards are spread.
@Suite struct OrderedSumTests {
  @Test func coversAreExactAndAsCoarseAsPossible() {
    for start in 0...16 {
      for end in start...16 {
        let nodes = TreeNode.cover(start..<end)
        #expect(nodes.flatMap { Array($0.start..<$0.start + $0.count) } == Array(start..<end))
        for node in nodes {
          #expect(node.count.nonzeroBitCount == 1 && node.start % node.count == 0)
        }
        for (left, right) in zip(nodes, nodes.dropFirst()) {
          #expect(left.parent(with: right) == nil, "\(left) and \(right) are one node")
        }
      }
    }
  }

  @Test func onlyHalvesHaveAParent() {
    let node = TreeNode(start: 4, count: 2)
    #expect(node.parent(with: TreeNode(start: 6, count: 2)) == TreeNode(start: 4, count: 4))
    #expect(node.parent(with: TreeNode(start: 6, count: 1)) == nil)
    #expect(node.parent(with: TreeNode(start: 8, count: 2)) == nil)
    #expect(TreeNode(start: 2, count: 2).parent(with: node) == nil, "no node is 2..<6")
  }

  @Test(arguments: [1, 2, 4, 8, 16])
  func everySplitGivesTheBitsOfTheTree(shards: Int) {
    let leaves = Leaves(shards)
    let expected = leaves.naiveSum(0..<shards)
    for parts in 1...shards {
      let ranges = (0..<parts).map { ShardPlan.shards(ofRank: $0, of: parts, count: shards) }
      #expect(leaves.sum(ranges) == [expected], "\(parts) equal parts")
    }
    // Each bit of a mask is a cut: all splits of 8 shards, every 61st of 16.
    for mask in stride(from: 0, to: 1 << (shards - 1), by: shards < 16 ? 1 : 61) {
      let cuts = [0] + (1..<shards).filter { mask >> ($0 - 1) & 1 == 1 } + [shards]
      let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
      if leaves.sum(ranges) != [expected] { Issue.record("cuts \(cuts)") }
    }
  }

  /// The order matters: from left to right the bits are others, or the test above says nothing.
  @Test func theOrderIsNotThatOfALoop() {
    let leaves = Leaves(8)
    let loop = leaves.values.dropFirst().reduce(leaves.values[0]) { zip($0, $1).map(+) }
    #expect(loop != leaves.naiveSum(0..<8))
  }

  @Test func partsOfTheTreeStayApart() {
    let leaves = Leaves(8)
    #expect(
      leaves.sum([1..<3, 3..<7])
        == [1..<2, 2..<4, 4..<6, 6..<7].map { leaves.naiveSum($0) })
  }
}

/// Random vectors, one a shard.
private struct Leaves {
  let values: [[Float]]

  init(_ shards: Int) {
    values = (0..<shards).map { shard in
      let random = KeyedRandom(seed: 4, purpose: .sampling, stream: UInt32(shard))
      return (0..<37).map { Float(random.normal($0)) }
    }
  }

  func naiveSum(_ range: Range<Int>) -> [Float] {
    guard range.count > 1 else { return values[range.lowerBound] }
    let middle = range.lowerBound + range.count / 2
    return zip(naiveSum(range.lowerBound..<middle), naiveSum(middle..<range.upperBound)).map(+)
  }

  /// Each part adds up its own shards, then the parts are joined.
  func sum(_ ranges: [Range<Int>]) -> [[Float]] {
    let arena = Arena()
    let parts = ranges.map { range in
      range.reduce(into: OrderedSum()) { sum, shard in
        let vector = arena.vector(values[shard].count)
        vector.copy(from: values[shard])
        sum.append(vector, TreeNode(start: shard, count: 1))
      }
    }
    return parts.reduce(into: OrderedSum()) { $0.append($1) }.vectors.map(\.array)
  }
}
