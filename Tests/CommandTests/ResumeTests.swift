import Foundation
import TestSupport
import Testing

/// A run that was ended goes on as if it had not been: the same steps, the same bytes.
@Suite struct ResumeTests {
  private static let options = [
    "--epochs", "3", "--patience", "3", "--threads", "1", "--checkpoint-every", "4", "--keep", "3",
  ]

  @Test(
    .enabled(if: MPIRun.isAvailable, "needs mpirun on the path"), arguments: [SIGKILL, SIGUSR1])
  func endedRunGoesOnWithTheSameBytes(_ signal: Int32) throws {
    try withTemporaryFolder { folder in
      let whole = folder / "whole"
      let ended = folder / "ended"
      // Long enough to be there still when the first checkpoint has been seen.
      let options = Self.options + ["--epochs", "12", "--patience", "12"]
      try succeed(["train", "--output", whole.path] + options, ranks: 2)
      let status = try end(ended, options, by: signal)
      #expect(status == (signal == SIGKILL ? SIGKILL : 75))
      let outcome = try succeed(
        ["train", "--output", ended.path, "--resume"] + options, ranks: 4)
      #expect(outcome.errors.contains("resuming after step"))
      #expect(try (ended / "model").files == (whole / "model").files)
      #expect(try (ended / "checkpoints/step-132").files == (whole / "checkpoints/step-132").files)
      #expect(try steps(of: ended) == steps(of: whole))
    }
  }

  @Test func damagedCheckpointIsSkippedAndChangedConfigurationRefused() throws {
    try withTemporaryFolder { folder in
      let run = folder / "run"
      try succeed(["train", "--output", run.path] + Self.options)
      let newest = run / "checkpoints/step-33/parameters.safetensors"
      var bytes = try Data(contentsOf: newest)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: newest)
      let outcome = try succeed(["train", "--output", run.path, "--resume"] + Self.options)
      #expect(outcome.errors.contains("skipping checkpoint step-33"))
      #expect(outcome.errors.contains("SHA-256"))
      #expect(outcome.errors.contains("resuming after step 32"))

      let before = try run.files
      let changed = try taco(
        ["train", "--output", run.path, "--resume", "--seed", "1"] + Self.options)
      #expect(changed.status == 64)
      #expect(changed.errors.contains("seed: 0") && changed.errors.contains("seed: 1"))
      #expect(try run.files == before)
    }
  }

  /// Starts a run on one rank and ends it when its first checkpoint is there.
  private func end(_ folder: URL, _ options: [String], by signal: Int32) throws -> Int32 {
    let process = Process()
    process.executableURL = try #require(MPIRun("taco-dist")).program
    process.arguments = ["train", "--output", folder.path, "--quiet"] + options
    try process.run()
    for _ in 0..<600 {
      if FileManager.default.fileExists(atPath: (folder / "latest").path) { break }
      usleep(20_000)
    }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// The losses of every step, once each.
  private func steps(of run: URL) throws -> [String] {
    try (run / "metrics.jsonl").metrics.filter { $0.contains("\"event\":\"step\"") }
  }
}
