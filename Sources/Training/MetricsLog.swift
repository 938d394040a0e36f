internal import Evaluation
public import Foundation
internal import Tensors
internal import TripleView

/// `metrics.jsonl`: one JSON object an event, appended line by line.
///
/// Losses are printed so that they read back to the same bits.
public final class MetricsLog {
  private let handle: FileHandle
  private let path: String

  /// Starts an empty log.
  ///
  /// - Parameter file: Replaced when it exists.
  /// - Throws: `ModelFolderError` when it cannot be written.
  public init(file: URL) throws {
    path = file.path
    guard FileManager.default.createFile(atPath: file.path, contents: nil),
      let handle = FileHandle(forWritingAtPath: file.path)
    else {
      throw ModelFolderError("\(file.path): cannot be written. Check the output folder.")
    }
    self.handle = handle
  }

  /// Appends an event.
  public func write(_ event: TrainingEvent) throws {
    do {
      try handle.write(contentsOf: Data((Self.line(event) + "\n").utf8))
    } catch {
      throw ModelFolderError("\(path): cannot be written; is the disk full?")
    }
  }

  /// One event as a JSON object.
  static func line(_ event: TrainingEvent) -> String {
    switch event {
    case .step(let number, let epoch, let report, let rate, let seconds):
      let objective = report.objective
      let count = Double(max(1, objective.scores.rows))
      let statistics = objective.statistics
      return object([
        ("event", quoted("step")), ("step", "\(number)"), ("epoch", "\(epoch)"),
        ("loss", json(objective.total)), ("ce", json(objective.crossEntropy)),
        ("ccl", json(objective.contrastive)), ("ldl", json(objective.disentangled)),
        ("lr", json(rate)), ("grad_norm", json(report.gradientNorm)),
        ("clusters", "\(statistics.clusterCount)"),
        ("p_empty", json(Double(statistics.anchorsWithoutPositives) / count)),
        ("n_empty", json(Double(statistics.anchorsWithoutNegatives) / count)),
        ("ldl_weight_sum", json(statistics.disentangledDenominator)),
        ("tokens", "\(report.tokens)"), ("seconds", json(seconds)),
      ])
    case .evaluation(let split, let epoch, let step, let report, let isBest, let seconds):
      return object([
        ("event", quoted("evaluation")), ("split", quoted(split)), ("epoch", "\(epoch)"),
        ("step", "\(step)"), ("accuracy", json(report.accuracy)),
        ("weighted_f1", json(report.weightedF1)), ("macro_f1", json(report.macroF1)),
        ("macro_f1_present", json(report.macroF1Present)), ("best", isBest ? "true" : "false"),
        ("seconds", json(seconds)),
      ])
    }
  }

  private static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
  }

  private static func quoted(_ text: String) -> String { "\"\(text)\"" }

  /// The shortest decimal that reads back to the same number; JSON has no infinities.
  private static func json(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
}
