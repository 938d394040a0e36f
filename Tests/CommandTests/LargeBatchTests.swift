import Foundation
import TestSupport
import Testing

/// A batch so large that the ranks share the objective.
@Suite struct LargeBatchTests {
  @Test(.enabled(if: MPIRun.isAvailable, "needs mpirun on the path"))
  func sharedObjectiveKeepsEveryBit() throws {
    let program = try #require(MPIRun("taco-dist"), "build the product taco-dist first")
    try withTemporaryFolder { folder in
      // 600 utterances, which the ranks share, then the rest of the epoch, which they do not.
      var runs: [[String: Data]] = []
      for (ranks, threads) in [(1, 1), (1, 2), (2, 1), (4, 1)] {
        let run = folder.appendingPathComponent("p\(ranks)t\(threads)")
        let outcome = try program(
          [
            "train", "--batch-size", "600", "--steps", "2", "--restarts", "3", "--output", run.path,
            "--threads", "\(threads)",
          ], ranks: ranks)
        #expect(outcome.status == 0, "\(outcome.errors)")
        runs.append(try content(of: run))
      }
      #expect(runs[0].count == 3)
      for run in runs.dropFirst() { #expect(run == runs[0]) }
    }
  }

  /// The weights, and the steps less what they took.
  private func content(of run: URL) throws -> [String: Data] {
    var content = [
      "metrics": Data(try (run / "metrics.jsonl").metrics.joined(separator: "\n").utf8)
    ]
    for name in ["model.safetensors", "taco.safetensors"] {
      content[name] = try Data(contentsOf: run.appendingPathComponent("model/\(name)"))
    }
    return content
  }
}
