internal import Evaluation
public import Foundation
internal import Safetensors
internal import Tensors
internal import TripleView

/// `metrics.jsonl`: one JSON object an event, appended line by line.
///
/// Losses are printed so that they read back to the same bits.
public final class MetricsLog: @unchecked Sendable {
  private let handle: FileHandle
  private let path: String
  /// The checkpoint writer appends from its own thread.
  private let lock = NSLock()

  /// Starts an empty log, or goes on with that of a run that is resumed.
  ///
  /// - Parameters:
  ///   - file: Replaced when it exists and nothing is resumed.
  ///   - state: How far the resumed run is: later events are dropped, as they will come again.
  /// - Throws: An error that names the file that cannot be read or written.
  public init(file: URL, keeping state: TrainingState? = nil) throws {
    path = file.path
    let kept = try state.map { try Self.lines(of: file, before: $0) } ?? ""
    try AtomicFile.write(Data(kept.utf8), to: file)
    let handle = try FileHandle(forWritingTo: file)
    handle.seekToEndOfFile()
    self.handle = handle
  }

  /// The whole lines that tell of what lies before a state.
  private static func lines(of file: URL, before state: TrainingState) throws -> String {
    guard let data = try contentsIfPresent(of: file) else { return "" }
    // A line that was damaged costs no other line.
    let kept = String(decoding: data, as: UTF8.self).split(separator: "\n").filter { line in
      guard
        let event = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
        let name = event["event"] as? String, let step = event["step"] as? Int
      else { return false }
      if name == "evaluation" {
        return event["split"] as? String == "valid" && step <= state.evaluatedStep
      }
      return step <= state.step
    }
    return kept.map { $0 + "\n" }.joined()
  }

  /// Appends that a checkpoint is on disk.
  public func writeCheckpoint(step: Int) throws {
    try append("{\"event\":\"checkpoint\",\"step\":\(step)}")
  }

  /// Appends an event.
  public func write(_ event: TrainingEvent) throws { try append(Self.line(event)) }

  private func append(_ line: String) throws {
    lock.lock()
    defer { lock.unlock() }
    do {
      try handle.write(contentsOf: Data((line + "\n").utf8))
    } catch {
      throw ModelFolderError("\(path): cannot be written; is the disk full?")
    }
  }

  /// One event as a JSON object.
  static func line(_ event: TrainingEvent) -> String {
    switch event {
    case .step(let number, let epoch, let report, let rate, let seconds):
      let objective = report.objective
      var fields = [
        ("event", quoted("step")), ("step", "\(number)"), ("epoch", "\(epoch)"),
        ("loss", json(objective.total)),
      ]
      fields += objective.terms.map { ($0.name, json($0.value)) }
      fields += [("lr", json(rate)), ("grad_norm", json(report.gradientNorm))]
      fields += objective.reported.map {
        ($0.name, $0.isCount ? "\(Int($0.value))" : json($0.value))
      }
      fields += [
        ("tokens", "\(report.tokens)"), ("seconds", json(seconds)),
        ("bytes_sent", "\(report.bytesSent)"), ("peak_memory", "\(peakMemory)"),
      ]
      return object(fields)
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

  /// The most that this process ever had in memory, in bytes.
  private static var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }

  private static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
  }

  private static func quoted(_ text: String) -> String { "\"\(text)\"" }

  /// The shortest decimal that reads back to the same number; JSON has no infinities.
  private static func json(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
}
