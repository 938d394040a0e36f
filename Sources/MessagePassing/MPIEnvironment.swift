import COpenMPI
import Foundation

/// MPI between start and end of the program.
///
/// A program that succeeds ends with `finalize()` on every rank. One that fails must not: it would wait
/// for ranks that are waiting for it. It calls `abort(code:)`, which ends all ranks. `run` does both.
public struct MPIEnvironment: Sendable {
  /// All ranks.
  public let world: Communicator
  /// This rank's place among those on the same host.
  public let localRank: Int
  /// The number of ranks on this host.
  public let localSize: Int
  /// The host's name.
  public let processorName: String
  /// The MPI library's name and version.
  public let libraryVersion: String

  private let watchdog: Watchdog

  /// Starts MPI on this thread, the only one that may call it; once a process, on all ranks.
  ///
  /// - Parameter timeout: The seconds that a rank may wait for another one before it ends the job; 0 for
  ///   ever.
  /// - Throws: `MPIError`, or `LauncherMismatch` when the ranks do not find each other.
  public init(timeout: Double = 0) throws {
    SingleCopy.disableWhereForbidden()
    let launcher = LauncherInfo.current
    let session = launcher == nil ? SingleStart.prepare() : nil
    watchdog = Watchdog(
      seconds: timeout, rank: launcher?.rank ?? 0, size: launcher?.size ?? 1)
    var initialized: Int32 = 0
    try check(MPI_Initialized(&initialized), "MPI_Initialized")
    try require(initialized == 0, "MPI_Init_thread", "MPI was started before")
    let wanted = Int32(MPI_THREAD_FUNNELED)
    var provided: Int32 = 0
    let code = watchdog.wait("start of MPI") { MPI_Init_thread(nil, nil, wanted, &provided) }
    SingleStart.finish(session)
    try check(code, "MPI_Init_thread")
    try require(
      provided >= wanted, "MPI_Init_thread",
      "this MPI library cannot be used beside other threads (level \(provided), needed \(wanted))")
    for communicator in [mpiCommWorld(), mpiCommSelf()] {
      let code = MPI_Comm_set_errhandler(communicator, mpiErrorsReturn())
      try check(code, "MPI_Comm_set_errhandler")
    }
    world = try Communicator(handle: mpiCommWorld(), watchdog)
    try launcher?.verify(worldSize: world.size)
    processorName = try Self.text("MPI_Get_processor_name") { MPI_Get_processor_name($0, $1) }
    libraryVersion = try Self.text("MPI_Get_library_version") { MPI_Get_library_version($0, $1) }
    // Making and freeing the board takes all ranks, whatever time each of them is given.
    let watches = try world.size > 1 && world.allReduce(timeout, .maximum) > 0
    var board: HostBoard?
    (localRank, localSize, board) = try Self.place(of: world, makesBoard: watches)
    guard watches else { return }
    let hosts = try world.allGather(Array(processorName.utf8)).map {
      String(decoding: $0, as: UTF8.self)
    }
    watchdog.start(
      Watchdog.World(rank: world.rank, size: world.size, hosts: hosts), board: board)
  }

  /// Ends MPI; waits for all ranks, so only a program that succeeded may call it.
  ///
  /// - Throws: `MPIError`.
  public func finalize() throws {
    watchdog.begin("the end")
    // While the board stands: who does not come to the end is named too.
    if world.size > 1 { try world.barrier() }
    try watchdog.takeBoard()?.free()
    try check(watchdog.wait("end of MPI") { MPI_Finalize() }, "MPI_Finalize")
    watchdog.stop()
  }

  /// Ends all ranks at once; prints nothing itself.
  ///
  /// - Parameter code: The job's exit code; 0 becomes 1.
  public func abort(code: Int32) -> Never {
    fflush(nil)
    let code = code == 0 ? 1 : code
    // A single rank has nobody else to end.
    if world.size > 1 {
      StuckLauncher.endLater()
      endAllRanks(code: code)
    }
    _exit(code)
  }

  /// Runs a program: starts MPI, calls `body`, finalizes and exits with its code.
  ///
  /// An error on any rank is printed as `[rank r/P] cause`, by a single rank as `Error: cause`, and ends
  /// all ranks without finalizing.
  ///
  /// - Parameters:
  ///   - timeout: The seconds that a rank may wait for another one before it ends the job; 0 for ever.
  ///   - exitCode: The exit code for an error; 1 when not given.
  ///   - isCommon: Whether an error is most likely found by all ranks alike, such as bad usage.
  ///   - body: The program; what it returns is the exit code, the same on all ranks.
  public static func run(
    timeout: Double = 0, exitCode: (any Error) -> Int32 = { _ in 1 },
    isCommon: (any Error) -> Bool = { _ in false }, _ body: (MPIEnvironment) throws -> Int32
  ) -> Never {
    let environment: MPIEnvironment
    do {
      environment = try MPIEnvironment(timeout: timeout)
    } catch {
      let launcher = LauncherInfo.current
      report(error, rank: launcher?.rank ?? 0, size: launcher?.size ?? 1, isCommon: false)
      fflush(nil)
      _exit(exitCode(error))
    }
    do {
      let code = try body(environment)
      try environment.finalize()
      exit(code)
    } catch {
      let world = environment.world
      report(error, rank: world.rank, size: world.size, isCommon: isCommon(error))
      environment.abort(code: exitCode(error))
    }
  }

  /// Prints the cause; what all ranks find is told once, as rank 0 ends the job before others speak.
  private static func report(_ error: any Error, rank: Int, size: Int, isCommon: Bool) {
    // The launcher ends the others by SIGTERM, which the program may have taken for its own ends.
    signal(SIGTERM, SIG_DFL)
    // A busy machine takes its time to end a job; what one rank alone finds must not wait as long.
    if rank > 0 { usleep(isCommon ? 5_000_000 : 500_000) }
    let speaker = size == 1 ? "Error:" : "[rank \(rank)/\(size)]"
    try? FileHandle.standardError.write(contentsOf: Data("\(speaker) \(error)\n".utf8))
  }

  /// Rank and size among the ranks that share this host's memory, and their board.
  private static func place(
    of world: Communicator, makesBoard: Bool
  ) throws -> (rank: Int, size: Int, HostBoard?) {
    var handle = mpiCommNull()
    let code = MPI_Comm_split_type(
      world.group, Int32(MPI_COMM_TYPE_SHARED), Int32(world.rank), mpiInfoNull(), &handle)
    try check(code, "MPI_Comm_split_type")
    let local = try Communicator(handle: handle, world.watchdog)
    var board: HostBoard?
    if makesBoard {
      let ranks = try local.allGather([Int64(world.rank)]).map { Int($0[0]) }
      // Without shared memory the watchdog knows less, but still ends the job.
      board = try? HostBoard(local, worldRanks: ranks)
    }
    try check(MPI_Comm_free(&handle), "MPI_Comm_free")
    return (local.rank, local.size, board)
  }

  private static func text(
    _ call: StaticString,
    _ body: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<Int32>) -> Int32
  ) throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(MPI_MAX_LIBRARY_VERSION_STRING) + 1)
    var length: Int32 = 0
    try check(
      buffer.withUnsafeMutableBufferPointer { characters in
        characters.baseAddress.map { body($0, &length) } ?? MPI_ERR_OTHER
      }, call)
    let text = string(buffer, length: length).trimmingCharacters(in: .whitespacesAndNewlines)
    return text.trimmingCharacters(in: ["\0"])
  }
}
