import Foundation
import MessagePassing

/// Programs that fail on purpose; the tests look at how the job ends.
let failureChecks: [String: RankCheck] = [
  "error on rank 1": { environment in
    if environment.world.rank == 1 { throw CheckFailure(description: "the cause") }
    try environment.world.barrier()
  },
  "error on all ranks": { _ in
    throw CheckFailure(description: "the common cause")
  },
  "error with a request in flight": { environment in
    let world = environment.world
    let buffer = Buffer([Float](repeating: 1, count: 1_000_000))
    try withExtendedLifetime(buffer) {
      let request = try world.startAllReduce(buffer.all, .sum)
      if world.rank == 1 { throw CheckFailure(description: "the cause") }
      try request.wait()
      try world.barrier()
    }
  },
  "crash": { environment in
    environment.world.begin("the check")
    if environment.world.rank == 1 { preconditionFailure("the cause") }
    try environment.world.barrier()
  },
  "no memory": { environment in
    environment.world.begin("taking memory")
    if environment.world.rank == 1 {
      var limit = rlimit(rlim_cur: 1 << 30, rlim_max: 1 << 30)
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
      let blocks = (0..<64).map { _ in Buffer([Float](repeating: 1, count: 16 << 20)) }
      throw CheckFailure(description: "\(blocks.count) blocks of 64 MiB inside 1 GiB")
    }
    try environment.world.barrier()
  },
  "truncated message": { environment in
    let world = environment.world
    if world.rank == 0 { try world.send([1, 2, 3, 4] as [Float], to: 1) }
    if world.rank == 1 { _ = try world.receive(count: 2, from: 0) as [Float] }
    try world.barrier()
  },
  "hang": { environment in
    if environment.world.isRoot { sleep(600) }
    try environment.world.barrier()
  },
  // Twice 1.2 s are more than a timeout of 2 s, but neither is.
  "late": { environment in
    if environment.world.isRoot { usleep(1_200_000) }
    try environment.world.barrier()
  },
  // Arguments that MPI would choke on are refused before it sees them, so this one passes.
  "refused arguments": { environment in
    let world = environment.world
    let three = Buffer([Float](repeating: 0, count: 3))
    let ones = [Int](repeating: 1, count: world.size)
    let tooMany = Buffer([Float](repeating: 0, count: world.size + 1))
    func refused(_ call: String, _ body: () throws -> Void) throws {
      do {
        try body()
      } catch let error as MPIError {
        return try expectEqual(error.call, call)
      }
      throw CheckFailure(description: "\(call) accepted wrong arguments")
    }
    try refused("MPI_Bcast") { try world.broadcast(three.all, from: world.size) }
    try refused("MPI_Bcast") { try world.broadcast(three.all, from: -1) }
    try refused("MPI_Send") { try world.send(three.read, to: 0, tag: -1) }
    try refused("MPI_Recv") { _ = try world.receive(count: -1, from: 0) as [Float] }
    try refused("MPI_Allgatherv") { try world.allGather(three.read, into: tooMany.all) }
    try refused("MPI_Allgatherv") {
      try world.allGather(three.read, counts: [], into: tooMany.all)
    }
    try refused("all-to-all") {
      try world.allToAll(tooMany.read, counts: ones, into: tooMany.all, counts: ones)
    }
    try refused("all-to-all") {
      _ = try world.allToAll([[Float]](repeating: [], count: world.size + 1))
    }
    try refused("MPI_Init_thread") { _ = try MPIEnvironment() }
  },
]
