import Foundation
import Training

/// What `plan` prints: a row for each number of ranks.
enum PlanTable {
  /// The times of steps; the first is that of one rank.
  static func times(_ steps: [ScalingModel.Prediction]) -> String {
    let alone = steps.first?.seconds ?? 0
    let rows = steps.map { step in
      String(
        format: "%5d  %6d  %7.3fs  %8.4fs %7.4fs  %7.4fs %7.3fs  %8.2f  %8.0f %%  %7.1f"
          + "  %4.1f %%",
        step.ranks, step.shards, step.encoding, step.objective, step.update, step.exchange,
        step.seconds, alone / step.seconds, 100 * alone / step.seconds / Double(step.ranks),
        step.bytes / 1e6, 100 * step.idle)
    }
    let header =
      "ranks  shards  encoding  objective   update  exchange     step  speed-up  efficiency  MB sent"
      + "    idle"
    return ([header] + rows).joined(separator: "\n")
  }

  /// What was counted, as a part of a sentence.
  static func text(_ counted: ScalingModel.CountedWork?) -> String {
    guard let counted else { return "" }
    return String(
      format: "%.4g GFLOP a step at the %.1f GFLOP/s that products reach here on a thread.",
      counted.operations / 1e9, counted.rate / 1e9)
  }

  /// The memory of ranks.
  ///
  /// - Parameters:
  ///   - predictions: For each number of ranks.
  ///   - program: The bytes of the program, the texts and the libraries in each.
  ///   - mapped: The bytes of weights that stay in their file.
  /// - Returns: The table, and a line for what is mapped.
  static func memory(_ predictions: [MemoryPrediction], program: Int, mapped: Int) -> String {
    let rows = predictions.map { rank in
      let parts = [
        rank.weights, rank.gradients, rank.moments, rank.best, rank.activations, rank.work, program,
        rank.rank + program, rank.rank + program + rank.saving,
      ]
      return String(format: "%5d", rank.ranks)
        + parts.map { String(format: "%13.1f", Double($0) / 1e6) }.joined()
    }
    let names = [
      "weights", "gradients", "moments", "best", "activations", "work", "program", "MB a rank",
      "MB rank 0",
    ]
    let header = "ranks" + names.map { String(repeating: " ", count: 13 - $0.count) + $0 }.joined()
    let note =
      mapped > 0
      ? [
        String(
          format: "besides, once a host: %.1f MB of weights that stay in their file, mapped",
          Double(mapped) / 1e6)
      ] : []
    return ([header] + rows + note).joined(separator: "\n")
  }
}

/// What this process holds.
enum ProcessMemory {
  /// The bytes of memory that are resident now; 0 where the system does not tell.
  static var resident: Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return 0
    }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }
}
