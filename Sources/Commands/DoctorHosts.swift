import Foundation
import Machine
import MessagePassing
import OrderedCollections
import Safetensors
import Tensors

/// What one rank knows of its host.
struct RankReport: Codable, Equatable {
  let model: String
  /// The kernels in use, and what they are when the environment asks for lower ones.
  let kernels: String
  /// OpenBLAS's version and kernel, or that there is none.
  let library: String
  let mpi: String
  let pmix: String?
  let memory: Memory
  /// The SHA-256 of the program; told by the first rank of a host.
  var program: String?
  /// The SHA-256 of each of the files asked for, or nil for one that is not there.
  var same: [String?] = []

  /// Examines this rank's host.
  init(_ session: Session, same paths: [String]) throws {
    let cpuinfo = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    model = Processor(cpuinfo: cpuinfo).model
    kernels = KernelLevel.current.text
    library = Self.openBLAS
    mpi = session.library.split(separator: ",").first.map(String.init) ?? session.library
    pmix = ProcessInfo.processInfo.environment["PMIX_VERSION"]
    memory = Memory()
    guard session.isFirstOnHost else { return }
    program = try? SHA256.digest(ofFile: URL(fileURLWithPath: "/proc/self/exe"))
    same = paths.map { Self.digest(ofTree: $0) }
  }

  private static var openBLAS: String {
    guard case .success(let library) = OpenBLAS.shared else { return "no OpenBLAS here" }
    let version = library.version.split(separator: " ").prefix(2).joined(separator: " ")
    let replaced = library.replacedKernelName.map { ", in place of \($0), which it had picked" }
    return "\(version), kernel \(library.kernelName)\(replaced ?? "")"
  }

  /// The digest of a file, or of a folder's visible files with their names.
  private static func digest(ofTree path: String) -> String? {
    let url = URL(fileURLWithPath: path)
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: path) else {
      return try? SHA256.digest(ofFile: url)
    }
    var text = ""
    for name in names.sorted()
    where !name.split(separator: "/").contains(where: { $0.first == "." }) {
      let file = url.appendingPathComponent(name)
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
      if isFolder.boolValue { continue }
      guard let digest = try? SHA256.digest(ofFile: file) else { return nil }
      text += "\(name) \(digest)\n"
    }
    return SHA256.digest(of: Data(text.utf8))
  }
}

extension Session {
  /// The first rank of each host, in rank order.
  var firstRanks: [Int] {
    OrderedDictionary(grouping: placements.indices) { placements[$0].host }.values.map { $0[0] }
  }

  /// Whether this rank is the first of its host.
  var isFirstOnHost: Bool { firstRanks.contains(ranks.rank) }
}

/// The reports of all ranks.
struct HostReports {
  let reports: [RankReport]
  let placements: [RankPlacement]
  /// Each host's ranks; the hosts in the order of their first ones.
  let ranks: OrderedDictionary<String, [Int]>

  init(_ reports: [RankReport], _ placements: [RankPlacement]) {
    self.reports = reports
    self.placements = placements
    ranks = OrderedDictionary(grouping: placements.indices) { placements[$0].host }
  }

  /// The hosts' names.
  var names: OrderedSet<String> { ranks.keys }

  /// The first rank of each host.
  var first: [Int] { ranks.values.map { $0[0] } }

  /// What can be told without measuring.
  func findings(library: String, same paths: [String]) -> [Finding] {
    [ranksFinding, mpiFinding, programFinding, processorFinding, blasFinding]
      + memoryFindings + paths.indices.map { sameFinding(paths[$0], index: $0) }
  }

  private var ranksFinding: Finding {
    let list = ranks.elements.prefix(8).map { "\($0): \($1.count)" }.joined(separator: ", ")
    let more = names.count > 8 ? ", ..." : ""
    let starter = placements[0].launcher.map { "started by \($0)" } ?? "started by hand"
    return Finding(
      .ok, "ranks",
      "\(counted(reports.count, "rank")) on \(counted(names.count, "host")) (\(list)\(more)), \(starter)"
    )
  }

  private var mpiFinding: Finding {
    differing(
      "MPI", { $0.mpi + ($0.pmix.map { ", PMIx \($0)" } ?? "") }, .problem,
      advice:
        "Use one Open MPI on all hosts: load the same module, or name the folder of each in PATH and LD_LIBRARY_PATH."
    )
  }

  private var programFinding: Finding {
    differing(
      "program", { $0.program.map { "taco-dist \(programVersion), SHA-256 \($0.prefix(12))" } },
      .problem,
      advice: "Start one binary on all hosts; results are only the same with the same program.")
  }

  private var processorFinding: Finding {
    differing("processor", { "\($0.model), kernels \($0.kernels)" }, .note, advice: nil)
  }

  private var blasFinding: Finding {
    let found = differing("OpenBLAS", { $0.library }, .note, advice: nil)
    return Finding(
      found.status, found.topic, found.text + "; no run needs it but with --products openblas")
  }

  private var memoryFindings: [Finding] {
    var findings: [Finding] = []
    for name in names {
      guard let local = ranks[name], let memory = local.first.map({ reports[$0].memory }) else {
        continue
      }
      let share = memory.available / Int64(local.count)
      if share < 1 << 30 {
        findings.append(
          Finding(
            .warning, "memory",
            "host \(name): \(bytesText(memory.available)) free for \(counted(local.count, "rank")).",
            advice: "Large encoders may not fit: start fewer ranks there, or give --memory-budget.")
        )
      }
      if local.count > 1, memory.shared < Int64(local.count) * (16 << 20) {
        findings.append(
          Finding(
            .warning, "memory",
            "host \(name): \(bytesText(memory.shared)) free in /dev/shm for \(local.count) ranks.",
            advice:
              "MPI needs it between ranks of one host: enlarge it (containers: --shm-size=1g)."))
      }
    }
    guard findings.isEmpty else { return findings }
    let least = names.compactMap { name in
      ranks[name].map { reports[$0[0]].memory.available / Int64($0.count) }
    }.min()
    return [Finding(.ok, "memory", "\(bytesText(least ?? 0)) free for each rank, at least")]
  }

  private func sameFinding(_ path: String, index: Int) -> Finding {
    let missing = names.filter { reports[ranks[$0]?.first ?? 0].same[index] == nil }
    if let host = missing.first {
      let more = missing.count > 1 ? " and \(counted(missing.count - 1, "more host"))" : ""
      return Finding(
        .problem, "files", "\(path) cannot be read on host \(host)\(more).",
        advice: "Use a shared folder, or give train --broadcast-input.")
    }
    return differing(
      "files",
      {
        $0.same.indices.contains(index)
          ? $0.same[index].map { "\(path), SHA-256 \($0.prefix(12))" } : nil
      },
      .problem, advice: "Copy it anew, or give train --broadcast-input.")
  }

  /// A finding on something that should be the same on all hosts.
  private func differing(
    _ topic: String, _ value: (RankReport) -> String?, _ status: Finding.Status, advice: String?
  ) -> Finding {
    let values = names.compactMap { name in
      ranks[name]?.first.flatMap { value(reports[$0]) }.map { (name, $0) }
    }
    guard let (firstHost, first) = values.first else { return Finding(.note, topic, "unknown") }
    guard let (host, other) = values.first(where: { $0.1 != first }) else {
      return Finding(.ok, topic, first + (names.count > 1 ? " on all hosts" : ""))
    }
    return Finding(
      status, topic, "hosts differ: \(first) on \(firstHost), \(other) on \(host).", advice: advice)
  }
}
