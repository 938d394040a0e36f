import Foundation
import TestSupport
import Testing

/// MPI itself runs in the program RankChecks, started here under mpirun; this process never calls it.
@Suite(
  .serialized, .enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct MessagePassingTests {
  static let checks = [
    "all-gather", "all-gather in place", "all-reduce", "all-to-all", "broadcast", "gather",
    "send and receive", "host", "requests in flight", "polled request", "dropped request",
    "launcher", "refused arguments", "large messages",
  ]

  let run: MPIRun

  init() throws {
    run = try #require(MPIRun("RankChecks"), "RankChecks is not built: run `swift build`")
  }

  @Test(arguments: [1, 2, 3, 4, 8])
  func collectivesKeepTheirPromises(ranks: Int) throws {
    let outcome = try run(Self.checks, ranks: ranks)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      outcome.output.split(separator: "\n").map { $0.dropFirst(3) } == Self.checks.map { $0[...] })
  }

  @Test func aProgramStartedByHandIsOneRank() throws {
    let outcome = try run(Self.checks, ranks: nil)
    #expect(outcome.status == 0, "\(outcome)")
  }

  /// Where a filter of system calls forbids ranks to read each other's memory, large messages are copied twice.
  @Test func largeMessagesArriveWhereReadingIsForbidden() throws {
    let filter = try #require(MPIRun("WithoutSystemCalls"))
    let setting = "OMPI_MCA_btl_vader_single_copy_mechanism"
    let check = ["memory", run.program.path, "large messages"]
    let outcome = try filter(check, ranks: 2)
    guard !outcome.errors.contains("no filter of system calls here") else { return }
    #expect(outcome.status == 0 && !outcome.errors.contains("Read -1"), "\(outcome)")
    // The filter does its work: forced to read, Open MPI complains of every large message.
    let forced = try filter(check, ranks: 2, environment: [setting: "cma"])
    #expect(forced.errors.contains("Read -1"), "\(forced)")
    // Without the filter nothing is in the way.
    #expect(try run(["large messages"], ranks: 2).status == 0)
  }

  @Test(arguments: ["error on rank 1", "error with a request in flight"])
  func anErrorOnOneRankEndsTheJob(check: String) throws {
    let outcome = try run([check], ranks: 4)
    #expect(outcome.status == 3, "\(outcome)")
    #expect(outcome.errors.contains("[rank 1/4] the cause\n"))
    #expect(outcome.errors.split(separator: "\n").filter { $0.contains("[rank ") }.count == 1)
    #expect(outcome.seconds < 20 && !outcome.timedOut)
  }

  /// Neither can be caught, but the rank is named, and the job ends.
  @Test(arguments: [("crash", "the check"), ("no memory", "taking memory")])
  func aCrashNamesTheRank(check: String, activity: String) throws {
    let outcome = try run([check], ranks: 2)
    #expect(outcome.status != 0 && outcome.seconds < 30 && !outcome.timedOut, "\(outcome)")
    let line = "[rank 1/2] out of memory or crashed while it was busy with \(activity);"
    #expect(outcome.errors.components(separatedBy: line).count == 2, "\(outcome)")
  }

  @Test func anErrorOnAllRanksEndsTheJob() throws {
    let outcome = try run(["error on all ranks"], ranks: 4)
    #expect(outcome.status == 3, "\(outcome)")
    #expect(outcome.errors.contains("[rank 0/4] the common cause\n"))
    #expect(outcome.errors.components(separatedBy: "the common cause").count == 2, "\(outcome)")
    #expect(outcome.seconds < 20 && !outcome.timedOut)
  }

  @Test func anErrorOfASingleRankHasItsExitCode() throws {
    let outcome = try run(["error on all ranks"], ranks: nil)
    #expect(outcome.status == 3)
    #expect(outcome.errors == "Error: the common cause\n")
  }

  @Test func anMPIErrorNamesItsCallAndCause() throws {
    let outcome = try run(["truncated message"], ranks: 2)
    #expect(outcome.status == 1, "\(outcome)")
    #expect(outcome.errors.contains("[rank 1/2] MPI_Recv failed: MPI_ERR_TRUNCATE"))
  }

  @Test(arguments: [
    ["OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_RANK": "0"],
    ["PMI_SIZE": "8", "PMI_RANK": "0"],
    ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "0"],
  ])
  func aWorldOfOneUnderALauncherOfEightIsRefused(environment: [String: String]) throws {
    let outcome = try run(["host"], ranks: nil, environment: environment)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("started 8 ranks, but MPI sees only 1"), "\(outcome)")
  }

  @Test func aUsageErrorIsToldOnce() throws {
    let outcome = try run(["no such check"], ranks: 3)
    #expect(outcome.status == 64)
    #expect(outcome.errors.components(separatedBy: "unknown:").count == 2, "\(outcome)")
  }

  @Test func aHangingJobIsEnded() throws {
    let outcome = try run(["hang"], ranks: 2, timeout: 3)
    #expect(outcome.timedOut && outcome.status != 0)
    #expect(outcome.seconds < 15)
  }

  @Test func aRankThatDoesNotComeIsNamed() throws {
    let outcome = try run(["hang"], ranks: 3, environment: ["RANK_CHECKS_TIMEOUT": "2"])
    #expect(outcome.status == 1 && !outcome.timedOut && outcome.seconds < 15, "\(outcome)")
    #expect(
      outcome.errors.contains(
        "[rank 1/3] rank 0 has not come to the barrier of the start for 2 s: "
          + "it is still busy with the start. Ending the job (--timeout 2)."), "\(outcome)")
  }

  /// It may wait for a host that is cut off; here it is stopped, and hears no other signal.
  @Test func aLauncherThatDoesNotEndIsEnded() throws {
    let job = try run.start(["hang"], ranks: 2, environment: ["RANK_CHECKS_TIMEOUT": "2"])
    while job.isRunning, job.ranks.count < 2 { usleep(10_000) }
    // The ranks need it to find each other.
    usleep(1_000_000)
    let ranks = job.ranks.values
    kill(job.launcher, SIGSTOP)
    let outcome = try job.wait(timeout: 40)
    #expect(outcome.status == 128 + SIGKILL && !outcome.timedOut, "\(outcome)")
    for rank in ranks {
      for _ in 0..<250 where kill(rank, 0) == 0 { usleep(20_000) }
      #expect(kill(rank, 0) != 0)
    }
  }

  @Test func aRankThatComesInTimeIsNoReasonToEnd() throws {
    let outcome = try run(
      ["late", "late"], ranks: 3, environment: ["RANK_CHECKS_TIMEOUT": "2"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
  }
}
