internal import Tensors

/// The sum of one stage's gradients over all shards of all ranks, in the order of the shard tree.
///
/// Each rank adds up its shards' nodes, sends every rank its slice of them, and adds the slices that
/// arrive by the same tree. With one rank the same path has nothing to send. The traffic is that of a
/// reduce-scatter: (P - 1) / P of the gradient.
final class GradientReduction {
  /// The slice of each rank: whole chunks, so that norms do not depend on the number of ranks.
  private(set) var slices: [Range<Int>] = []
  private let rank: Int
  private let nodes: [[TreeNode]]
  private var own: [Storage] = []
  private var arrived: [Storage] = []
  private var count = 0
  private var pending: [any PendingExchange] = []

  /// The floats that a chunk of a norm or a slice covers.
  static let chunk = 4096

  /// The reduction of one stage; its memory is kept from step to step.
  init(shards: Int, rank: Int, ranks: Int) {
    self.rank = rank
    nodes = (0..<ranks).map {
      TreeNode.cover(ShardPlan.shards(ofRank: $0, of: ranks, count: shards))
    }
  }

  private var rounds: Int { nodes.reduce(0) { max($0, $1.count) } }

  /// The slice that this rank sums up.
  var slice: Range<Int> { slices[rank] }
  /// All slices' lengths.
  var counts: [Int] { slices.map(\.count) }

  /// Makes room for a gradient of `count` floats.
  func prepare(count: Int) {
    guard count != self.count || own.isEmpty else { return }
    self.count = count
    let ranks = nodes.count
    let chunks = (count + Self.chunk - 1) / Self.chunk
    slices = (0..<ranks).map {
      chunks * $0 / ranks * Self.chunk..<min(chunks * ($0 + 1) / ranks * Self.chunk, count)
    }
    slices = slices.map { $0.lowerBound..<max($0.lowerBound, $0.upperBound) }
    // A stage whose size changes from step to step gets some room to grow.
    if (own.first?.count ?? -1) < count {
      let capacity = own.isEmpty ? count : count + count / 4
      own = nodes[rank].map { _ in Storage(count: capacity) }
    }
    let received = ranks == 1 ? 0 : slice.count * ranks
    if ranks > 1, (arrived.first?.count ?? -1) < received {
      arrived = (0..<rounds).map { _ in Storage(count: received + received / 4) }
    }
  }

  /// Where this rank's first node is to be summed up, `[count]`.
  var first: Vector { own[0].vector[0..<count] }

  /// Starts to exchange the sums of this rank's nodes; collective.
  func start(_ sum: OrderedSum, _ collectives: some Collectives) throws {
    for (index, vector) in sum.vectors.enumerated() where index > 0 {
      own[index].vector[0..<count].copy(from: vector)
    }
    guard nodes.count > 1 else { return }
    pending = try (0..<rounds).map { round in
      let sends = round < nodes[rank].count
      let values = sends ? own[round].vector[0..<count] : own[0].vector[0..<0]
      let expected = nodes.map { round < $0.count ? slice.count : 0 }
      return try collectives.startAllToAll(
        UnsafeBufferPointer(values.buffer), counts: sends ? counts : counts.map { _ in 0 },
        into: arrived[round].vector[0..<expected.reduce(0, +)].buffer, counts: expected)
    }
  }

  /// Waits for the exchange; returns the sum over all shards of this rank's slice.
  func finish() throws -> Vector {
    for exchange in pending { try exchange.wait() }
    pending = []
    guard nodes.count > 1 else { return first }
    var sum = OrderedSum()
    var used = [Int](repeating: 0, count: rounds)
    for sender in nodes {
      for (round, node) in sender.enumerated() {
        sum.append(arrived[round].vector[used[round]..<used[round] + slice.count], node)
        used[round] += slice.count
      }
    }
    return sum.vectors[0]
  }

  /// Lets the exchange make progress between products.
  func progress() throws {
    for exchange in pending { _ = try exchange.test() }
  }
}
