package import Tensors

/// The sum of one stage's gradients over all shards of all ranks, in the order of the shard tree.
///
/// Each rank adds up its shards' nodes, sends every other rank its slices of them, and adds the slices
/// that arrive to its own by the same tree. With one rank the same path has nothing to send. The traffic
/// is that of a reduce-scatter: (P - 1) / P of the gradient. With MPI's all-reduce instead every rank
/// gets it all.
package final class GradientReduction {
  /// Consecutive values that are divided over the ranks.
  package struct Part: Sendable {
    /// Its place in the stage's gradient.
    package let range: Range<Int>
    /// The slice of each rank, counted from the part's start; one slice when every rank gets all.
    package let slices: [Range<Int>]
    /// All slices' lengths.
    package var counts: [Int] { slices.map(\.count) }

    /// The part at `range`, so divided.
    package init(range: Range<Int>, slices: [Range<Int>]) {
      (self.range, self.slices) = (range, slices)
    }
  }

  /// The parts of the gradient: one, or for the embeddings two.
  package private(set) var parts: [Part] = []
  private let rank: Int
  private let nodes: [[TreeNode]]
  private let exchange: GradientExchange
  private var room = GradientBuffer()
  private var count = 0
  private var total = OrderedSum()
  private var exchanges: [Exchange] = []
  private var slices = GrowingStorage()
  private var sums: [Vector]?

  /// One part's values that arrive in one round: from each rank the same node of its nodes.
  private struct Exchange {
    let pending: any PendingExchange
    let values: Vector
    /// The values as they arrive when they are sent at half the size.
    var narrow: UnsafeMutableBufferPointer<UInt16>?

    func finish() throws {
      try pending.wait()
      if let narrow { widen(UnsafeBufferPointer(narrow), into: values) }
    }
  }

  /// The floats that a chunk of a norm or a slice covers.
  package static let chunk = 4096

  /// The reduction of one stage; its memory is kept from step to step.
  package init(
    shards: Int, rank: Int, ranks: Int, _ exchange: GradientExchange = GradientExchange()
  ) {
    self.rank = rank
    self.exchange = exchange
    nodes = (0..<ranks).map {
      TreeNode.cover(ShardPlan.shards(ofRank: $0, of: ranks, count: shards))
    }
  }

  /// An even partition of `count` floats: whole chunks, so that norms do not depend on the ranks.
  package static func slices(of count: Int, ranks: Int) -> [Range<Int>] {
    let chunks = (count + chunk - 1) / chunk
    return (0..<ranks).map {
      min(chunks * $0 / ranks * chunk, count)..<min(chunks * ($0 + 1) / ranks * chunk, count)
    }
  }

  /// Whether this rank keeps its slices only, so that others may have the room after that.
  package var leavesRoom: Bool { nodes.count > 1 && exchange.reduction == .ordered }

  private var rounds: Int { nodes.reduce(0) { max($0, $1.count) } }

  /// Begins a gradient; each part's slices follow one another without gaps.
  ///
  /// - Parameters:
  ///   - parts: Of the gradient.
  ///   - room: Where it is computed; whose gradient was there before is waited for.
  /// - Throws: What that one's exchange throws.
  package func prepare(_ parts: [Part], in room: GradientBuffer) throws {
    try room.user?.settle()
    room.user = self
    self.room = room
    self.parts = parts
    count = parts.last?.range.upperBound ?? 0
    total = OrderedSum()
    sums = nil
  }

  /// Takes 0 for the sum over all shards, without anything computed or sent.
  package func takeZero() {
    // Where every rank keeps all, that is where the first node would be.
    let own = leavesRoom ? slices.vectors(parts.map { $0.slices[rank].count }) : []
    sums = leavesRoom ? own : parts.map { place[$0.range] }
    for sum in sums ?? [] { sum.fill(0) }
  }

  /// Where the next shards' first node is to be summed up, `[count]`.
  package var place: Vector { room.sum(total.vectors.count, count) }

  /// Adds the sum over the shards that follow; what does not stand in `place` is copied.
  package func append(_ sum: OrderedSum) {
    for (vector, node) in zip(sum.vectors, sum.nodes) {
      let place = place
      if place.pointer != vector.pointer { place.copy(from: vector) }
      total.append(place, node)
    }
  }

  /// Starts to exchange the sums of this rank's nodes; collective.
  package func start(_ collectives: some Collectives) throws {
    guard nodes.count > 1 else { return }
    precondition(total.nodes == nodes[rank], "not all shards have been added")
    if exchange.reduction == .allreduce {
      for sum in total.vectors.dropFirst() { add(sum, to: total.vectors[0]) }
      let pending = try collectives.startSum(total.vectors[0].buffer)
      exchanges = [Exchange(pending: pending, values: total.vectors[0])]
      return
    }
    let arriving = parts.flatMap { part in
      (0..<rounds).map { arrivals(part.slices[rank].count, round: $0) }
    }
    let places = room.arrivals(arriving.map { $0.reduce(0, +) })
    exchanges = try places.indices.map { index in
      let (part, round) = (parts[index / rounds], index % rounds)
      let sends = round < total.vectors.count
      return try start(
        sends ? total.vectors[round][part.range] : place[0..<0],
        counts: part.counts.map { sends ? $0 : 0 }, places[index], arriving[index], index,
        collectives)
    }
  }

  /// How many values come from each rank in a round.
  private func arrivals(_ length: Int, round: Int) -> [Int] {
    nodes.indices.map {
      round < nodes[$0].count && !($0 == rank && ownStays) ? length : 0
    }
  }

  /// Whether this rank's own slice is added as it is; rounded like the others' it has to be copied.
  private var ownStays: Bool { exchange.precision == .float32 }

  private func start(
    _ source: Vector, counts: [Int], _ values: Vector, _ arriving: [Int], _ index: Int,
    _ collectives: some Collectives
  ) throws -> Exchange {
    guard exchange.precision == .bfloat16 else {
      let pending = try collectives.startAllToAll(
        UnsafeBufferPointer(source.buffer), counts: counts, into: values.buffer, counts: arriving)
      return Exchange(pending: pending, values: values)
    }
    let (sent, arrived) = room.halves(index, source.count, values.count)
    narrow(source, into: sent)
    let pending = try collectives.startAllToAll(
      UnsafeBufferPointer(sent), counts: counts, into: arrived, counts: arriving)
    return Exchange(pending: pending, values: values, narrow: arrived)
  }

  /// Waits for the exchange; returns the sum over all shards of this rank's slice of each part.
  package func finish() throws -> [Vector] {
    try settle()
    return sums ?? []
  }

  /// Waits for the exchange and leaves the room, unless that has been done.
  private func settle() throws {
    guard sums == nil else { return }
    for exchange in exchanges { try exchange.finish() }
    defer { exchanges = [] }
    guard leavesRoom else {
      sums = parts.map { room.sum(0, count)[$0.range] }
      return
    }
    let lengths = parts.map { $0.slices[rank].count }
    let own = slices.vectors(lengths)
    for index in parts.indices { sum(addends(of: index), into: own[index]) }
    sums = own
  }

  /// What is to be added up for a part, from left to right.
  private func addends(of index: Int) -> [(values: Vector, node: TreeNode)] {
    let slice = parts[index].slices[rank]
    let rounds = exchanges[(index * rounds)..<(index + 1) * rounds].map(\.values)
    var used = [Int](repeating: 0, count: rounds.count)
    return nodes.indices.flatMap { sender in
      nodes[sender].enumerated().map { round, node in
        if sender == rank, ownStays {
          return (total.vectors[round][parts[index].range][slice], node)
        }
        defer { used[round] += slice.count }
        return (rounds[round][used[round]..<used[round] + slice.count], node)
      }
    }
  }

  /// Adds in the order of the tree, block by block, so that the last sum is copied out of the cache.
  private func sum(_ addends: [(values: Vector, node: TreeNode)], into result: Vector) {
    for start in stride(from: 0, to: result.count, by: Self.block) {
      let block = start..<min(start + Self.block, result.count)
      var sum = OrderedSum()
      for addend in addends { sum.append(addend.values[block], addend.node) }
      result[block].copy(from: sum.vectors[0])
    }
  }

  private static let block = 1 << 15

  /// The memory of the first node, whose values have been sent: room for a whole gradient, until another
  /// stage is asked.
  package var whole: Vector { room.sum(0, count) }

  /// Lets the exchange make progress between products; true when it is done, or was never started.
  package func progress() throws -> Bool {
    try exchanges.reduce(true) { try $1.pending.test() && $0 }
  }
}
