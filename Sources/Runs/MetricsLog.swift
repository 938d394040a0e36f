internal import Evaluation
public import Foundation
internal import Objectives
internal import RunEvents
internal import Safetensors
internal import Tensors
public import Training

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
      return StepEvent(
        step: number, epoch: epoch, loss: objective.total,
        losses: objective.terms.map { LoggedNumber($0.name, $0.value) }, learningRate: rate,
        gradientNorm: report.gradientNorm,
        statistics: objective.statistics.map {
          LoggedNumber($0.name, $0.value, isCount: $0.isCount)
        }, tokens: report.tokens, seconds: seconds, bytesSent: report.bytesSent,
        peakMemory: peakMemory
      ).line
    case .evaluation(let split, let epoch, let step, let report, let isBest, let seconds):
      let (number, quoted) = (JSONLine.number, JSONLine.quoted)
      return JSONLine.object([
        ("event", quoted("evaluation")), ("split", quoted(split)), ("epoch", "\(epoch)"),
        ("step", "\(step)"), ("accuracy", number(report.accuracy)),
        ("weighted_f1", number(report.weightedF1)), ("macro_f1", number(report.macroF1)),
        ("macro_f1_present", number(report.macroF1Present)), ("best", isBest ? "true" : "false"),
        ("seconds", number(seconds)),
      ])
    }
  }

  /// The most that this process ever had in memory, in bytes.
  private static var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }
}
