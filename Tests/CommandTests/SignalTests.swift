import Foundation
import TestSupport
import Testing

/// Whatever asks a run to end gets a checkpoint first; a hang-up that is ignored is no such thing.
@Suite(.serialized) struct SignalTests {
  private static let options = [
    "train", "--quiet", "--epochs", "400", "--patience", "400", "--checkpoint-every", "100000",
    "--threads", "1", "--output",
  ]

  /// Starts a run and waits until it trains.
  private func start(_ folder: URL, ignoringHangUp: Bool = false) throws -> MPIJob {
    let run = try #require(MPIRun("taco-dist"))
    let before = ignoringHangUp ? signal(SIGHUP, SIG_IGN) : nil
    defer { if let before { signal(SIGHUP, before) } }
    let job = try run.start(Self.options + [(folder / "run").path], ranks: nil)
    let log = folder / "run/metrics.jsonl"
    let deadline = Date().addingTimeInterval(60)
    while (try? log.text.contains("\"step\":3")) != true {
      try #require(Date() < deadline && job.isRunning, "it does not train")
      usleep(10_000)
    }
    return job
  }

  @Test(arguments: [SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGTERM])
  func aRunEndsWithACheckpoint(_ number: Int32) throws {
    try withTemporaryFolder { folder in
      let job = try start(folder)
      kill(job.launcher, number)
      let outcome = try job.wait()
      #expect(outcome.status == 75, "\(outcome)")
      let last = try (folder / "run/metrics.jsonl").text.split(separator: "\n").last
      #expect(last?.contains("\"checkpoint\"") == true, "\(String(describing: last))")
    }
  }

  /// What may take long before the first step ends at once: there is nothing to keep.
  @Test(arguments: [nil, 2] as [Int?])
  func theMakingOfLabelVectorsEnds(_ ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let job = try #require(MPIRun("taco-dist")).start(
        ["train", "--quiet", "--objective", "hypemo", "--tree-epochs", "1000000"]
          + ["--output", (folder / "run").path], ranks: ranks)
      sleep(4)
      kill(job.launcher, SIGUSR1)
      let outcome = try job.wait()
      #expect(outcome.status == 75 && !outcome.timedOut, "\(outcome)")
      #expect(outcome.errors.contains("before the first step"), "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: (folder / "run").path))
    }
  }

  @Test func aHangUpThatIsIgnoredIsIgnored() throws {
    try withTemporaryFolder { folder in
      let job = try start(folder, ignoringHangUp: true)
      kill(job.launcher, SIGHUP)
      usleep(500_000)
      #expect(job.isRunning)
      kill(job.launcher, SIGTERM)
      #expect(try job.wait().status == 75)
    }
  }
}
