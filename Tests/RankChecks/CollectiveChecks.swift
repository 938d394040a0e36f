import MessagePassing

/// Every blocking collective against its definition, whole and in pieces, on every element type.
let collectiveChecks: [String: RankCheck] = [
  "all-gather": { environment in
    for world in chunked(environment.world) {
      // Counts r, then with the emptiness elsewhere; then nothing at all.
      for shift in 0..<world.size {
        let counts = (0..<world.size).map { ($0 + shift) % world.size * 2 }
        try checkAllGather(Float.self, counts, world)
        try checkAllGather(Double.self, counts, world)
        try checkAllGather(Int32.self, counts, world)
        try checkAllGather(Int64.self, counts, world)
        try checkAllGather(UInt8.self, counts, world)
      }
      try checkAllGather(Float.self, [Int](repeating: 0, count: world.size), world)
      try checkAllGather(Float.self, [Int](repeating: 5, count: world.size), world)
    }
  },
  "all-gather in place": { environment in
    for world in chunked(environment.world) {
      let expected = (0..<world.size).flatMap { values($0, 4, as: Float.self) }
      var matrix = [Float](repeating: -1, count: 4 * world.size)
      let own = world.rank * 4..<world.rank * 4 + 4
      matrix.replaceSubrange(own, with: values(world.rank, 4, as: Float.self))
      try matrix.withUnsafeMutableBufferPointer {
        try world.allGather(UnsafeBufferPointer(rebasing: $0[own]), into: $0)
      }
      try expectEqual(matrix, expected, "limit \(world.chunkLimit)")
    }
  },
  "large messages": { environment in
    let world = environment.world
    // Far beyond what is sent through the shared memory's buffers at once.
    let count = 3 << 20
    let own = [Float](repeating: Float(world.rank + 1), count: count)
    var all = [Float](repeating: 0, count: count * world.size)
    try own.withUnsafeBufferPointer { own in
      try all.withUnsafeMutableBufferPointer { all in
        try world.allGather(own, counts: [Int](repeating: count, count: world.size), into: all)
      }
    }
    for rank in 0..<world.size {
      try expectEqual(
        Array(all[rank * count..<rank * count + 3]), [Float](repeating: Float(rank + 1), count: 3))
      try expectEqual(all[(rank + 1) * count - 1], Float(rank + 1))
    }
  },
  "all-reduce": { environment in
    for world in chunked(environment.world) {
      for count in [0, 1, 3, 4, 1000] {
        let all = (0..<world.size).map { values($0, count, as: Double.self) }
        func expected(_ join: ([Double]) -> Double?) -> [Double] {
          (0..<count).compactMap { index in join(all.map { $0[index] }) }
        }
        let own = all[world.rank]
        let sums = expected { $0.reduce(0, +) }
        try expectEqual(try world.allReduce(own, .sum), sums, "sum of \(count)")
        try expectEqual(try world.allReduce(own, .maximum), expected { $0.max() })
        try expectEqual(try world.allReduce(own, .minimum), expected { $0.min() })
        try expectEqual(
          try world.allReduce(own.map { Float($0) }, .sum), sums.map { Float($0) })
        try expectEqual(
          try world.allReduce(own.map { Int32($0) }, .sum), sums.map { Int32($0) })
      }
      try expectEqual(
        try world.allReduce(Int64(world.rank) << 40, .maximum), Int64(world.size - 1) << 40)
      try expectEqual(try world.allReduce(UInt8(world.rank == 0 ? 1 : 0), .maximum), 1)
    }
  },
  "all-to-all": { environment in
    for world in chunked(environment.world) {
      // Rank r sends (r + 2t) % 5 values to rank t: asymmetric, some none.
      func part(_ source: Int, _ target: Int) -> [Float] {
        values(source * 100 + target, (source + 2 * target) % 5, as: Float.self)
      }
      let ranks = 0..<world.size
      let found = try world.allToAll(ranks.map { part(world.rank, $0) })
      try expectEqual(found, ranks.map { part($0, world.rank) }, "limit \(world.chunkLimit)")
    }
  },
  "broadcast": { environment in
    for world in chunked(environment.world) {
      for root in 0..<world.size {
        for count in [0, 1, 7] {
          let own = values(world.rank, world.rank == root ? count : 99, as: Int64.self)
          try expectEqual(
            try world.broadcast(own, from: root), values(root, count, as: Int64.self))
        }
      }
    }
  },
  "gather": { environment in
    for world in chunked(environment.world) {
      for root in 0..<world.size {
        let all = (0..<world.size).map { values($0, ($0 + 1) % 3 * 2, as: Double.self) }
        let found = try world.gather(all[world.rank], to: root)
        try expectEqual(found, world.rank == root ? all : [], "to \(root)")
      }
    }
  },
  "send and receive": { environment in
    for world in chunked(environment.world) where world.size > 1 {
      // A token with a payload that grows goes round the ring.
      let before = (world.rank + world.size - 1) % world.size
      let after = (world.rank + 1) % world.size
      if world.isRoot { try world.send(values(0, 1, as: Int32.self), to: after, tag: 9) }
      let count = world.isRoot ? world.size : world.rank
      let found: [Int32] = try world.receive(count: count, from: before, tag: 9)
      try expectEqual(found, values(0, count, as: Int32.self))
      if !world.isRoot { try world.send(values(0, count + 1, as: Int32.self), to: after, tag: 9) }
    }
  },
  "host": { environment in
    try expectEqual(environment.localSize, environment.world.size, "all ranks on one host")
    try expectEqual(environment.localRank, environment.world.rank)
    try expectEqual(environment.processorName.isEmpty, false)
    try expectEqual(environment.libraryVersion.contains("MPI"), true)
  },
]

/// The communicator with pieces of the usual size, then so small that every collective goes in pieces.
func chunked(_ world: Communicator) -> [Communicator] {
  [world.chunkLimit, 1, 3].map { limit in
    var world = world
    world.chunkLimit = limit
    return world
  }
}

/// Values that differ by rank and by place, small enough for every element type.
func values<T: MPIElement & Numeric>(_ rank: Int, _ count: Int, as type: T.Type) -> [T] {
  (0..<count).map { T(exactly: (rank * 7 + $0 * 3 + 1) % 127) ?? 0 }
}

private func checkAllGather<T: MPIElement & Numeric>(
  _ type: T.Type, _ counts: [Int], _ world: Communicator
) throws {
  let all = counts.indices.map { values($0, counts[$0], as: type) }
  let found = try world.allGather(all[world.rank])
  try expectEqual(found, all, "\(type), counts \(counts), limit \(world.chunkLimit):")
}
