import COpenMPI

/// A group of ranks that exchange typed buffers.
///
/// Every collective must be called by all ranks, in the same order and with matching counts, from the
/// thread that started MPI. Buffers hold `count` elements, in rank order where they join several
/// ranks' parts. Failures are thrown as `MPIError`.
public struct Communicator: Sendable {
  /// This process's place, 0 ..< size.
  public let rank: Int
  /// The number of ranks.
  public let size: Int
  /// The most elements that one MPI call is given; larger buffers go in pieces.
  ///
  /// Every rank must use the same. The default keeps the pieces' bytes below 2^31 as well.
  public var chunkLimit = 1 << 27

  // An MPI handle is an immutable address; which thread may use it is MPI's rule, stated above.
  private nonisolated(unsafe) let handle: OpaquePointer?
  let watchdog: Watchdog

  init(handle: OpaquePointer?, _ watchdog: Watchdog) throws(MPIError) {
    self.watchdog = watchdog
    var rank: Int32 = 0
    var size: Int32 = 0
    try check(MPI_Comm_rank(handle, &rank), "MPI_Comm_rank")
    try check(MPI_Comm_size(handle, &size), "MPI_Comm_size")
    self.rank = Int(rank)
    self.size = Int(size)
    self.handle = handle
  }

  /// True on rank 0, which prints and writes files.
  public var isRoot: Bool { rank == 0 }

  /// Returns on no rank before every rank has called it.
  ///
  /// - Throws: `MPIError`.
  public func barrier() throws {
    try check(watchdog.wait("barrier") { MPI_Barrier(handle) }, "MPI_Barrier")
  }

  /// Says what the program does from now on, for the message about a rank that does not come.
  ///
  /// - Parameter activity: Some words, such as `step 12`.
  public func begin(_ activity: String) { watchdog.begin(activity) }

  /// Copies one rank's buffer to all ranks.
  ///
  /// - Parameters:
  ///   - buffer: Read on `root`, written elsewhere; the same count on all ranks.
  ///   - root: The rank that has the values.
  /// - Throws: `MPIError`.
  public func broadcast<T: MPIElement>(
    _ buffer: UnsafeMutableBufferPointer<T>, from root: Int = 0
  ) throws {
    let root = try peer(root, "MPI_Bcast")
    for chunk in chunks(of: buffer) {
      let code = watchdog.wait("broadcast") {
        MPI_Bcast(chunk.baseAddress, Int32(chunk.count), T.datatype.handle, root, handle)
      }
      try check(code, "MPI_Bcast")
    }
  }

  /// Replaces each element by its reduction over all ranks.
  ///
  /// - Parameters:
  ///   - buffer: This rank's values, then the reduced ones; the same count on all ranks.
  ///   - operation: How values are joined.
  /// - Throws: `MPIError`.
  public func allReduce<T: MPIElement>(
    _ buffer: UnsafeMutableBufferPointer<T>, _ operation: ReductionOperation
  ) throws {
    for chunk in chunks(of: buffer) {
      let code = watchdog.wait("all-reduce") {
        MPI_Allreduce(
          mpiInPlace(), chunk.baseAddress, Int32(chunk.count), T.datatype.handle,
          operation.handle, handle)
      }
      try check(code, "MPI_Allreduce")
    }
  }

  /// Starts what `allReduce` does.
  ///
  /// - Parameters:
  ///   - buffer: This rank's values, then the reduced ones; MPI's until the request is done.
  ///   - operation: How values are joined.
  /// - Returns: The request to wait for.
  /// - Throws: `MPIError`.
  public func startAllReduce<T: MPIElement>(
    _ buffer: UnsafeMutableBufferPointer<T>, _ operation: ReductionOperation
  ) throws -> Request {
    let request = Request(watchdog)
    for chunk in chunks(of: buffer) {
      try request.start("MPI_Iallreduce") {
        MPI_Iallreduce(
          mpiInPlace(), chunk.baseAddress, Int32(chunk.count), T.datatype.handle,
          operation.handle, handle, $0)
      }
    }
    return request
  }

  /// Sends a buffer to one rank, which must call `receive` with the same count and tag.
  ///
  /// - Parameters:
  ///   - buffer: The values.
  ///   - destination: The receiving rank.
  ///   - tag: Tells messages apart, 0 ..< 32767.
  /// - Throws: `MPIError`.
  public func send<T: MPIElement>(
    _ buffer: UnsafeBufferPointer<T>, to destination: Int, tag: Int32 = 0
  ) throws {
    let destination = try peer(destination, "MPI_Send")
    try require((0..<Self.exchangeTag).contains(tag), "MPI_Send", "tag \(tag) is out of range")
    for chunk in chunks(of: buffer) {
      let code = MPI_Send(
        chunk.baseAddress, Int32(chunk.count), T.datatype.handle, destination, tag, handle)
      try check(code, "MPI_Send")
    }
  }

  /// Receives what one rank sends with the same count and tag.
  ///
  /// - Parameters:
  ///   - buffer: Filled with the values.
  ///   - source: The sending rank.
  ///   - tag: The message's tag, 0 ..< 32767.
  /// - Throws: `MPIError`.
  public func receive<T: MPIElement>(
    into buffer: UnsafeMutableBufferPointer<T>, from source: Int, tag: Int32 = 0
  ) throws {
    let source = try peer(source, "MPI_Recv")
    try require((0..<Self.exchangeTag).contains(tag), "MPI_Recv", "tag \(tag) is out of range")
    for chunk in chunks(of: buffer) {
      let code = MPI_Recv(
        chunk.baseAddress, Int32(chunk.count), T.datatype.handle, source, tag, handle,
        mpiStatusIgnore())
      try check(code, "MPI_Recv")
    }
  }
}

// MARK: - For the collectives in other files

extension Communicator {
  /// The tag of exchanges: the largest that every MPI offers, above those of `send`.
  static let exchangeTag: Int32 = 32_767

  /// The group that MPI knows by this communicator.
  var group: OpaquePointer? { handle }

  /// The rank as MPI wants it, checked here so that the message names it.
  func peer(_ rank: Int, _ call: StaticString) throws(MPIError) -> Int32 {
    try require((0..<size).contains(rank), call, "rank \(rank) is not in 0 ..< \(size)")
    return Int32(rank)
  }

  /// The pieces of a buffer that one MPI call each can carry; none of an empty buffer.
  func chunks<T>(of buffer: UnsafeBufferPointer<T>) -> [UnsafeBufferPointer<T>] {
    let limit = min(max(chunkLimit, 1), Int(Int32.max))
    return stride(from: 0, to: buffer.count, by: limit).map {
      UnsafeBufferPointer(rebasing: buffer[$0..<min($0 + limit, buffer.count)])
    }
  }

  /// The same of a buffer to be written.
  func chunks<T>(of buffer: UnsafeMutableBufferPointer<T>) -> [UnsafeMutableBufferPointer<T>] {
    chunks(of: UnsafeBufferPointer(buffer)).map { UnsafeMutableBufferPointer(mutating: $0) }
  }
}
