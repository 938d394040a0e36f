import Foundation
import Objectives
import Tensors
import TripleView

/// Measures the objective against the batch size: `ObjectiveCost THREADS B...`.
///
/// Rows are labels' centres with noise, over 27 labels with a long tail. Times are of the processor,
/// all threads together, so that other programs disturb them little. The memory is what the process
/// holds at most beyond what it held before.
@main enum ObjectiveCost {
  static func main() throws {
    let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    guard numbers.count > 1, numbers.allSatisfy({ $0 > 0 }) else {
      print("usage: ObjectiveCost THREADS B...")
      exit(64)
    }
    let workers = LocalWorkers(threads: numbers[0])
    show("|     B | paper ms | reference ms | elbow ms | w/o clusters ms | MiB |")
    show("|------:|---------:|-------------:|---------:|----------------:|----:|")
    for size in numbers.dropFirst() {
      let batch = batch(size)
      try resetPeak()
      let before = try peak()
      var elbow = TripleViewSettings.paper
      elbow.clusterCount = .elbow
      var unguided = TripleViewSettings.paper
      unguided.usesClustering = false
      let times = try [.paper, .reference, elbow, unguided].map { settings in
        try milliseconds {
          try TripleViewObjective(settings, heads: .separate).evaluate(batch, workers)
        }
      }
      let memory = (try peak() - before) / 1024
      let columns = [
        "\(size)".padded(5), times[0].padded(8), times[1].padded(12), times[2].padded(8),
        times[3].padded(15), "\(memory)".padded(3),
      ]
      show("| " + columns.joined(separator: " | ") + " |")
    }
  }

  /// Prints a line at once.
  private static func show(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  private static func batch(_ size: Int) -> ObjectiveBatch {
    let (labels, columns) = (27, 128)
    let random = KeyedRandom(seed: 1, purpose: .sampling)
    var next: UInt64 = 0
    func noise() -> Double {
      next += 1
      return random.uniform(next) - 0.5
    }
    let centers = DoubleMatrix(
      rows: labels, columns: columns, values: (0..<labels * columns).map { _ in noise() })
    let targets = (0..<size).map { _ in
      let uniform = noise() + 0.5
      return Int(uniform * uniform * Double(labels))
    }
    let instances = targets.flatMap { target in centers.row(target).map { $0 / 2 + noise() } }
    return ObjectiveBatch(
      rows: [DoubleMatrix(rows: size, columns: columns, values: instances), centers],
      encodings: [nil, centers], targets: targets)
  }

  /// The median of some runs' processor times.
  private static func milliseconds(_ body: () throws -> ObjectiveResult) rethrows -> String {
    let times = try (0..<3).map { _ in
      let start = clock()
      _ = try body()
      return Double(clock() - start) * 1000 / Double(CLOCKS_PER_SEC)
    }
    return String(format: "%.1f", times.sorted()[1])
  }

  /// Lets the kernel count the peak anew.
  private static func resetPeak() throws {
    try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }

  /// The most memory that was held, in KiB.
  private static func peak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return Int(line.filter(\.isNumber)) ?? 0
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
