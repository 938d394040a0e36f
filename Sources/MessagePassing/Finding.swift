/// Whom a rank has waited for in vain, as far as it can know.
struct Finding {
  /// The seconds that this rank leaves to others, who may know more.
  let delay: Double
  private let subject: String
  private let operation: String
  private let reason: String

  /// Ticks without a sign of life that mean that a process does not run.
  private static let silence = 30

  /// Looks for the rank that the others wait for.
  ///
  /// - Parameters:
  ///   - world: Where the ranks run.
  ///   - own: What this rank waits in.
  ///   - peer: The rank whose message is waited for, where it is one.
  ///   - board: What the ranks of this host do; nil before they know each other.
  ///   - signs: When they were last seen to move.
  ///   - now: The present tick.
  init(
    _ world: Watchdog.World, _ own: RankStatus, peer: Int?, _ board: HostBoard?,
    _ signs: SignsOfLife, now: Int
  ) {
    operation = "the \(own.operation ?? "next operation") of \(own.activity)"
    guard let board else {
      (delay, subject) = (world.rank == 0 ? 0 : 2, "some rank")
      reason = "it may have been stopped, or its host may hang."
      return
    }
    let others = board.ranks.indices.filter { board.ranks[$0] != world.rank }
    let stopped = others.filter { signs.silence($0, now: now) >= Self.silence }
    let late = others.filter {
      !stopped.contains($0) && board.status($0).arrivals < own.arrivals
    }
    let culprits = stopped.isEmpty ? late : stopped
    let speakers = board.ranks.indices.filter { !stopped.contains($0) && !late.contains($0) }
    let place = speakers.firstIndex { board.ranks[$0] == world.rank } ?? 0
    guard let first = culprits.first else {
      let local = Set(board.ranks)
      let remote = (0..<world.size).filter { !local.contains($0) }
      delay = 3 + Double(min(place, 1)) * 2
      // Of a single rank elsewhere no collective needs to say that it is waited for.
      let silent = remote.count == 1 ? remote.first : peer.flatMap { local.contains($0) ? nil : $0 }
      if let silent {
        subject = "rank \(silent)\(Self.host(silent, world))"
        reason = "it does not answer from its host."
      } else if !remote.isEmpty {
        let hosts = Set(remote.compactMap { $0 < world.hosts.count ? world.hosts[$0] : nil })
        subject = "some rank on another host (\(hosts.sorted().joined(separator: ", ")))"
        reason = "all ranks of this host have come."
      } else {
        subject = "no other rank"
        reason =
          "all wait, each in its own place: "
          + others.map { "rank \(board.ranks[$0]) \(Self.words(board.status($0)))" }
          .joined(separator: ", ") + "."
      }
      return
    }
    delay = Double(min(place, 1)) * 2
    let names = culprits.map { "\(board.ranks[$0])" }
    subject = (names.count == 1 ? "rank " : "ranks ") + names.joined(separator: ", ")
    let last = Self.words(board.status(first))
    reason =
      stopped.isEmpty
      ? "it is still \(last)." : "its process does not run (stopped?); it was last \(last)."
  }

  /// The finding as a sentence.
  func text(_ seconds: String) -> String {
    "\(subject) has not come to \(operation) for \(seconds) s: \(reason)"
  }

  private static func host(_ rank: Int, _ world: Watchdog.World) -> String {
    rank < world.hosts.count ? " (\(world.hosts[rank]))" : ""
  }

  private static func words(_ status: RankStatus) -> String {
    status.operation.map { "in the \($0) of \(status.activity)" } ?? "busy with \(status.activity)"
  }
}
