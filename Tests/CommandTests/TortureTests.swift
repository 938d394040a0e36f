import Foundation
import TestSupport
import Testing

/// A bounded part of `scripts/testing/torture`: whatever happens to a run, what it saved is whole, and it goes on
/// to the same bytes.
@Suite(.serialized, .enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct TortureTests {
  private static let options = [
    "train", "--epochs", "5", "--patience", "5", "--threads", "1", "--quiet", "--checkpoint-every",
    "3", "--resume", "--output",
  ]

  /// What an undisturbed run leaves.
  private static let reference: Result<[String: Data], any Error> = Result {
    try withTemporaryFolder { folder in
      try succeed(options + [(folder / "run").path])
      return try (folder / "run/model").files
    }
  }

  @Test func randomlyKilledRunsEndWithTheSameBytes() throws {
    let expected = try Self.reference.get()
    let run = try #require(MPIRun("taco-dist"))
    try withTemporaryFolder { folder in
      var kills = 0
      for attempt in 0..<12 {
        let ranks = [1, 2, 3, 4].randomElement() ?? 1
        let job = try run.start(Self.options + [(folder / "run").path], ranks: ranks)
        if attempt < 5 {
          usleep(UInt32.random(in: 0..<2_500_000))
          if let victim = job.ranks.values.randomElement(), job.isRunning {
            kill(victim, [SIGKILL, SIGTERM, SIGUSR1].randomElement() ?? SIGKILL)
            kills += 1
          }
        }
        let outcome = try job.wait()
        #expect(!outcome.timedOut, "\(outcome)")
        #expect(!outcome.errors.contains("skipping"), "\(outcome)")
        if outcome.status == 0 { break }
      }
      #expect(try (folder / "run/model").files == expected, "after \(kills) kills")
    }
  }

  /// Any bit of any file of the newest checkpoint: the one before is taken, and it is said why.
  @Test func flippedBitsAreFound() throws {
    try withTemporaryFolder { folder in
      let run = folder / "run"
      try succeed(Self.options + [run.path, "--steps", "4"])
      let newest = run / "checkpoints/step-4"
      let names = try FileManager.default.contentsOfDirectory(atPath: newest.path)
      #expect(names.count == 6)
      for name in names {
        let file = newest / name
        let whole = try Data(contentsOf: file)
        var bytes = whole
        bytes[Int.random(in: bytes.indices)] ^= 1 << UInt8.random(in: 0..<8)
        try bytes.write(to: file)
        let outcome = try succeed(Self.options + [run.path, "--steps", "4"])
        #expect(outcome.errors.contains("skipping checkpoint step-4: "), "\(name): \(outcome)")
        #expect(outcome.errors.contains("SHA256SUMS"), "\(name): \(outcome)")
        // The last step was done again and saved over the damaged one.
        #expect(try Data(contentsOf: file) == whole, "\(name)")
      }
    }
  }

  @Test func aSecondRunInAFolderIsRefused() throws {
    let run = try #require(MPIRun("taco-dist"))
    try withTemporaryFolder { folder in
      let path = (folder / "run").path
      let first = try run.start(Self.options + [path, "--epochs", "1000"], ranks: 2)
      while first.isRunning, !FileManager.default.fileExists(atPath: path + "/latest") {
        usleep(10_000)
      }
      let second = try taco(Self.options + [path, "--epochs", "1000"], ranks: 2)
      #expect(second.status == 1)
      #expect(second.errors.contains("another run is writing there"), "\(second)")
      #expect(first.isRunning)
      // The folder vanishes: the run ends, and makes nothing in its place.
      try FileManager.default.moveItem(atPath: path, toPath: path + "-moved")
      let outcome = try first.wait()
      #expect(outcome.status == 1 && !outcome.timedOut, "\(outcome)")
      #expect(outcome.errors.contains("was removed or replaced while the run wrote"), "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }
}
