internal import Tensors

/// The sum of one stage's gradients over all shards of all ranks, in the order of the shard tree.
///
/// Each rank adds up its shards' nodes, sends every rank its slices of them, and adds the slices that
/// arrive by the same tree. With one rank the same path has nothing to send. The traffic is that of a
/// reduce-scatter: (P - 1) / P of the gradient. With MPI's all-reduce instead every rank gets it all.
final class GradientReduction {
  /// Consecutive values that are divided over the ranks.
  struct Part: Sendable {
    /// Its place in the stage's gradient.
    let range: Range<Int>
    /// The slice of each rank, counted from the part's start; one slice when every rank gets all.
    let slices: [Range<Int>]
    /// All slices' lengths.
    var counts: [Int] { slices.map(\.count) }
  }

  /// The parts of the gradient: one, or for the embeddings two.
  private(set) var parts: [Part] = []
  private let rank: Int
  private let nodes: [[TreeNode]]
  private var own: [Storage] = []
  private var total = OrderedSum()
  private var arrived: [Storage] = []
  private var count = 0
  private let exchange: GradientExchange
  private var exchanges: [Exchange] = []
  private var halves: [(sent: BFloat16Storage, arrived: BFloat16Storage)] = []

  /// One part's values that arrive in one round: from each rank the same node of its nodes.
  private struct Exchange {
    let pending: any PendingExchange
    let values: Vector
    /// The values as they arrive when they are sent at half the size.
    var narrow: BFloat16Storage?

    func finish() throws {
      try pending.wait()
      guard let narrow else { return }
      widen(UnsafeBufferPointer(rebasing: narrow.buffer[..<values.count]), into: values)
    }
  }

  /// The floats that a chunk of a norm or a slice covers.
  static let chunk = 4096

  /// The reduction of one stage; its memory is kept from step to step.
  init(shards: Int, rank: Int, ranks: Int, _ exchange: GradientExchange = GradientExchange()) {
    self.rank = rank
    self.exchange = exchange
    nodes = (0..<ranks).map {
      TreeNode.cover(ShardPlan.shards(ofRank: $0, of: ranks, count: shards))
    }
  }

  /// An even division of `count` floats: whole chunks, so that norms do not depend on the ranks.
  static func slices(of count: Int, ranks: Int) -> [Range<Int>] {
    let chunks = (count + chunk - 1) / chunk
    return (0..<ranks).map {
      min(chunks * $0 / ranks * chunk, count)..<min(chunks * ($0 + 1) / ranks * chunk, count)
    }
  }

  private var rounds: Int { nodes.reduce(0) { max($0, $1.count) } }

  /// Begins a gradient; each part's slices follow one another without gaps.
  func prepare(_ parts: [Part]) {
    self.parts = parts
    count = parts.last?.range.upperBound ?? 0
    total = OrderedSum()
    // A stage whose size changes from step to step gets some room to grow.
    if let storage = own.first, storage.count < count { own = [Storage(count: count + count / 4)] }
  }

  /// Where the next shards' first node is to be summed up, `[count]`.
  var place: Vector { slot(total.vectors.count) }

  /// Adds the sum over the shards that follow; what does not stand in `place` is copied.
  func append(_ sum: OrderedSum) {
    for (vector, node) in zip(sum.vectors, sum.nodes) {
      let place = place
      if place.pointer != vector.pointer { place.copy(from: vector) }
      total.append(place, node)
    }
  }

  /// Memory for the sum of node number `index` of those that are not yet joined.
  private func slot(_ index: Int) -> Vector {
    while own.count <= index { own.append(Storage(count: max(count, own.first?.count ?? 0))) }
    return own[index].vector[0..<count]
  }

  /// Starts to exchange the sums of this rank's nodes; collective.
  func start(_ collectives: some Collectives) throws {
    guard nodes.count > 1 else { return }
    precondition(total.nodes == nodes[rank], "not all shards have been added")
    if exchange.reduction == .allreduce {
      for sum in total.vectors.dropFirst() { add(sum, to: total.vectors[0]) }
      let pending = try collectives.startSum(total.vectors[0].buffer)
      exchanges = [Exchange(pending: pending, values: total.vectors[0])]
      return
    }
    let places = makeRoom()
    exchanges = try zip(places, places.indices).map { values, index in
      let (part, round) = (parts[index / rounds], index % rounds)
      let sends = round < total.vectors.count
      let source = sends ? total.vectors[round][part.range] : slot(0)[0..<0]
      let length = part.slices[rank].count
      return try start(
        source, counts: part.counts.map { sends ? $0 : 0 }, values,
        nodes.map { round < $0.count ? length : 0 }, index, collectives)
    }
  }

  private func start(
    _ source: Vector, counts: [Int], _ values: Vector, _ arriving: [Int], _ index: Int,
    _ collectives: some Collectives
  ) throws -> Exchange {
    guard exchange.precision == .bfloat16 else {
      let pending = try collectives.startAllToAll(
        UnsafeBufferPointer(source.buffer), counts: counts, into: values.buffer, counts: arriving)
      return Exchange(pending: pending, values: values)
    }
    if halves.count <= index {
      halves.append((BFloat16Storage(count: 0), BFloat16Storage(count: 0)))
    }
    if halves[index].sent.buffer.count < source.count {
      halves[index].sent = BFloat16Storage(count: source.count + source.count / 4)
    }
    if halves[index].arrived.buffer.count < values.count {
      halves[index].arrived = BFloat16Storage(count: values.count + values.count / 4)
    }
    let (sent, arrived) = halves[index]
    let sending = UnsafeMutableBufferPointer(rebasing: sent.buffer[..<source.count])
    narrow(source, into: sending)
    let pending = try collectives.startAllToAll(
      UnsafeBufferPointer(sending), counts: counts,
      into: UnsafeMutableBufferPointer(rebasing: arrived.buffer[..<values.count]),
      counts: arriving)
    return Exchange(pending: pending, values: values, narrow: arrived)
  }

  /// Memory for what arrives: for each part, for each round, the slices of all ranks that have a node.
  private func makeRoom() -> [Vector] {
    let lengths = parts.flatMap { part in
      (0..<rounds).map { round in
        part.slices[rank].count * nodes.count { round < $0.count }
      }
    }
    let total = lengths.reduce(0, +)
    if arrived.isEmpty || arrived[0].count < total { arrived = [Storage(count: total + total / 4)] }
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return arrived[0].vector[start..<start + length]
    }
  }

  /// Waits for the exchange; returns the sum over all shards of this rank's slice of each part.
  func finish() throws -> [Vector] {
    for exchange in exchanges { try exchange.finish() }
    defer { exchanges = [] }
    guard nodes.count > 1, exchange.reduction == .ordered else {
      return parts.map { slot(0)[$0.range] }
    }
    return parts.indices.map { index in
      sum(parts[index].slices[rank].count, exchanges[(index * rounds)..<(index + 1) * rounds])
    }
  }

  private func sum(_ length: Int, _ rounds: ArraySlice<Exchange>) -> Vector {
    var sum = OrderedSum()
    var used = [Int](repeating: 0, count: rounds.count)
    for sender in nodes {
      for (round, node) in sender.enumerated() {
        let values = rounds[rounds.startIndex + round].values
        sum.append(values[used[round]..<used[round] + length], node)
        used[round] += length
      }
    }
    return sum.vectors[0]
  }

  /// The memory of the first node, whose values have been sent: room for a whole gradient.
  var whole: Vector { slot(0) }

  /// Lets the exchange make progress between products; true when it is done, or was never started.
  func progress() throws -> Bool {
    try exchanges.reduce(true) { try $1.pending.test() && $0 }
  }
}
