import Foundation
import MessagePassing
import Safetensors
import Tensors

/// Where the time of some steps goes: a trace that Chrome and Perfetto open, and a table by kernel.
final class ProfileWriter {
  /// What one rank's threads spent on one thing.
  private struct Total: Codable {
    var calls = 0
    var nanoseconds = 0
    var work = 0
  }

  /// One rank's totals.
  private struct Summary: Codable {
    var kernels: [String: Total] = [:]
    var waits: [String: Total] = [:]
    var transfers: [String: Total] = [:]
    var steps = Total()
    /// Floating-point operations a second that the rank's threads can do at most.
    var peak = 0.0
  }

  private let file: URL
  private let shards: Int
  private var stepsSeen = 0
  private var peaks: [Double] = []

  /// The steps that come before, in which memory is allocated.
  private static let skipped = 2
  private static let noted = 10

  /// A trace to be written to a file, of ranks with so many shards each.
  init(_ file: URL, shards: Int) { (self.file, self.shards) = (file, shards) }

  /// A step is done; collective.
  func step(_ session: Session) throws {
    stepsSeen += 1
    if stepsSeen == Self.skipped {
      try measurePeak(session)
      // The ranks' clocks start together.
      try session.ranks.barrier()
      Profile.start()
    } else if stepsSeen == Self.skipped + Self.noted {
      try finish(session)
    } else if Profile.isRunning {
      try measurePeak(session)
    }
  }

  /// Writes what was noted, if it has not been written; collective.
  ///
  /// - Parameter session: All ranks.
  /// - Throws: When the file cannot be written.
  func finish(_ session: Session) throws {
    guard Profile.isRunning, let table = try write(session) else { return }
    print(table)
  }

  /// Before, between and after the steps: clock rates drift, and one short measurement is off by ten percent.
  private func measurePeak(_ session: Session) throws {
    peaks.append(try session.perRank { ProductRate.peak(seconds: 0.03) }[session.ranks.rank])
  }

  private func write(_ session: Session) throws -> String? {
    let records = Profile.stop()
    try measurePeak(session)
    var summary = Self.summary(records)
    summary.peak = peaks.reduce(0, +) / Double(peaks.count)
    let events = try session.ranks.gather(
      Array(Self.events(records, rank: session.ranks.rank).utf8))
    let summaries = try session.ranks.gather(Array(JSONEncoder().encode(summary)))
    guard session.isRoot else { return nil }
    let text = "[\n" + events.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",\n")
    try OutputPath.write(Data((text + "\n]\n").utf8), to: file.path, option: "--profile")
    let decoded = try summaries.map { try JSONDecoder().decode(Summary.self, from: Data($0)) }
    return Self.table(
      decoded, workers: Workspace.count(threads: session.threads, shards: shards))
  }

  /// The events of one rank in the Trace Event Format; values under way have a row of their own.
  private static func events(_ records: [Profile.Record], rank: Int) -> String {
    var lines = [
      """
      {"ph":"M","pid":\(rank),"name":"process_name","args":{"name":"rank \(rank)"}}
      """
    ]
    var ends: [Int] = []
    for record in records.sorted(by: { $0.start < $1.start }) {
      var row = record.thread
      if record.kind == .transfer {
        // Exchanges overlap: each goes into the first free row.
        let free = ends.firstIndex { $0 <= record.start } ?? ends.count
        if free == ends.count { ends.append(0) }
        ends[free] = record.start + record.duration
        row = 100 + free
      }
      let work = record.work > 0 ? ",\"args\":{\"work\":\(record.work)}" : ""
      lines.append(
        """
        {"ph":"X","pid":\(rank),"tid":\(row),"name":"\(record.name)","cat":"\(record.kind.rawValue)",\
        "ts":\(Double(record.start) / 1e3),"dur":\(Double(record.duration) / 1e3)\(work)}
        """)
    }
    return lines.joined(separator: ",\n")
  }

  private static func summary(_ records: [Profile.Record]) -> Summary {
    var summary = Summary()
    let steps = records.filter { $0.kind == .stage && $0.name == "step" }
      .map { $0.start...$0.start + $0.duration }
    // Evaluations and checkpoints between the steps are not counted.
    for record in records where steps.contains(where: { $0.contains(record.start) }) {
      func add(to total: inout Total) {
        total.calls += 1
        total.nanoseconds += record.duration
        total.work += record.work
      }
      switch record.kind {
      case .kernel: add(to: &summary.kernels[record.name, default: Total()])
      case .wait: add(to: &summary.waits[record.name, default: Total()])
      case .transfer: add(to: &summary.transfers[record.name, default: Total()])
      case .stage: if record.name == "step" { add(to: &summary.steps) }
      }
    }
    return summary
  }

  /// Times a step and worker, the mean over ranks; shares of the time of all workers, which are threads or teams.
  private static func table(_ ranks: [Summary], workers: Int) -> String {
    let steps = Double(max(1, ranks[0].steps.calls))
    let stepTime =
      ranks.map { Double($0.steps.nanoseconds) }.reduce(0, +)
      / Double(ranks.count) / steps
    let lanes = Double(ranks.count * workers) * steps
    var rows: [(name: String, total: Total)] = []
    for keyPath in [\Summary.kernels, \Summary.waits] {
      var sums: [String: Total] = [:]
      for (name, total) in ranks.flatMap({ Array($0[keyPath: keyPath]) }) {
        sums[name, default: Total()].calls += total.calls
        sums[name, default: Total()].nanoseconds += total.nanoseconds
        sums[name, default: Total()].work += total.work
      }
      rows += sums.map { ($0.key, $0.value) }.sorted { $0.1.nanoseconds > $1.1.nanoseconds }
    }
    let known = rows.reduce(0) { $0 + Double($1.total.nanoseconds) }
    var lines = ["what                             ms a step   share   calls  GFLOP/s"]
    func line(_ name: String, _ nanoseconds: Double, calls: String, rate: String) {
      let share = String(format: "%5.1f %%", 100 * nanoseconds / lanes / max(stepTime, 1))
      lines.append(
        name.padding(toLength: 32, withPad: " ", startingAt: 0)
          + String(format: "%10.2f", nanoseconds / lanes / 1e6) + "  " + share
          + String(repeating: " ", count: max(0, 8 - calls.count)) + calls
          + String(repeating: " ", count: max(0, 9 - rate.count)) + rate)
    }
    for (name, total) in rows {
      let rate = Double(total.work) / Double(max(1, total.nanoseconds))
      line(
        name, Double(total.nanoseconds),
        calls: "\(Int((Double(total.calls) / steps / Double(ranks.count)).rounded()))",
        rate: total.work > 0 ? String(format: "%.1f", rate) : "")
    }
    line("the rest", max(0, stepTime * lanes - known), calls: "", rate: "")
    line("a step", stepTime * lanes, calls: "", rate: "")
    let transfers = ranks.flatMap { $0.transfers.values }
    if !transfers.isEmpty {
      let under = transfers.reduce(0) { $0 + Double($1.nanoseconds) } / lanes / 1e6
      let waited =
        ranks.compactMap { $0.waits["wait for exchange"] }
        .reduce(0) { $0 + Double($1.nanoseconds) } / lanes / 1e6
      lines.append(
        String(
          format: "exchanges under way %.2f ms a step in sum, of which %.2f ms were waited for",
          under, waited))
    }
    lines.append(shareOfPeak(ranks, seconds: stepTime / 1e9 * steps, workers: workers))
    return lines.joined(separator: "\n")
  }

  /// What the counted work would take at the peak, as shares of what products and steps took.
  private static func shareOfPeak(_ ranks: [Summary], seconds: Double, workers: Int) -> String {
    let peak = ranks.reduce(0) { $0 + $1.peak } / Double(ranks.count)
    func work(_ totals: [Total]) -> Double { totals.reduce(0) { $0 + Double($1.work) } }
    let products = ranks.compactMap { $0.kernels["sgemm"] }
    let productTime =
      products.reduce(0) { $0 + Double($1.nanoseconds) } / 1e9 / Double(workers)
    let all = work(ranks.flatMap { Array($0.kernels.values) })
    return String(
      format:
        "arithmetic's peak %.1f GFLOP/s a rank; products reach %.1f %% of it, the step %.1f %%",
      peak / 1e9, 100 * work(products) / max(productTime, 1e-9) / peak,
      100 * all / (seconds * Double(ranks.count)) / peak)
  }
}
