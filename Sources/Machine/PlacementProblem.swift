/// Ranks that cannot use their hosts well, and what to start them with instead.
public struct PlacementProblem: Sendable, Equatable, CustomStringConvertible {
  /// What was found, in one sentence.
  public let finding: String
  /// What to do.
  public let advice: String

  /// Both, in one line.
  public var description: String { "\(finding) \(advice)" }

  /// Looks for ranks that share cores or leave many idle.
  ///
  /// Only speed is at stake: results do not depend on placement.
  ///
  /// - Parameters:
  ///   - placements: Of all ranks, in rank order.
  ///   - threads: The threads of each rank.
  /// - Returns: One problem a kind, with the first host that has it and how many others do.
  public static func find(_ placements: [RankPlacement], threads: [Int]) -> [PlacementProblem] {
    var found: [(kind: Int, host: String, problem: PlacementProblem)] = []
    var hosts: [String: [Int]] = [:]
    for (rank, placement) in placements.enumerated() {
      hosts[placement.host, default: []].append(rank)
    }
    for (host, ranks) in hosts.sorted(by: { $0.value[0] < $1.value[0] }) {
      let local = HostRanks(
        ranks: ranks.map { placements[$0] }, threads: ranks.reduce(0) { $0 + threads[$1] })
      if let (kind, problem) = local.problem { found.append((kind, host, problem)) }
    }
    return Set(found.map(\.kind)).sorted().compactMap { kind in
      let same = found.filter { $0.kind == kind }
      guard let first = same.first else { return nil }
      let others = same.count - 1
      let more = others == 0 ? "" : " (and \(others) more host\(others == 1 ? "" : "s"))"
      return PlacementProblem(
        finding: "host \(first.host)\(more): \(first.problem.finding)",
        advice: first.problem.advice)
    }
  }
}

/// The ranks of one host.
private struct HostRanks {
  let ranks: [RankPlacement]
  /// The threads of all of them.
  let threads: Int

  /// The worst problem, if any, and its kind.
  var problem: (kind: Int, PlacementProblem)? {
    let count = ranks.count
    let processors = Set(ranks.flatMap(\.processors)).count
    let cores = Set(ranks.flatMap(\.cores)).count
    let available = min(
      ranks.map(\.hostCores).max() ?? cores, ranks.compactMap(\.slurmHostProcessors).max() ?? .max)
    let perRank = available / count
    let who = count == 1 ? "1 rank is" : "\(count) ranks are"
    let isBoundBadly = cores < available && (count > processors || 2 * cores <= available)
    if isBoundBadly, let launcher = ranks[0].launcher {
      let idle = available - cores
      let finding =
        "\(who) bound to \(cores) of \(available) cores; \(idle) "
        + (idle == 1 ? "is idle." : "are idle.")
      return (0, PlacementProblem(finding: finding, advice: remedy(launcher, perRank)))
    }
    if count > processors {
      let finding = "\(count) ranks on \(processors) core\(processors == 1 ? "" : "s")."
      let advice = "Start at most \(processors) there; more are slower, with the same results."
      return (1, PlacementProblem(finding: finding, advice: advice))
    }
    if threads > processors {
      let finding =
        "\(count == 1 ? "1 rank" : "\(count) ranks") with \(threads) threads together on "
        + "\(processors) core\(processors == 1 ? "" : "s")."
      let share = max(1, cores / count)
      let advice = "Leave --threads out, or give \(share == 1 ? "1" : "at most \(share)")."
      return (2, PlacementProblem(finding: finding, advice: advice))
    }
    if cores - threads >= count {
      let idle = cores - threads
      let finding =
        "\(count == 1 ? "1 rank" : "\(count) ranks") with \(threads) thread\(threads == 1 ? "" : "s") "
        + "\(count == 1 ? "" : "together ")on \(cores) cores; \(idle) \(idle == 1 ? "is" : "are") idle."
      // It decides where --threads was left out.
      let isBounded = ranks.compactMap(\.openMPThreads).reduce(0, +) == threads
      let advice =
        isBounded
        ? "OMP_NUM_THREADS says so: give --threads \(cores / count), or unset it."
        : "Leave --threads out, or give \(cores / count)."
      return (3, PlacementProblem(finding: finding, advice: advice))
    }
    return nil
  }

  /// What to start the ranks with so that each has that many cores.
  private func remedy(_ launcher: String, _ cores: Int) -> String {
    if cores == 0 { return "Start at most \(ranks.map(\.hostCores).max() ?? 1) ranks there." }
    return launcher == "srun"
      ? "Give srun --cpus-per-task=\(cores) --cpu-bind=cores."
      : "Give mpirun --map-by slot:PE=\(cores), or --bind-to none."
  }
}
