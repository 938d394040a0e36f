import Foundation
import TestSupport
import Testing

/// `check`: the table, the verdict and the exit code.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct CheckTests {
  /// Short label sequences: the double-precision pass takes its time.
  static let small = ["check", "--batch-size", "6", "--entries", "2", "--without", "descriptions"]
  static let linear = ["check", "--batch-size", "6", "--entries", "2", "--objective", "linear"]

  @Test(
    arguments: [
      (small, 3), (small + ["--recipe", "reference", "--memory-budget", "1"], nil), (linear, 2),
    ] as [([String], Int?)])
  func rightGradientsPass(arguments: [String], ranks: Int?) throws {
    let outcome = try succeed(arguments, ranks: ranks)
    let lines = outcome.output.split(separator: "\n")
    let tensors = lines.filter { $0.hasSuffix("equal") }
    #expect(tensors.count == (arguments == Self.small ? 45 : 41))
    #expect(tensors.contains { $0.hasPrefix("encoder.layer.0.attention.self.query.weight ") })
    #expect(lines.last?.hasPrefix("PASS: \(tensors.count) tensors on \(ranks ?? 1) rank") == true)
    #expect(!outcome.output.contains("WRONG"))
  }

  @Test(arguments: [nil, 2] as [Int?])
  func whatDeviatesFails(ranks: Int?) throws {
    let outcome = try taco(Self.small + ["--tolerance", "1e-9"], ranks: ranks)
    #expect(outcome.status == 1)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.last?.hasPrefix("FAIL: 45 tensors on \(ranks ?? 1) rank") == true)
    #expect(lines.contains { $0.hasSuffix("equal  WRONG") })
  }

  @Test func elbowAndFilesAreUnderstood() throws {
    try withTemporaryFolder { folder in
      try (folder / "data.csv").write(Utterances.csv())
      let options = ["--data", (folder / "data.csv").path, "--labels", "goemotions"]
      let outcome = try succeed(Self.small + options + ["--clusters", "elbow"])
      #expect(outcome.output.contains("PASS: 45 tensors"))
    }
  }

  @Test(arguments: [["--tolerance", "0"], ["--entries", "-1"], ["--clusters", "many"]])
  func badUsageIsRefused(options: [String]) throws {
    #expect(try taco(Self.small + options).status == 64)
  }
}
