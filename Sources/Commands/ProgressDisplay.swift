import EmotionData
import Evaluation
import Foundation
import ObjectiveCatalogue
import Objectives
import Runs
import Training

/// Tells a person how a run goes: one line that renews itself on a terminal, plain lines elsewhere.
final class ProgressDisplay {
  private let terminal = Terminal()
  private let isVerbose: Bool
  private var isLineOpen = false
  private var began = ContinuousClock.now
  private var shown = ContinuousClock.now
  private var doneBefore = 0
  private var utterances = 0
  private var tokens = 0
  private var lastScore: String?
  private var previous: ClassificationReport?
  private var health: (any ObjectiveHealth)?
  private var freshHealth: (any ObjectiveHealth)?
  private var warned: Set<String> = []

  /// A display.
  ///
  /// - Parameter verbose: Tells every step, and every label's scores after an evaluation.
  init(verbose: Bool) { isVerbose = verbose }

  /// What a run starts from.
  func start(
    model: String, data: String, _ dataSet: DataSet, _ settings: TrainingSettings,
    _ session: Session, _ folder: RunFolder?, parameters: Int, steps: Int, resuming step: Int?
  ) {
    let objective = settings.objective.name
    let test = dataSet.test.map { " / \($0.count)" } ?? ""
    printError(
      """
      taco-dist \(programVersion): \(visible(model)), \(decimal(Double(parameters) / 1e6, 1)) M parameters, \
      \(visible(data)): \(dataSet.train.count) / \(dataSet.validation.count)\(test) utterances, \
      \(dataSet.labels.count) labels\(dataSet.labelKinds.isEmpty ? "" : ", given as \(dataSet.labelKinds)")
      recipe \(settings.recipe.rawValue)\(objective == ObjectiveCatalogue.usual.name ? "" : ", \(objective) objective"), batch \(settings.batchSize), \(steps) steps, learning rate \
      \(settings.learningRate), \(counted(settings.shards, "shard")) on \
      \(counted(session.ranks.size, "rank")) x \(counted(session.threads, "thread"))\
      \(folder.map { ", run folder \($0.url.relativePath)" } ?? "")
      """)
    if let step {
      printError("resuming after step \(step)")
      doneBefore = step
    }
    let labelCount = dataSet.labels.count
    freshHealth = settings.objective(labelCount: labelCount).health(labelCount: labelCount)
    health = freshHealth
    began = .now
  }

  /// One event.
  func show(_ event: TrainingEvent, totalSteps: Int) {
    switch event {
    case .step(let number, let epoch, let report, let rate, _):
      utterances += report.examples
      tokens += report.tokens
      health?.add(report.objective)
      let isLast = number == totalSteps
      let isDue = number == doneBefore + 1 || isLast || isVerbose || shown.elapsed >= 10
      guard terminal.isTerminal || isDue else { return }
      if terminal.isTerminal, !isLast, shown.elapsed < 0.1 { return }
      shown = .now
      line(stepLine(number, epoch, report, rate, totalSteps))
    case .evaluation(let split, let epoch, let step, let report, let isBest, let seconds):
      endLine(clearing: true)
      for line in evaluationLines(split, epoch, step, report, isBest, seconds) { printError(line) }
      guard split == "valid" else { return }
      lastScore = "valid \(decimal(100 * report.accuracy, 2))"
      previous = report
      tellHealth()
    }
  }

  private func stepLine(
    _ number: Int, _ epoch: Int, _ report: StepReport, _ rate: Double, _ totalSteps: Int
  ) -> String {
    let seconds = began.elapsed
    let left = seconds / Double(number - doneBefore) * Double(totalSteps - number)
    let objective = report.objective
    let hasParts = objective.terms.count { $0.weight != 0 } > 1
    let terms = objective.terms.map { "\($0.name) \(decimal($0.value, 3))" }
    let parts = [
      "step \(number)/\(totalSteps)", "epoch \(epoch)",
      "loss \(decimal(objective.total, 4))"
        + (hasParts ? " (\(terms.joined(separator: " ")))" : ""),
      "\(duration(left)) left", lastScore, "\(decimal(Double(utterances) / seconds, 0)) examples/s",
      "\(grouped(Int(Double(tokens) / seconds))) tokens/s", "lr \(scientific(rate))",
    ]
    return terminal.fit(parts.compactMap { $0 })
  }

  /// Scores, and how far they are from the evaluation before.
  private func evaluationLines(
    _ split: String, _ epoch: Int, _ step: Int, _ report: ClassificationReport, _ isBest: Bool,
    _ seconds: Double
  ) -> [String] {
    func cell(_ title: String, _ score: KeyPath<ClassificationReport, Double>) -> String {
      let value = 100 * report[keyPath: score]
      guard split == "valid", let previous else { return "\(title) \(decimal(value, 2))" }
      let change = String(format: "%+.2f", value - 100 * previous[keyPath: score])
      return "\(title) \(decimal(value, 2)) (\(change))"
    }
    let scores = [
      cell("accuracy", \.accuracy), cell("weighted-F1", \.weightedF1), cell("macro-F1", \.macroF1),
    ].joined(separator: "  ")
    var lines = [
      terminal.bold("\(split) after epoch \(epoch), step \(step): \(scores)")
        + "  (\(decimal(seconds, 1)) s)" + (isBest ? "  best so far, saved" : "")
    ]
    if isVerbose { lines += report.table(digits: 3).split(separator: "\n").map { "  \($0)" } }
    return lines
  }

  /// How the views fared since the evaluation before; each warning once.
  private func tellHealth() {
    guard let health else { return }
    for line in health.summary { printError("  \(line)") }
    for warning in health.warnings where warned.insert(warning).inserted {
      printError(terminal.yellow("warning: \(warning)"))
    }
    self.health = freshHealth
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
    printError("see it:  taco-dist report \(folder.url.relativePath)")
  }

  /// Ends the line that renews itself, so that what is printed next has its own.
  func endLine() { endLine(clearing: false) }

  private func endLine(clearing: Bool) {
    if isLineOpen { terminal.write(clearing ? "\r\u{1B}[K" : "\n") }
    isLineOpen = false
  }

  private func line(_ text: String) {
    guard terminal.isTerminal else { return printError(text) }
    terminal.write("\r\u{1B}[K\(text)")
    isLineOpen = true
  }
}

/// Standard error, as far as it is a terminal.
private struct Terminal {
  let isTerminal = isatty(STDERR_FILENO) == 1
  private let hasColor: Bool

  init() {
    let environment = ProcessInfo.processInfo.environment
    let isWanted = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    hasColor = isTerminal && isWanted
  }

  func bold(_ text: String) -> String { hasColor ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  func yellow(_ text: String) -> String { hasColor ? "\u{1B}[33m\(text)\u{1B}[0m" : text }

  /// As many parts, the most important first, as one line holds: a longer one could not be renewed.
  func fit(_ parts: [String]) -> String {
    guard isTerminal else { return parts.joined(separator: "  ") }
    var size = winsize()
    let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let width = isKnown ? Int(size.ws_col) - 1 : 79
    var line = ""
    for part in parts {
      let longer = line.isEmpty ? part : line + "  " + part
      if longer.count > width { break }
      line = longer
    }
    return line
  }

  func write(_ text: String) { StandardStreams.writeError(text) }
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
