internal import Foundation

/// What a shard's passes work with: scratch memory, and the threads that share the work.
public final class Workspace: @unchecked Sendable {
  /// Memory that a call takes and gives back.
  public let scratch: Arena
  /// The threads.
  public let team: Team

  /// A workspace; alone unless a team is given.
  public init(scratch: Arena = Arena(), team: Team = .solo) {
    self.scratch = scratch
    self.team = team
  }

  /// The workspaces in which threads work on shards, each on some shards after one another.
  ///
  /// Threads beyond the shards join teams. Where shards and threads do not go into one another, fewer and
  /// larger teams may be quicker: three threads share one of two shards, then the other.
  public static func make(threads: Int, shards: Int) -> [Workspace] {
    let count = count(threads: threads, shards: shards)
    return (0..<count).map { index in
      Workspace(team: Team(count: part(of: useful(threads), index, count).count))
    }
  }

  /// Threads that have no processor only cost time; a few are let be, for tests on small machines.
  private static func useful(_ threads: Int) -> Int {
    max(1, min(threads, max(16, ProcessInfo.processInfo.processorCount)))
  }

  /// How many workspaces `make` makes.
  public static func count(threads: Int, shards: Int) -> Int {
    let (threads, shards) = (useful(threads), max(1, shards))
    var best = (count: 1, rounds: Double.infinity)
    for count in 1...min(threads, shards) {
      let team = threads / count
      // Threads on shards of their own never wait for one another; a team's members do, between kernels.
      let cost = team == 1 ? 1 : 1.15
      let rounds = Double((shards + count - 1) / count) / Double(team) * cost
      if rounds <= best.rounds { best = (count, rounds) }
    }
    return best.count
  }

  /// A row-major matrix of scratch memory.
  public func matrix(_ rows: Int, _ columns: Int) -> Matrix { scratch.matrix(rows, columns) }

  /// Floats of scratch memory.
  public func vector(_ count: Int) -> Vector { scratch.vector(count) }

  /// The present position in scratch memory.
  public var mark: Arena.Mark { scratch.mark }

  /// Gives back what was handed out since `mark` was taken.
  public func release(to mark: Arena.Mark) { scratch.release(to: mark) }

  /// Gives everything back.
  public func reset() { scratch.reset() }

  /// Runs `body` and gives back the scratch memory that it took.
  func withScratch<T>(_ body: () -> T) -> T {
    let mark = scratch.mark
    defer { scratch.release(to: mark) }
    return body()
  }
}
