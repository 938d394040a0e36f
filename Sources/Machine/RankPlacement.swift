import Foundation

/// Where a rank runs and what it may use there.
public struct RankPlacement: Codable, Sendable, Equatable {
  /// The host's name.
  public var host: String
  /// The processors (hardware threads) that the rank may run on, by the kernel's numbers.
  public var processors: [Int]
  /// The cores that these belong to, each named by its first processor.
  public var cores: [Int]
  /// How many cores of the host the job may use: the control group's, whatever this rank is bound to.
  public var hostCores: Int
  /// How many processors' worth of time the control group grants to all its ranks, or nil for no bound.
  public var quota: Double?
  /// How many processors Slurm has given to each task, if it says so.
  public var slurmTaskProcessors: Int?
  /// How many processors Slurm has given to the job on this host, if it says so.
  public var slurmHostProcessors: Int?
  /// The threads that OMP_NUM_THREADS allows a rank, if it is set; the first number of a list.
  public var openMPThreads: Int?
  /// What started the ranks (`srun`, `mpirun`), or nil for a program started by hand.
  public var launcher: String?

  /// Puts a placement together.
  public init(
    host: String, processors: [Int], cores: [Int]? = nil, hostCores: Int, quota: Double? = nil,
    slurmTaskProcessors: Int? = nil, slurmHostProcessors: Int? = nil, openMPThreads: Int? = nil,
    launcher: String? = nil
  ) {
    self.host = host
    self.processors = processors
    self.cores = cores ?? processors
    self.hostCores = hostCores
    self.quota = quota
    self.slurmTaskProcessors = slurmTaskProcessors
    self.slurmHostProcessors = slurmHostProcessors
    self.openMPThreads = openMPThreads
    self.launcher = launcher
  }

  /// The placement of this process.
  ///
  /// - Parameters:
  ///   - host: The host's name.
  ///   - launcher: What started the ranks, or nil.
  ///   - environment: The process's environment variables.
  ///   - root: Where `proc` and `sys` stand.
  public init(host: String, launcher: String?, environment: [String: String], root: String = "") {
    func text(_ path: String) -> String? {
      (try? String(contentsOfFile: root + path, encoding: .utf8))?
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    func list(_ path: String) -> CoreList? {
      text(path).flatMap { CoreList($0) }.flatMap { $0.count > 0 ? $0 : nil }
    }
    let online =
      list("/sys/devices/system/cpu/online")
      ?? CoreList(0..<ProcessInfo.processInfo.activeProcessorCount)
    let bound = text("/proc/self/status")?.split(separator: "\n")
      .first { $0.hasPrefix("Cpus_allowed_list:") }
      .flatMap { CoreList($0.dropFirst("Cpus_allowed_list:".count)) }
    func cores(_ list: CoreList) -> [Int] {
      CoreList(
        list.numbers.map { number in
          let path = "/sys/devices/system/cpu/cpu\(number)/topology/thread_siblings_list"
          return text(path).flatMap { CoreList($0) }?.numbers.first ?? number
        }
      ).numbers
    }
    let group = ControlGroup(read: text)
    let processors = bound ?? online
    func number(_ name: String) -> Int? {
      environment[name]?.split(separator: ",").first.flatMap { Int($0) }
        .flatMap { $0 > 0 ? $0 : nil }
    }
    self.init(
      host: host, processors: processors.numbers, cores: cores(processors),
      hostCores: cores(group.processors ?? online).count, quota: group.quota,
      slurmTaskProcessors: number("SLURM_CPUS_PER_TASK"),
      slurmHostProcessors: number("SLURM_CPUS_ON_NODE"),
      openMPThreads: number("OMP_NUM_THREADS"), launcher: launcher)
  }

  /// The threads that this rank should use: its share of the cores it is bound to.
  ///
  /// A core that several ranks may use counts for each of them as a part of one.
  ///
  /// - Parameter all: The placements of all ranks, this one among them.
  /// - Returns: One or more; never more than it has cores.
  public func threads(among all: [RankPlacement]) -> Int {
    let neighbours = all.filter { $0.host == host }
    var users: [Int: Int] = [:]
    for rank in neighbours { for core in rank.cores { users[core, default: 0] += 1 } }
    var share = cores.reduce(0.0) { $0 + 1 / Double(max(1, users[$1] ?? 1)) }
    let ranks = Double(max(1, neighbours.count))
    if let quota { share = min(share, quota / ranks) }
    if let slurmTaskProcessors {
      share = min(share, Double(slurmTaskProcessors))
    } else if let slurmHostProcessors {
      share = min(share, Double(slurmHostProcessors) / ranks)
    }
    // Thirds and the like add up to a little less than one.
    return max(1, Int(share + 1e-6))
  }
}

/// What the process's control group (version 1 or 2) lets it use.
struct ControlGroup {
  /// The processors, or nil when it does not say.
  var processors: CoreList?
  /// Processors' worth of time, or nil for no bound.
  var quota: Double?

  /// Looks its files up.
  ///
  /// - Parameter read: Returns a file's text, or nil when there is none.
  init(read: (String) -> String?) {
    for line in read("/proc/self/cgroup")?.split(separator: "\n") ?? [] {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",")
      let isUnified = parts[1].isEmpty
      // Inside a container the path may be that of the host; then the mount itself is the group.
      let path = String(parts[2])
      func value(_ controller: String, _ names: String...) -> String? {
        let mount = "/sys/fs/cgroup" + (isUnified ? "" : "/\(controller)")
        for folder in path == "/" ? [mount] : [mount + path, mount] {
          for name in names { if let text = read("\(folder)/\(name)") { return text } }
        }
        return nil
      }
      if isUnified || controllers.contains("cpuset") {
        let text = value(
          "cpuset", "cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus")
        processors = text.flatMap { CoreList($0) }.flatMap { $0.count > 0 ? $0 : nil } ?? processors
      }
      if isUnified, let text = value("cpu", "cpu.max") {
        let numbers = text.split(separator: " ").map { Double($0) }
        if numbers.count == 2, let time = numbers[0], let period = numbers[1], period > 0 {
          quota = time / period
        }
      } else if controllers.contains("cpu"),
        let time = value("cpu", "cpu.cfs_quota_us").flatMap({ Double($0) }), time > 0,
        let period = value("cpu", "cpu.cfs_period_us").flatMap({ Double($0) }), period > 0
      {
        quota = time / period
      }
    }
  }
}
