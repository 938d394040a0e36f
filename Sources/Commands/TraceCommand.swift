import ArgumentParser
import EmotionData
import Foundation
import MessagePassing
import Runs
import Training
import Verification

/// `trace`: one step laid open in a safetensors file, for comparison with other programs.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Dump one training step: rows, scores, losses, every gradient.",
    discussion: """
      The batch is the first --batch-size rows of the file, in file order. The output is the same, bit \
      for bit, at any number of ranks and threads.
      """)

  @Option(
    help:
      "A Hugging Face folder, a name that scripts/fetch-model knows, or nano. (default: nano; the replay's)",
    transform: Path.parse)
  var model: Path?

  @Option(help: "A .csv, .tsv or .jsonl file with labels.", transform: Path.parse)
  var data: Path?

  @Option(
    help: ArgumentHelp(
      "The replay.json of a run that ended with a non-finite loss or gradient: its step is computed again.",
      valueName: "file"), transform: Path.parse)
  var replay: Path?

  @OptionGroup var texts: DataOptions

  @Option(help: "Train this many steps on the batch first.")
  var stepsBefore = 0

  @Option(help: "The safetensors file to write.", transform: Path.parse)
  var output: Path

  @OptionGroup var memory: MemoryOptions

  @OptionGroup var options: SessionOptions

  @OptionGroup(title: "Method") var training: TrainingOptions

  func validate() throws {
    guard data != nil || replay != nil else {
      throw ValidationError("Give --data, or --replay with the step of a run that failed.")
    }
    if replay != nil {
      try Self.refuse("--replay", beside: ["--data": data != nil], "a replay has its own rows")
    }
    guard (0...1_000_000).contains(stepsBefore) else {
      throw ValidationError("--steps-before is \(stepsBefore); give 0 to 1000000.")
    }
  }

  func run() throws {
    if let replay { return try run(replay: replay) }
    guard let data else { return }
    let location = try ModelLocation(model?.text ?? "nano")
    var training = training
    let clusters = training.objectiveOptions.texts["clusters"]
    let given = try training.objectiveOptions.takeClusters()
    let settings = try training.settings(
      labels: texts.labelName(for: data.text), columns: texts.rows.dialogue.columns,
      for: location)
    try texts.requireViews(of: settings)
    try checkOutput(reads: [data.text, clusters])
    Session.run(threads: options.threads, timeout: options.timeout) { session in
      var shared = Fingerprints()
      try shared.add(settings)
      shared.add(options: [
        "steps-before": "\(stepsBefore)", "clusters": given.map { "\($0)" } ?? "by k-means",
      ])
      try session.requireEqual(shared)
      try prepareSteps(settings, session)
      let labels = try texts.labelSet(for: data.text)
      let examples = try readExamples(
        file: data.url, labels: labels, texts.reading(views: settings.readsViews)
      ).prefix(settings.batchSize)
      if let given, given.count != examples.count {
        throw DataProblem(
          "--clusters: \(given.count) clusters in the file for \(examples.count) rows.")
      }
      let (model, sequences) = try location.encoder().model(
        settings, labelCount: labels.count, tables: settings.tables(of: labels))
      try shared.add(Array(examples), labels, sequences, model)
      try session.requireEqual(shared)
      let batch = { StepBatch(examples, labels, sequences, step: $0) }
      let step = TrainingStep(
        model, settings,
        resources: Resources(threads: session.threads, memoryBudget: memory.budget),
        ranks: session.ranks)
      let schedule = RateSchedule(
        peak: settings.learningRate, warmUpSteps: settings.warmUpSteps,
        totalSteps: settings.steps ?? stepsBefore + 1, settings.schedule ?? .linear)
      for number in 0..<stepsBefore {
        _ = try step.run(batch(number), step: number, learningRate: schedule.rate(at: number))
      }
      let trace = try Trace(
        step, batch(stepsBefore), step: stepsBefore, clusters: given, metadata: metadata(settings))
      if session.isRoot { try write(trace) }
    }
  }

  /// Refuses an output that would replace what is read.
  func checkOutput(reads inputs: [String?]) throws {
    try OutputPath.checkFile(
      output.text, takesStreams: false,
      reads: inputs + [texts.labels?.text, options.configuration])
  }

  /// What the file says of itself.
  func metadata(_ settings: TrainingSettings) -> [String: String] {
    ["program": "taco-dist \(programVersion)", "recipe": settings.recipe.rawValue]
  }

  /// Writes the file.
  func write(_ trace: Trace) throws {
    do {
      try trace.write(to: output.url)
    } catch {
      throw OutputPath.problem(output.text, error.plainDescription)
    }
  }
}

extension StepBatch {
  /// Some utterances against all labels, or their pairs, as a step counted from 0 has them.
  init(
    _ examples: some Collection<Example>, _ labels: LabelSet, _ sequences: SequenceBuilder,
    step: Int
  ) {
    self.init(
      utterances: sequences.utterances(examples.map(\.utterance)), targets: examples.map(\.label),
      views: sequences.views(Array(examples)), labels: sequences.labels(labels),
      pairs: sequences.pairs(labels), step: step)
  }
}

extension ObjectiveOptions {
  /// Takes a `--clusters` that names a file with the cluster of each row, instead of those that would be found.
  fileprivate mutating func takeClusters() throws -> [Int]? {
    let name = "clusters"
    guard let text = texts[name], let setting = Self.declared.first(where: { $0.name == name }),
      !setting.choices.contains(text)
    else { return nil }
    let path = try Path.parse(text)
    guard let data = FileManager.default.contents(atPath: path.text),
      let values = try? JSONDecoder().decode([Int].self, from: data),
      values.allSatisfy({ $0 >= 0 })
    else {
      throw DataProblem(
        "--clusters \(text): give \(setting.choices.joined(separator: ", ")), or a file with a JSON array "
          + "of the rows' clusters, whole numbers from 0.")
    }
    texts[name] = nil
    return values
  }
}
