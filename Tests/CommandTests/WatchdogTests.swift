import Foundation
import TestSupport
import Testing

/// A rank that is stopped, killed or fails ends the job, with a message about it, and harms nothing.
@Suite(.serialized, .enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct WatchdogTests {
  @Test func aStoppedRankIsNamedAndTheRunGoesOn() throws {
    try withTemporaryFolder { folder in
      let options = ["--steps", "400", "--patience", "50", "--threads", "1", "--quiet"]
      let job = try start(folder, options + ["--timeout", "3"])
      try waitForSteps(of: job, in: folder)
      let rank = try #require(job.ranks[2])
      kill(rank, SIGSTOP)
      let outcome = try job.wait()
      #expect(outcome.status == 1 && !outcome.timedOut, "\(outcome)")
      #expect(
        outcome.errors.contains(
          #/\[rank \d/3\] rank 2 has not come to the [a-z-]+ of (step|the evaluation|the check)/#),
        "\(outcome)")
      #expect(outcome.errors.contains("does not run (stopped?); it was last "), "\(outcome)")
      #expect(outcome.errors.components(separatedBy: "has not come").count == 2, "\(outcome)")
      // The stopped one goes too; the launcher does not wait for it.
      for _ in 0..<250 where kill(rank, 0) == 0 { usleep(20_000) }
      #expect(kill(rank, 0) != 0)
    }
  }

  @Test func aKilledRankEndsTheJob() throws {
    try withTemporaryFolder { folder in
      let job = try start(folder, ["--steps", "4000", "--quiet"])
      try waitForSteps(of: job, in: folder)
      kill(try #require(job.ranks[1]), SIGKILL)
      let outcome = try job.wait()
      #expect(outcome.status != 0 && !outcome.timedOut, "\(outcome)")
      #expect(outcome.seconds < 30)
    }
  }

  /// One rank alone cannot read its data.
  @Test func anErrorOfOneRankEndsTheJob() throws {
    try withTemporaryFolder { folder in
      let run = try #require(MPIRun("taco-dist"))
      let outcome = try run(
        [
          "train", "--output", "run", ":", "-np", "1", run.program.path, "train", "--output", "run",
          "--data", "nonesuch", "--labels", "goemotions",
        ], ranks: 2, in: folder)
      #expect(outcome.status == 65 && !outcome.timedOut, "\(outcome)")
      #expect(
        outcome.errors.contains(#/\[rank 2/3\] \S*nonesuch: no such folder/#), "\(outcome)")
    }
  }

  /// One rank alone does not find what it is to label.
  @Test(arguments: ["evaluate", "predict"])
  func anErrorOfOneRankEndsTheUseOfAModel(command: String) throws {
    try withTemporaryFolder { folder in
      let run = try #require(MPIRun("taco-dist"))
      let model = try SmallRun.shared.get().folder.path
      try (folder / "good.csv").write(Utterances.csv())
      let option = command == "evaluate" ? ["--data"] : []
      let outcome = try run(
        [command, model] + option + ["nonesuch.csv", ":", "-np", "2", run.program.path, command]
          + [model] + option + ["good.csv"], ranks: 1, in: folder)
      #expect(outcome.status == 65 && !outcome.timedOut && outcome.output == "", "\(outcome)")
      #expect(outcome.errors.contains(#/\[rank 0/3\] \S*nonesuch.csv: no such/#), "\(outcome)")
    }
  }

  /// OpenBLAS, which no run needs, would ask for 128 MiB a thread for ever.
  @Test func littleAddressSpaceIsEnoughForManyThreads() throws {
    try withTemporaryFolder { folder in
      let run = try #require(MPIRun("taco-dist"))
      let train = ["train", "--steps", "2", "--quiet", "--output", "run"]
      let outcome = try run(
        train + [":", "-np", "1", "sh", "-c", "ulimit -v 2000000; exec \"$0\" \"$@\""]
          + [run.program.path] + train + ["--threads", "64"], ranks: 2, in: folder)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func aTimeoutThatIsNoneIsRefused() throws {
    let outcome = try taco(["train", "--timeout=-1"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--timeout is -1.0; give the seconds to wait, 0 for ever."))
  }

  private func start(_ folder: URL, _ options: [String]) throws -> MPIJob {
    let run = try #require(MPIRun("taco-dist"))
    return try run.start(
      ["train", "--epochs", "1000", "--output", (folder / "run").path] + options, ranks: 3)
  }

  private func waitForSteps(of job: MPIJob, in folder: URL) throws {
    let log = folder / "run/metrics.jsonl"
    while job.isRunning, (FileManager.default.contents(atPath: log.path)?.count ?? 0) < 1000 {
      usleep(10_000)
    }
    try #require(job.isRunning, "the run ended before it could be disturbed")
  }
}
