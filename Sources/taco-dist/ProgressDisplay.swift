import EmotionData
import Evaluation
import Foundation
import Training

/// Tells a person how a run goes: one line that renews itself on a terminal, plain lines elsewhere.
final class ProgressDisplay {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var isLineOpen = false
  private var began = ContinuousClock.now
  private var shown = ContinuousClock.now
  private var doneBefore = 0
  private var utterances = 0
  private var isLinear = false
  private var lastScore: String?

  /// What a run starts from.
  func start(
    model: String, data: String, _ dataSet: DataSet, _ settings: TrainingSettings,
    _ session: Session, _ folder: RunFolder?, parameters: Int, steps: Int, resuming step: Int?
  ) {
    isLinear = settings.objective.kind == .linear
    let test = dataSet.test.map { " / \($0.count)" } ?? ""
    printError(
      """
      taco-dist \(programVersion): \(model), \(decimal(Double(parameters) / 1e6, 1)) M parameters, \
      \(data): \(dataSet.train.count) / \(dataSet.validation.count)\(test) utterances, \
      \(dataSet.labels.count) labels
      recipe \(settings.recipe.rawValue)\(isLinear ? ", linear objective" : ""), batch \(settings.batchSize), \(steps) steps, learning rate \
      \(settings.learningRate), \(counted(settings.shards, "shard")) on \
      \(counted(session.ranks.size, "rank")) x \(counted(session.threads, "thread"))\
      \(folder.map { ", run folder \($0.url.relativePath)" } ?? "")
      """)
    if let step {
      printError("resuming after step \(step)")
      doneBefore = step
    }
    began = .now
  }

  /// One event.
  func show(_ event: TrainingEvent, totalSteps: Int) {
    switch event {
    case .step(let number, let epoch, let report, let rate, _):
      utterances += report.objective.scores.rows
      let isLast = number == totalSteps
      guard isTerminal || number == doneBefore + 1 || isLast || shown.elapsed >= 10 else { return }
      if isTerminal, !isLast, shown.elapsed < 0.1 { return }
      shown = .now
      let seconds = began.elapsed
      let left = seconds / Double(number - doneBefore) * Double(totalSteps - number)
      let objective = report.objective
      let views =
        "(ce \(decimal(objective.crossEntropy, 3)) ccl \(decimal(objective.contrastive, 3)) "
        + "ldl \(decimal(objective.disentangled, 3)))"
      line(
        "step \(number)/\(totalSteps)  epoch \(epoch)  loss \(decimal(objective.total, 4)) "
          + "\(isLinear ? "" : views)  lr \(scientific(rate))  "
          + "\(decimal(Double(utterances) / seconds, 0)) examples/s  \(duration(left)) left"
          + (lastScore.map { "  \($0)" } ?? ""))
    case .evaluation(let split, let epoch, let step, let report, let isBest, let seconds):
      lastScore = "valid \(decimal(100 * report.accuracy, 2))"
      line(
        "\(split) after epoch \(epoch), step \(step): accuracy "
          + "\(decimal(100 * report.accuracy, 2))  weighted-F1 \(decimal(100 * report.weightedF1, 2))"
          + "  macro-F1 \(decimal(100 * report.macroF1, 2))  (\(decimal(seconds, 1)) s)"
          + (isBest ? "  best so far, saved" : ""))
      endLine()
    }
  }

  /// The last word: how to use the model.
  func finish(_ folder: RunFolder, isComplete: Bool) {
    guard isComplete else {
      printError(
        "stopped by a signal after \(duration(began.elapsed)), with a checkpoint; --resume goes on "
          + "in \(folder.url.relativePath)")
      return
    }
    printError("done in \(duration(began.elapsed)); the run is in \(folder.url.relativePath)")
    printError("use it:  taco-dist predict \(folder.url.relativePath)/model FILE")
  }

  /// Ends the line that renews itself, so that what is printed next has its own.
  func endLine() {
    if isLineOpen { printError("") }
    isLineOpen = false
  }

  private func line(_ text: String) {
    guard isTerminal else { return printError(text) }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(text)".utf8))
    isLineOpen = true
  }
}

/// A number with a fixed number of decimals.
func decimal(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

/// A number of things.
func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

/// A learning rate.
private func scientific(_ value: Double) -> String { String(format: "%.2e", value) }

/// Seconds as a person says them.
func duration(_ seconds: Double) -> String {
  let whole = Int(max(0, seconds).rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}
