import COpenMPI

/// A started, non-blocking operation; its buffers belong to MPI until `wait()` or `test()` says it is done.
///
/// A request that is dropped unfinished waits in its `deinit`, so that MPI never writes to freed
/// memory. That ends: the other ranks have begun the same operation, or will, before anything that
/// needs this rank again.
public final class Request {
  private var pending: [(handle: OpaquePointer?, call: StaticString, peer: Int?)] = []
  private let watchdog: Watchdog

  init(_ watchdog: Watchdog) {
    self.watchdog = watchdog
  }

  deinit { try? wait() }

  /// Starts one MPI operation that this request then includes; `peer` is the only other rank in it.
  func start(
    _ call: StaticString, _ peer: Int? = nil,
    _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) throws {
    var handle = mpiRequestNull()
    try settle { try check(body(&handle), call) }
    pending.append((handle, call, peer))
  }

  /// Blocks until the operation is done; at once when it already is.
  ///
  /// - Throws: `MPIError` when it failed; its other parts are then abandoned, as the job is lost.
  public func wait() throws {
    try watchdog.wait("exchange") {
      while let (handle, call, peer) = pending.popLast() {
        var handle = handle
        watchdog.expect(peer)
        try settle { try check(MPI_Wait(&handle, mpiStatusIgnore()), call) }
      }
    }
  }

  /// Lets MPI make progress and tells whether the operation is done.
  ///
  /// - Returns: True once everything has been sent and received.
  /// - Throws: `MPIError` when it failed.
  public func test() throws -> Bool {
    while let (handle, call, _) = pending.last {
      var handle = handle
      var done: Int32 = 0
      try settle { try check(MPI_Test(&handle, &done, mpiStatusIgnore()), call) }
      guard done != 0 else { return false }
      pending.removeLast()
    }
    return true
  }

  /// After a failure nothing is waited for: the peers may never answer.
  private func settle(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      pending = []
      throw error
    }
  }
}
