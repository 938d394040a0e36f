import EmotionData
import Foundation
import MessagePassing
import Objectives
import OrderedCollections
import Runs
import Safetensors
import Training

// A launcher starts what it is told to: ranks may have other options, other files, another program. Each would
// wait for a message that never comes, or worse, train a mixture.
extension Session {
  /// Compares what decides the numbers over all ranks; collective.
  ///
  /// - Parameter fingerprints: This rank's.
  /// - Throws: On all ranks the same `DataProblem`, which names what differs and on which ranks.
  func requireEqual(_ fingerprints: Fingerprints) throws {
    guard ranks.size > 1 else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let digest = SHA256.digest(of: try encoder.encode(fingerprints))
    guard Set(try ranks.allGather(Array(digest.utf8))).count > 1 else { return }
    let all = try ranks.collect(fingerprints)
    let differences = RankDifference.all(in: all)
    guard let first = differences.first else { return }
    throw DataProblem(
      "the ranks do not have the same of everything that decides the numbers:\n  "
        + differences.map(\.description).joined(separator: "\n  ") + "\n" + first.remedy,
      code: first.code)
  }
}

extension Session {
  /// Compares the runs that are reported on, and how; collective.
  func requireEqual(_ runs: [RecordedRun], _ options: KeyValuePairs<String, String>) throws {
    var shared = Fingerprints()
    shared.add(options: options)
    shared.add("runs", runs.map(\.name).joined(separator: ", "))
    for run in runs { shared.add("steps logged by \(run.name)", "\(run.history.steps.count)") }
    try requireEqual(shared)
  }
}

/// One part that differs, and the ranks with each of its values.
struct RankDifference: CustomStringConvertible {
  let name: String
  private let values: [(shown: String, ranks: [Int])]

  /// The parts that differ, in the order of the first rank that has them.
  static func all(in ranks: [Fingerprints]) -> [RankDifference] {
    OrderedSet(ranks.flatMap(\.parts).map(\.name)).compactMap { name in
      let groups = OrderedDictionary(grouping: ranks.indices) { ranks[$0][name]?.value }
      guard groups.count > 1 else { return nil }
      let notes = groups.values.map { members in
        ranks[members[0]][name].map { $0.note ?? $0.value } ?? "none"
      }
      let isTold = Set(notes).count == notes.count
      return RankDifference(
        name: name,
        values: zip(notes, groups).map { note, group in
          (isTold ? note : "\(note) (\(group.key?.prefix(8) ?? ""))", group.value)
        })
    }
  }

  var description: String {
    "\(name): "
      + values.map { "\($0.shown) on \(Self.text($0.ranks))" }.joined(separator: ", ")
  }

  /// What to do.
  var remedy: String {
    switch code {
    case ExitStatus.usage: "Start all ranks with the same command line and --config."
    case ExitStatus.failure: "Start the same build of the program on all ranks."
    default:
      "Give all ranks the same files, on a shared file system, or let rank 0 alone read them by "
        + "--broadcast-input."
    }
  }

  /// The exit code.
  var code: Int32 {
    if name == Session.programPart { return ExitStatus.failure }
    return name == Session.commandPart || name.hasPrefix("--") ? ExitStatus.usage : ExitStatus.data
  }

  /// `rank 2`, or `ranks 0 to 3, 5`.
  private static func text(_ ranks: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for rank in ranks {
      if let last = runs.last, last.upperBound + 1 == rank {
        runs[runs.count - 1] = last.lowerBound...rank
      } else {
        runs.append(rank...rank)
      }
    }
    let texts = runs.prefix(8).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)"
    }
    return (ranks.count == 1 ? "rank " : "ranks ") + texts.joined(separator: ", ")
      + (runs.count > 8 ? " and more" : "")
  }
}

extension Session {
  static let programPart = "program"
  static let commandPart = "command"

  /// Refuses ranks that run other commands or another build; collective, and the first thing that ranks do.
  func requireSameProgram(_ command: String) throws {
    guard ranks.size > 1 else { return }
    var own = Fingerprints()
    own.add(Self.commandPart, command)
    // `doctor` is there to tell of programs that differ.
    if command != "doctor" {
      let digest = try? SHA256.digest(ofFile: URL(fileURLWithPath: "/proc/self/exe"))
      own.add(Self.programPart, note: "taco-dist \(programVersion)", digest ?? "unreadable")
    }
    try requireEqual(own)
  }
}

extension Fingerprints {
  /// Adds options, by the names that the command line has for them.
  mutating func add(options: KeyValuePairs<String, String>) {
    for (name, value) in options { add("--\(name)", value) }
  }

  /// Adds all settings, by the names of their options.
  mutating func add(_ settings: TrainingSettings) throws {
    // Places of files may differ between hosts; their contents are compared on their own.
    let text = try settings.yaml(model: "", data: nil, texts: DataOptions.parse(["--labels", "-"]))
    for option in try YAMLOption.options(in: text, source: "the settings")
    where !["model", "labels"].contains(option.name) {
      add("--\(option.name)", option.values.joined(separator: ", "))
    }
  }
}
