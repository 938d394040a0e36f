import COpenMPI
internal import Foundation
internal import Synchronization

/// Ends the job when this rank has waited too long for another one, and names that one.
///
/// A thread of its own counts ticks while the rank waits inside MPI. Ticks, not seconds: a job that was
/// suspended as a whole, and goes on, has not waited. The thread publishes what its rank does on a board
/// that the ranks of a host share. So a rank that was stopped is known by its ticks, which stand still, and
/// one that is busy by its count of operations, which is behind. Nothing of MPI is called from the thread but
/// `MPI_Abort`, when all is lost anyway.
final class Watchdog: Sendable {
  /// What the watched thread changes.
  private struct State {
    var status = RankStatus(activity: "the start")
    /// The one rank whose message is waited for.
    var peer: Int?
    var board: HostBoard?
    var isInitialized = false
    var isDone = false
  }

  /// Where the ranks run.
  struct World {
    let rank: Int
    let size: Int
    /// Each rank's host.
    var hosts: [String] = []
  }

  private let state = Mutex(State())
  private let world: Mutex<World>
  private let limit: Int
  private let seconds: Double

  private static let tick = 0.1
  private static func ticks(_ seconds: Double) -> Int { Int((seconds / tick).rounded(.up)) }

  /// Begins to watch.
  ///
  /// - Parameters:
  ///   - seconds: How long this rank may wait for others; 0 for ever.
  ///   - rank: As the launcher says, before MPI has started.
  ///   - size: The number of ranks, likewise.
  init(seconds: Double, rank: Int, size: Int) {
    world = Mutex(World(rank: rank, size: size))
    self.seconds = seconds
    limit = max(1, Self.ticks(seconds))
    LastWords.listen()
    LastWords.prepare(rank: rank, size: size, activity: "the start")
    guard seconds > 0, size > 1 else { return }
    Thread.detachNewThread { [self] in watch() }
  }

  /// Says what the program does from now on.
  func begin(_ activity: String) {
    state.withLock { $0.status.activity = activity }
    world.withLock { LastWords.prepare(rank: $0.rank, size: $0.size, activity: activity) }
  }

  /// Waits in an operation that takes all ranks; each of them counts it.
  func wait<R>(_ operation: StaticString, _ body: () throws -> R) rethrows -> R {
    state.withLock {
      $0.status.operation = "\(operation)"
      $0.status.arrivals += 1
    }
    defer {
      state.withLock {
        $0.status.operation = nil
        $0.peer = nil
      }
    }
    return try body()
  }

  /// Says, inside `wait`, whose message is waited for.
  func expect(_ peer: Int?) {
    state.withLock { $0.peer = peer }
  }

  /// MPI runs, and the ranks know each other.
  func start(_ world: World, board: HostBoard?) {
    self.world.withLock { $0 = world }
    state.withLock {
      $0.board = board
      $0.isInitialized = true
    }
  }

  /// The end of the program has come on all ranks: the board goes.
  func takeBoard() -> HostBoard? {
    state.withLock { state in
      defer { state.board = nil }
      return state.board
    }
  }

  /// Ends the watch.
  func stop() {
    state.withLock { $0.isDone = true }
  }

  /// The thread.
  private func watch() {
    var (now, since) = (0, 0)
    var seen: (arrivals: Int, operation: String?, peer: Int?) = (0, nil, nil)
    var signs = SignsOfLife()
    while true {
      usleep(UInt32(Self.tick * 1e6))
      now += 1
      let current = state.withLock { state -> State? in
        if state.isDone { return nil }
        // Under the lock, since the memory goes with the board.
        state.board?.publish(state.status, ticks: now)
        if let board = state.board { signs.look(at: board, now: now) }
        return state
      }
      guard let current else { return }
      let status = current.status
      if status.operation == nil || status.arrivals != seen.arrivals || current.peer != seen.peer {
        since = now
      }
      seen = (status.arrivals, status.operation, current.peer)
      // Half a second is not worth a closer look.
      guard now - since >= limit else { continue }
      let finding = world.withLock { world in
        state.withLock { Finding(world, $0.status, peer: $0.peer, $0.board, signs, now: now) }
      }
      // The rank that knows the most speaks first and ends the job before the others do.
      if now - since >= limit + Self.ticks(finding.delay) { end(finding, current.isInitialized) }
    }
  }

  private func end(_ finding: Finding, _ isInitialized: Bool) -> Never {
    let place = world.withLock { "[rank \($0.rank)/\($0.size)]" }
    let time = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    let text = "\(place) \(finding.text(time)) Ending the job (--timeout \(time)).\n"
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    // Should MPI be stuck itself, the system ends this rank, and the launcher the others.
    signal(SIGALRM, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
    alarm(5)
    StuckLauncher.endLater()
    if isInitialized { endAllRanks(code: 1) }
    _exit(1)
  }
}

/// When each rank of this host was last seen to move, in ticks of the one that looks.
struct SignsOfLife {
  private var last: [(ticks: Int, seen: Int)] = []

  /// Looks at all ranks.
  mutating func look(at board: HostBoard, now: Int) {
    for index in board.ranks.indices {
      let ticks = board.ticks(index)
      if index == last.count {
        last.append((ticks, now))
      } else if last[index].ticks != ticks {
        last[index] = (ticks, now)
      }
    }
  }

  /// For how many ticks a rank has not moved.
  func silence(_ index: Int, now: Int) -> Int {
    index < last.count ? now - last[index].seen : 0
  }
}
