import Foundation
import Machine
import TestSupport
import Testing

@Suite struct PlacementTests {
  private static func rank(
    _ cores: [Int], host: String = "a", of hostCores: Int = 64, launcher: String? = "mpirun"
  ) -> RankPlacement {
    RankPlacement(host: host, processors: cores, hostCores: hostCores, launcher: launcher)
  }

  @Test func coreListsReadAndWrite() throws {
    #expect(CoreList("0-3,8")?.numbers == [0, 1, 2, 3, 8])
    #expect(CoreList(" 5\n")?.numbers == [5])
    #expect(CoreList([8, 1, 0, 2, 3]).description == "0-3,8")
    for text in ["x", "3-1", "1-2-3", "-4", "0-99999999999"] { #expect(CoreList(text) == nil) }
  }

  @Test func threadsAreTheShareOfTheCores() {
    let alone = Self.rank(Array(0..<64))
    #expect(alone.threads(among: [alone]) == 64)
    // Unbound, or bound to a socket that several share.
    let eight = [RankPlacement](repeating: alone, count: 8)
    #expect(eight[0].threads(among: eight) == 8)
    // A core of one's own.
    let bound = [Self.rank([0]), Self.rank([1])]
    #expect(bound[1].threads(among: bound) == 1)
    // Three ranks on two cores, and on three.
    let crowd = [RankPlacement](repeating: Self.rank([0, 1]), count: 3)
    #expect(crowd[0].threads(among: crowd) == 1)
    let three = [RankPlacement](repeating: Self.rank([0, 1, 2]), count: 3)
    #expect(three[0].threads(among: three) == 1)
    // Other hosts do not matter.
    let hosts = [Self.rank(Array(0..<4), host: "a"), Self.rank(Array(0..<4), host: "b")]
    #expect(hosts[0].threads(among: hosts) == 4)
  }

  @Test func quotaAndSlurmBoundTheThreads() {
    var rank = Self.rank(Array(0..<64))
    rank.slurmHostProcessors = 16
    #expect(rank.threads(among: [rank, rank]) == 8)
    rank.slurmTaskProcessors = 4
    #expect(rank.threads(among: [rank, rank]) == 4)
    rank.quota = 5
    #expect(rank.threads(among: [rank, rank]) == 2)
    rank.quota = 0.5
    #expect(rank.threads(among: [rank, rank]) == 1)
  }

  @Test func badPlacementIsToldWithItsRemedy() {
    func find(_ ranks: [RankPlacement], threads: Int? = nil) -> [String] {
      PlacementProblem.find(
        ranks, threads: ranks.map { threads ?? $0.threads(among: ranks) }
      ).map(\.description)
    }
    #expect(
      find([Self.rank([0]), Self.rank([1])]) == [
        "host a: 2 ranks are bound to 2 of 64 cores; 62 are idle. Give mpirun --map-by slot:PE=32, "
          + "or --bind-to none."
      ])
    #expect(
      find([Self.rank([0], of: 2), Self.rank([0], of: 2)]) == [
        "host a: 2 ranks are bound to 1 of 2 cores; 1 is idle. Give mpirun --map-by slot:PE=1, or "
          + "--bind-to none."
      ])
    #expect(
      find([Self.rank([0], of: 8, launcher: "srun")]) == [
        "host a: 1 rank is bound to 1 of 8 cores; 7 are idle. Give srun --cpus-per-task=8 "
          + "--cpu-bind=cores."
      ])
    #expect(
      find([RankPlacement](repeating: Self.rank([0, 1], of: 2), count: 8)) == [
        "host a: 8 ranks on 2 cores. Start at most 2 there; more are slower, with the same results."
      ])
    #expect(
      find([Self.rank([0, 1], of: 2), Self.rank([0, 1], of: 2)], threads: 2) == [
        "host a: 2 ranks with 4 threads together on 2 cores. Leave --threads out, or give 1."
      ])
    #expect(
      find(["a", "b", "c"].map { Self.rank([0], host: $0) })[0].hasPrefix(
        "host a (and 2 more hosts): 1 rank is bound to 1 of 64 cores"))
    var bounded = Self.rank([0, 1], of: 2)
    #expect(
      find([bounded], threads: 1) == [
        "host a: 1 rank with 1 thread on 2 cores; 1 is idle. Leave --threads out, or give 2."
      ])
    bounded.openMPThreads = 1
    #expect(
      find([bounded], threads: 1) == [
        "host a: 1 rank with 1 thread on 2 cores; 1 is idle. OMP_NUM_THREADS says so: give --threads 2, "
          + "or unset it."
      ])
    // A program started by hand, on cores of one's choice; a job that has no more; all in order.
    #expect(find([Self.rank([0], launcher: nil)]) == [])
    var job = Self.rank([0])
    job.slurmHostProcessors = 1
    #expect(find([job]) == [])
    #expect(find([Self.rank(Array(0..<32)), Self.rank(Array(32..<64))]) == [])
  }

  @Test func placementIsReadFromTheKernel() throws {
    try withTemporaryFolder { root in
      func write(_ path: String, _ text: String) throws {
        let file = root.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data((text + "\n").utf8).write(to: file)
      }
      for core in 0..<8 {
        try write(
          "sys/devices/system/cpu/cpu\(core)/topology/thread_siblings_list",
          "\(core % 4),\(core % 4 + 4)")
      }
      try write("sys/devices/system/cpu/online", "0-7")
      try write("proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-1,4-5\nMems_allowed:\t1")
      try write("proc/self/cgroup", "0::/job")
      try write("sys/fs/cgroup/job/cpuset.cpus.effective", "0-2,4-6")
      try write("sys/fs/cgroup/job/cpu.max", "150000 100000")
      let placement = RankPlacement(
        host: "a", launcher: nil, environment: ["SLURM_CPUS_PER_TASK": "3"], root: root.path)
      #expect(placement.processors == [0, 1, 4, 5])
      #expect(placement.cores == [0, 1])
      #expect(placement.hostCores == 3)
      #expect(placement.quota == 1.5)
      #expect(placement.slurmTaskProcessors == 3)

      try write("proc/self/cgroup", "2:cpu,cpuacct:/\n1:cpuset:/container\n0::/")
      try write("sys/fs/cgroup/cpuset/cpuset.effective_cpus", "0-3")
      try write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
      try write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000")
      let older = RankPlacement(host: "a", launcher: nil, environment: [:], root: root.path)
      #expect(older.hostCores == 4)
      #expect(older.quota == nil)
    }
  }

  @Test func processorsAreComparedWithTheProgram() {
    let cpuinfo = """
      processor\t: 0
      model name\t: Some Processor
      flags\t\t: pni ssse3 sse4_1 sse4_2 popcnt avx avx2 bmi1 bmi2 f16c fma abm movbe
      processor\t: 1
      flags\t\t: avx512f
      """
    let processor = Processor(cpuinfo: cpuinfo)
    #expect(processor.model == "Some Processor")
    #expect(processor.level == "x86-64-v3")
    func bits(_ feature: ProcessorFeature) -> UInt64 {
      (0..<64).map { 1 << $0 }.first { ProcessorFeature.features(bits: $0) == [feature] } ?? 0
    }
    #expect(processor.missing(bits: bits(.avx2) | bits(.fma)) == [])
    #expect(
      processor.missing(bits: bits(.avx2) | bits(.avx512f) | bits(.avx512bf16)) == [
        "avx512f", "avx512_bf16",
      ])
    #expect(Processor(cpuinfo: "Features: asimd").missing(bits: .max) == [])
    #expect(Processor(cpuinfo: "").level == "x86-64")
  }
}
