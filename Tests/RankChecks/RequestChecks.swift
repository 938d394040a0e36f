import MessagePassing

/// Non-blocking collectives: several in flight, finished out of order, polled, dropped.
let requestChecks: [String: RankCheck] = [
  "requests in flight": { environment in
    for world in chunked(environment.world) {
      let counts = (0..<world.size).map { 3 * (($0 + 1) % world.size) }
      let first = Buffer(values(world.rank, 11, as: Float.self))
      let own = Buffer(values(world.rank, counts[world.rank], as: Float.self))
      let gathered = Buffer([Float](repeating: -1, count: counts.reduce(0, +)))
      let second = Buffer(values(world.rank + 1, 5, as: Double.self))
      let sent = Buffer((0..<world.size).flatMap { [Int32(world.rank), Int32($0)] })
      let received = Buffer([Int32](repeating: -1, count: 2 * world.size))
      let twos = [Int](repeating: 2, count: world.size)
      let fromOthers = twos.indices.map { $0 == world.rank ? 0 : 2 }
      let withoutOwn = Buffer([Int32](repeating: -1, count: 2 * world.size - 2))

      let requests = [
        try world.startAllReduce(first.all, .sum),
        try world.startAllGather(own.read, counts: counts, into: gathered.all),
        try world.startAllToAll(sent.read, counts: twos, into: received.all, counts: twos),
        try world.startAllToAll(
          sent.read, counts: twos, into: withoutOwn.all, counts: fromOthers),
        try world.startAllReduce(second.all, .maximum),
      ]
      try world.barrier()
      for request in requests.reversed() { try request.wait() }

      let ranks = 0..<world.size
      try expectEqual(
        first.values,
        (0..<11).map { index in
          ranks.reduce(Float(0)) { $0 + values($1, 11, as: Float.self)[index] }
        })
      try expectEqual(gathered.values, ranks.flatMap { values($0, counts[$0], as: Float.self) })
      try expectEqual(received.values, ranks.flatMap { [Int32($0), Int32(world.rank)] })
      try expectEqual(
        withoutOwn.values,
        ranks.filter { $0 != world.rank }.flatMap { [Int32($0), Int32(world.rank)] })
      try expectEqual(
        second.values,
        (0..<5).map { index in
          ranks.map { values($0 + 1, 5, as: Double.self)[index] }.max() ?? 0
        })
    }
  },
  "polled request": { environment in
    let world = environment.world
    let buffer = Buffer([Int64](repeating: 1, count: 100_000))
    let request = try world.startAllReduce(buffer.all, .sum)
    while try !request.test() {}
    try expectEqual(buffer.values, [Int64](repeating: Int64(world.size), count: 100_000))
    try request.wait()
    try expectEqual(try request.test(), true)
  },
  "dropped request": { environment in
    let world = environment.world
    let buffer = Buffer([Int64](repeating: 1, count: 100_000))
    _ = try world.startAllReduce(buffer.all, .sum)
    try expectEqual(buffer.values, [Int64](repeating: Int64(world.size), count: 100_000))
  },
]

/// Memory that stays where it is while MPI works on it.
final class Buffer<T: MPIElement> {
  let all: UnsafeMutableBufferPointer<T>

  init(_ values: [T]) {
    all = .allocate(capacity: values.count)
    _ = all.initialize(from: values)
  }

  deinit { all.deallocate() }

  var read: UnsafeBufferPointer<T> { UnsafeBufferPointer(all) }
  var values: [T] { Array(all) }
}
