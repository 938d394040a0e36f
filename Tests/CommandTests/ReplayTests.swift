import Foundation
import Safetensors
import TestSupport
import Testing

/// A step whose numbers break is kept, and computed again on one rank.
@Suite struct ReplayTests {
  @Test(arguments: [nil, 3] as [Int?])
  func aFailedStepIsReplayedOnOneRank(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let failed = try taco(
        ["train", "--learning-rate", "1e30", "--seed", "3", "--quiet", "--output", "run"],
        ranks: ranks, in: folder)
      #expect(failed.status == 1)
      let file = "run/replay-step-2/replay.json"
      #expect(failed.errors.contains("taco-dist trace --replay \(file) --output "), "\(failed)")
      let finding = try #require(
        failed.errors.firstMatch(of: #/step 2: (the loss is nan .* \(\d+ of \d+ values\))\./#)?.1)
      #expect(finding.contains("the first tensor that is not finite: 'cls' ("), "\(failed)")

      let again = try succeed(["trace", "--replay", file, "--output", "trace"], in: folder)
      #expect(again.errors.contains("step 2 in the run: \(finding)\n"), "\(again)")
      #expect(again.errors.contains("step 2 again: \(finding)\n"), "\(again)")
      let trace = try SafetensorsFile(contentsOf: folder / "trace")
      #expect(try trace.floats("scores").contains { $0.isNaN })
      // The parameters before the step are sound.
      #expect(
        try trace.floats("parameter.heads.instance.0.weight").allSatisfy { $0.isFinite })
    }
  }

  /// A replay knows its own step: other dropout, other clusters, than the first one's.
  @Test func aReplayHasTheStepNumberAndTheRows() throws {
    try withTemporaryFolder { folder in
      _ = try taco(
        ["train", "--learning-rate", "1e30", "--quiet", "--output", "run"], in: folder)
      let replay = folder / "run/replay-step-2/replay.json"
      let contents = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: replay)) as? [String: Any])
      #expect(contents["step"] as? Int == 1)
      let rows = try #require(contents["rows"] as? [Int])
      #expect(rows.count == 64 && Set(rows).count == 64)
      #expect((contents["utterances"] as? [[Int]])?.count == 64)
      #expect((contents["labels"] as? [[Int]])?.count == 27)
    }
  }

  @Test(arguments: [
    ("not a replay", "{\"format\":1", "damaged, or of another version"),
    ("no rows", "", "missing; give the replay.json"),
  ])
  func aBrokenReplayIsRefused(name: String, text: String, message: String) throws {
    try withTemporaryFolder { folder in
      if !text.isEmpty { try (folder / "replay.json").write(text) }
      let outcome = try taco(["trace", "--replay", "replay.json", "--output", "x"], in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains(message), "\(outcome)")
    }
  }

  @Test(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
  func clippingIsTheSameAtAnyNumberOfRanks() throws {
    try withTemporaryFolder { folder in
      func train(_ name: String, _ options: [String], ranks: Int?) throws -> [String: Data] {
        let run = folder / name
        try succeed(
          ["train", "--steps", "12", "--quiet", "--output", run.path] + options, ranks: ranks)
        return try (run / "model").files
      }
      let clipped = try train("one", ["--gradient-clip", "0.5"], ranks: nil)
      #expect(try train("three", ["--gradient-clip", "0.5"], ranks: 3) == clipped)
      #expect(try (folder / "one/config.yaml").text.contains("gradient-clip: 0.5"))
      let free = try train("free", [], ranks: nil)
      #expect(free != clipped)
      // A norm that no gradient reaches changes nothing.
      let weights = "model.safetensors"
      #expect(
        try train("far", ["--gradient-clip", "1e6"], ranks: nil)[weights] == free[weights])
    }
  }
}
