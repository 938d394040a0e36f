import Foundation
import Machine
import MessagePassing
import Tensors
import Training

// What `doctor` finds by trying; all of it is collective.

extension Session {
  /// Cores and threads.
  func placementFindings() throws -> [Finding] {
    let threads = try ranks.collect(self.threads)
    let problems = PlacementProblem.find(placements, threads: threads)
    guard problems.isEmpty else {
      return problems.map { Finding(.warning, "cores", $0.finding, advice: $0.advice) }
    }
    let shown = placements.indices.prefix(4).map { rank in
      "rank \(rank): \(counted(threads[rank], "thread")) on "
        + "\(placements[rank].host)'s \(CoreList(placements[rank].cores))"
    }
    let more = placements.count > 4 ? "; ..." : ""
    return [Finding(.ok, "cores", shown.joined(separator: "; ") + more)]
  }

  /// Whether the hosts' clocks agree, which logs and file times need.
  func clockFindings(_ hosts: HostReports) throws -> [Finding] {
    var worst = (host: "", offset: 0.0)
    for rank in hosts.first.dropFirst() {
      let offset = try ranks.clockOffset(0, rank) { Date().timeIntervalSince1970 }
      if abs(offset) > abs(worst.offset) { worst = (placements[rank].host, offset) }
    }
    guard hosts.names.count > 1 else { return [] }
    if abs(worst.offset) > 1 {
      let direction = worst.offset > 0 ? "ahead of" : "behind"
      return [
        Finding(
          .warning, "clock",
          "host \(worst.host) is \(timeText(abs(worst.offset))) \(direction) host \(hosts.names[0]).",
          advice: "Let the hosts keep time (chrony, ntpd); file times and logs will confuse.")
      ]
    }
    return [Finding(.ok, "clock", "the hosts agree within \(timeText(abs(worst.offset)))")]
  }

  /// Links, matrix products, all-gather and reduction.
  func speedFindings(_ hosts: HostReports) throws -> [Finding] {
    var findings: [Finding] = []
    if let local = hosts.ranks.values.filter({ $0.count > 1 }).min(by: { $0[0] < $1[0] }) {
      let speed = try ranks.measureLink(local[0], local[1])
      findings.append(link("shared memory", local[0], local[1], speed, least: 1e9))
    }
    if hosts.first.count > 1 {
      let speed = try ranks.measureLink(hosts.first[0], hosts.first[1])
      findings.append(link("network", hosts.first[0], hosts.first[1], speed, least: 1.1e8))
    }
    findings += try productFindings()
    if ranks.size > 1 { findings += try collectiveFindings() }
    return findings
  }

  private func link(
    _ topic: String, _ first: Int, _ second: Int, _ speed: LinkSpeed, least: Double
  ) -> Finding {
    let text =
      "ranks \(first) and \(second) (\(placements[first].host)"
      + (placements[first].host == placements[second].host ? "" : ", \(placements[second].host)")
      + "): \(timeText(speed.latency)), \(rateText(speed.bandwidth))"
    guard speed.bandwidth < least else { return Finding(.ok, topic, text) }
    let advice =
      topic == "network"
      ? "Slower than gigabit Ethernet: name the fast interface (mpirun --mca btl_tcp_if_include NAME)."
      : "Slow for one host: are there more ranks than cores? In containers try OMPI_MCA_btl_vader_single_copy_mechanism=none."
    return Finding(.warning, topic, text + ".", advice: advice)
  }

  /// What each rank's threads do, all at once: in registers alone, in products of the encoder's shapes, in those of
  /// bfloat16, and in OpenBLAS.
  private func productFindings() throws -> [Finding] {
    let before = try perRank { ProductRate.peak(seconds: 0.1) }
    let products = try perRank { ProductRate.products(seconds: 0.4) }
    let rounded =
      ProductPrecision.bfloat16.isAvailable
      ? try perRank { ProductRate.products(.bfloat16, seconds: 0.2) } : []
    let vendor = try perRank { ProductRate.products(seconds: 0.2, engine: .openblas) }
    // On a busy machine the units are not always free: the better measurement is nearer to what they can do.
    let peaks = zip(before, try perRank { ProductRate.peak(seconds: 0.1) }).map { max($0, $1) }
    return [
      productFinding(products, share: median(products) / median(peaks)),
      bfloat16Finding(rounded, products),
      Finding(
        .ok, "OpenBLAS",
        vendor.contains(0)
          ? "cannot be loaded on all hosts, and need not be"
          : "\(decimal(median(vendor) / 1e9, 0)) GFLOP/s a rank in the same products"),
    ]
  }

  private func productFinding(_ rates: [Double], share: Double) -> Finding {
    let slowest = rates.indices.min { rates[$0] < rates[$1] } ?? 0
    let text =
      "\(decimal(median(rates) / 1e9, 0)) GFLOP/s a rank, "
      + (share > 1.05
        ? "more than its arithmetic units did just before: the machine is busy, measure again"
        : "\(decimal(100 * min(share, 1), 0)) % of what its arithmetic units can do")
      + (rates.count > 1 ? "; the slowest \(decimal(rates[slowest] / 1e9, 0))" : "")
    guard rates[slowest] < 0.7 * median(rates) else { return Finding(.ok, "products", text) }
    return Finding(
      .warning, "products", "\(text) (rank \(slowest) on \(placements[slowest].host)).",
      advice:
        "Every step waits for the slowest: look for other jobs, another clock rate or fewer cores there."
    )
  }

  private func bfloat16Finding(_ rounded: [Double], _ single: [Double]) -> Finding {
    guard !rounded.isEmpty else {
      return Finding(.ok, "bfloat16", "no such products here: --precision bfloat16 is refused")
    }
    let gain = median(rounded) / median(single)
    let text =
      "\(decimal(median(rounded) / 1e9, 0)) GFLOP/s a rank, \(decimal(gain, 2)) times those of float32"
    return Finding(
      .ok, "bfloat16", gain > 1.1 ? text : text + ": --precision bfloat16 does not pay here")
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// The sum over its threads of what each rank measures, all at the same time.
  func perRank(_ measure: @Sendable () -> Double) throws -> [Double] {
    try ranks.barrier()
    let results = Results(count: threads)
    concurrently(threads) { thread in results.set(thread, measure()) }
    return try ranks.allGather([results.sum]).map { $0[0] }
  }

  /// The two exchanges of a step, with 4 M floats.
  private func collectiveFindings() throws -> [Finding] {
    let count = 4 << 20
    let slice = count / ranks.size
    let counts = [Int](repeating: slice, count: ranks.size)
    var values = [Float](repeating: 1, count: slice * ranks.size)
    var parts = values
    var gather: [Double] = []
    var reduce: [Double] = []
    for _ in 0..<4 {
      try ranks.barrier()
      var start = ContinuousClock.now
      try values.withUnsafeBufferPointer { values in
        try parts.withUnsafeMutableBufferPointer { parts in
          try ranks.allToAll(values, counts: counts, into: parts, counts: counts)
          for rank in 1..<ranks.size {
            for index in 0..<slice { parts[index] += parts[rank * slice + index] }
          }
        }
      }
      let sum = start.elapsed
      start = .now
      try parts.withUnsafeBufferPointer { parts in
        try values.withUnsafeMutableBufferPointer { values in
          try ranks.allGather(
            UnsafeBufferPointer(rebasing: parts[0..<slice]), counts: counts, into: values)
        }
      }
      gather.append(start.elapsed)
      reduce.append(sum + start.elapsed)
    }
    // The first round makes connections; the slowest rank counts.
    let times = try ranks.allReduce(
      [gather.dropFirst().min() ?? 0, reduce.dropFirst().min() ?? 0], .maximum)
    let bytes = Double(slice * ranks.size * 4)
    func text(_ seconds: Double) -> String { rateText(bytes / seconds) }
    // MiniLM has 22.7 M parameters.
    let minilm = times[1] * 22.7e6 * 4 / bytes
    return [
      Finding(.ok, "all-gather", text(times[0])),
      Finding(
        .ok, "reduction",
        "\(text(times[1])); the gradients of MiniLM (91 MB) take \(timeText(minilm)) of a step"),
    ]
  }

  /// The file system of the run folder.
  func folderFindings(_ hosts: HostReports, output: String) throws -> [Finding] {
    let token = "\(try ranks.broadcast([Int64.random(in: 0..<(.max))])[0])"
    var place = URL(fileURLWithPath: output)
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" {
      place.deleteLastPathComponent()
    }
    var findings: [Finding] = []
    var mark: SharedMark?
    if isRoot {
      do {
        let probe = try FolderProbe(place.path)
        findings.append(folder(output, probe))
        mark = try SharedMark(in: place.path, token: token)
      } catch {
        findings.append(
          Finding(
            .problem, "run folder", "--output \(output): \(error).",
            advice: "Choose a folder that can be written and locked."))
      }
    }
    try ranks.barrier()
    let sight = isRoot ? .locked : SharedMark.look(in: place.path, token: token)
    let sights = try ranks.allGather([sight.rawValue]).map { $0[0] }
    withExtendedLifetime(mark) {}
    mark = nil
    let isMarked = try ranks.broadcast([Int64(findings.contains { $0.status == .problem } ? 0 : 1)])
    guard isRoot, isMarked[0] == 1, hosts.names.count > 1 else { return try share(findings) }
    if let rank = sights.firstIndex(of: SharedMark.Sight.absent.rawValue) {
      findings.append(
        Finding(
          .warning, "run folder",
          "host \(placements[rank].host) does not see host \(hosts.names[0])'s.",
          advice:
            "--resume reads checkpoints on all hosts: choose a shared folder, or give --broadcast-input."
        ))
    } else if let rank = sights.firstIndex(of: SharedMark.Sight.unlocked.rawValue) {
      findings.append(
        Finding(
          .warning, "run folder",
          "host \(placements[rank].host) does not see host \(hosts.names[0])'s locks.",
          advice:
            "Nothing will stop two jobs from writing to one run folder: give each job its own."))
    } else {
      findings.append(Finding(.ok, "run folder", "one and the same on all hosts, locks too"))
    }
    return try share(findings)
  }

  private func folder(_ output: String, _ probe: FolderProbe) -> Finding {
    let text =
      "\(output): \(probe.type) at \(probe.mount), \(bytesText(probe.free)) free; 1 MiB written, synced "
      + "and renamed in \(timeText(probe.seconds))"
    if probe.free < 1 << 30 {
      return Finding(
        .warning, "run folder", text + ".",
        advice: "A checkpoint of MiniLM takes 0.4 GiB, and two are kept: make room.")
    }
    if ["tmpfs", "ramfs", "overlay"].contains(probe.type) {
      return Finding(
        .warning, "run folder", text + ".",
        advice:
          "What stands there is lost with the \(probe.type == "overlay" ? "container" : "machine")."
      )
    }
    return Finding(.ok, "run folder", text)
  }

  /// Rank 0's findings, on all ranks: they decide the exit code.
  private func share(_ findings: [Finding]) throws -> [Finding] {
    try ranks.collect(findings)[0]
  }
}

/// A number from each thread.
private final class Results: @unchecked Sendable {
  private var values: [Double]
  private let lock = NSLock()

  init(count: Int) { values = [Double](repeating: 0, count: count) }

  func set(_ index: Int, _ value: Double) {
    lock.lock()
    defer { lock.unlock() }
    values[index] = value
  }

  var sum: Double { values.reduce(0, +) }
}
