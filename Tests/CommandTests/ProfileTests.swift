import Foundation
import TestSupport
import Testing

/// `--profile` and `plan`: where the time goes, and where it would go.
@Suite struct ProfileTests {
  /// One event of the trace.
  struct Event: Decodable {
    let ph: String
    let pid: Int
    let name: String
    var cat: String?
    var ts: Double?
    var dur: Double?

    var range: Range<Double> { (ts ?? 0)..<(ts ?? 0) + (dur ?? 0) }
  }

  /// Gradients travel while the rank computes: that is what a step is cut into stages for.
  @Test(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
  func theTraceHasAllRanksAndShowsTheOverlap() throws {
    let events = try withTemporaryFolder { try Self.trainTwoRanks(in: $0) }
    for rank in 0..<2 { Self.checkOverlap(events.filter { $0.pid == rank && $0.ph == "X" }) }
  }

  private static func trainTwoRanks(in folder: URL) throws -> [Event] {
    let file = folder / "trace.json"
    let outcome = try succeed(
      [
        "train", "--steps", "12", "--quiet", "--threads", "1", "--output", (folder / "run").path,
        "--profile", file.path,
      ], ranks: 2)
    for name in ["sgemm", "attention backward", "AdamW", "wait for ranks", "the rest", "a step"] {
      #expect(outcome.output.contains("\n\(name) "), "\(name)")
    }
    return try JSONDecoder().decode([Event].self, from: Data(contentsOf: file))
  }

  private static func checkOverlap(_ events: [Event]) {
    #expect(events.count { $0.name == "step" } == 10)
    let computing = events.filter { $0.name == "backward" }.map(\.range)
    let exchanges = events.filter { $0.cat == "transfer" }.map(\.range)
    #expect(exchanges.count >= 10 * 5)
    let overlapping = exchanges.count { exchange in
      computing.contains { $0.overlaps(exchange) }
    }
    #expect(overlapping >= 10 * 2)
  }

  @Test func aPlanHasARowForEveryPowerOfTwo() throws {
    let outcome = try succeed(["plan", "--ranks", "12", "--measured-steps", "1"])
    let rows = outcome.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
    #expect(rows.map { $0[0] } == ["1", "2", "4", "8", "12"])
    #expect(rows.map { $0[1] } == ["8", "8", "8", "8", "16"])
    #expect(rows[0].contains("100"))
    let efficiencies = rows.compactMap { Double($0[8]) }
    #expect(efficiencies.count == 5 && efficiencies.allSatisfy { $0 > 0 && $0 <= 100 })
  }

  @Test(arguments: [["--ranks", "0"], ["--bandwidth", "0"], ["--latency", "-1"]])
  func badNumbersAreRefused(options: [String]) throws {
    #expect(try taco(["plan"] + options).status == 64)
  }
}
