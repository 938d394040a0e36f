import ArgumentParser
import EmotionData
import Foundation
import MessagePassing
import Runs
import Settings
import Training
import Verification

/// `check`: whether gradients are right on this machine, with these settings, on this data.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check one step's gradients on a real batch.",
    discussion: """
      The batch is the first --batch-size rows of the file; dropout acts as in training. Every tensor's \
      gradient is compared bit by bit with the one that a single rank computes, and with central \
      differences of the loss in double precision: the largest entries and random ones each on its \
      own, and all of them together along random signs. Exit code 1 when anything differs. A six-layer \
      encoder takes minutes; ranks and threads share the work.
      """)

  @Option(
    help: "A Hugging Face folder, a name that scripts/fetch-model knows, or nano.",
    transform: Path.parse)
  var model: Path = "nano"

  @Option(
    help: "A .csv, .tsv or .jsonl file with labels. (default: the sample corpus)",
    transform: Path.parse)
  var data: Path?

  @OptionGroup var texts: DataOptions

  @Option(
    help: "How many entries of every tensor to compare one by one, beside all of them together.")
  var entries = 1

  @Option(
    help: "The largest deviation that passes, relative to a tensor's largest entry.",
    transform: RealNumber.parse)
  var tolerance = 1e-4

  @OptionGroup var memory: MemoryOptions

  @OptionGroup var options: SessionOptions

  @OptionGroup(title: "Method") var training: TrainingOptions

  func validate() throws {
    guard (0...1_000_000).contains(entries) else {
      throw ValidationError("--entries is \(entries); give 0 to 1000000.")
    }
    guard tolerance > 0, tolerance.isFinite else {
      throw ValidationError("--tolerance is \(tolerance); give a positive number such as 1e-4.")
    }
    guard (training.precision ?? .float32) == .float32 else {
      throw ValidationError(
        "--precision is bfloat16; give float32: rounded products differ from the slopes by the rounding."
      )
    }
  }

  func run() throws {
    let location = try ModelLocation(model.text)
    let settings = try training.settings(
      labels: texts.labelName(for: data?.text), columns: texts.rows.dialogue.columns,
      for: location)
    try texts.requireViews(of: settings)
    Session.runReturningCode(threads: options.threads, timeout: options.timeout) { session in
      var shared = Fingerprints()
      try shared.add(settings)
      shared.add(options: ["entries": "\(entries)", "tolerance": "\(tolerance)"])
      try session.requireEqual(shared)
      try prepareSteps(settings, session)
      let (examples, labels) = try readExamples(settings)
      let (model, sequences) = try location.encoder().model(
        settings, labelCount: labels.count, tables: settings.tables(of: labels))
      try shared.add(examples, labels, sequences, model)
      try session.requireEqual(shared)
      var shown = ContinuousClock.now
      let began = shown
      let check = try GradientCheck(
        model, settings,
        StepBatch(examples.prefix(settings.batchSize), labels, sequences, step: 0),
        entries: entries, tolerance: tolerance,
        resources: Resources(threads: session.threads, memoryBudget: memory.budget),
        ranks: session.ranks
      ) { done, all in
        guard session.isRoot, done > 0, shown.elapsed > 5 else { return }
        shown = .now
        let left = began.elapsed / Double(done) * Double(all - done)
        printError("\(done) of \(all) tensors of this rank checked, \(duration(left)) left")
      }
      if session.isRoot { print(check.table(ranks: session.ranks.size)) }
      return check.passes ? 0 : 1
    }
  }

  private func readExamples(_ settings: TrainingSettings) throws -> ([Example], LabelSet) {
    guard let data else {
      let sample = try texts.dataSet(nil)
      return (sample.train.examples, sample.labels)
    }
    let labels = try texts.labelSet(for: data.text)
    return (
      try EmotionData.readExamples(
        file: data.url, labels: labels, texts.reading(views: settings.readsViews)), labels
    )
  }
}

extension GradientCheck {
  /// One line a tensor, the loss, and the verdict.
  fileprivate func table(ranks: Int) -> String {
    let width = lines.reduce(6) { max($0, $1.name.count) }
    func pad(_ text: String) -> String {
      text.padding(toLength: width, withPad: " ", startingAt: 0)
    }
    var rows = ["\(pad("tensor"))  entries  deviation  bits of one rank"]
    for line in lines {
      let isWrong = !line.isEqual || !(line.deviation <= tolerance)
      rows.append(
        pad(line.name) + String(format: "  %7d  %9.1e  ", line.entries, line.deviation)
          + (line.isEqual ? "equal" : "DIFFERENT") + (isWrong ? "  WRONG" : ""))
    }
    let losses = String(
      format: "loss (%@) %.7f, in double precision %.7f, deviation %.1e",
      terms.joined(separator: ", "), loss, preciseLoss, lossDeviation)
    let worst = lines.max { $0.deviation < $1.deviation }
    let summary =
      "\(lines.count) tensors on \(counted(ranks, "rank")), \(failures.count) wrong; worst deviation "
      + (worst.map { String(format: "%.1e", $0.deviation) + " at \($0.name)" } ?? "none")
      + String(format: ", %.0e passes", tolerance)
    return (rows + [losses, "\(passes ? "PASS" : "FAIL"): \(summary)"]).joined(separator: "\n")
  }
}
