import ArgumentParser
import EmotionData
import Encoders
import Foundation
import MessagePassing
import Tensors
import Training
import TripleView

/// `train`: from a pre-trained encoder and a data folder to a run folder.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train and evaluate a model.",
    discussion: """
      Every option may also stand in a YAML file given with --config, under its name; the command \
      line wins. The run folder gets config.yaml, metrics.jsonl and model/, which 'evaluate' and \
      'predict' use and transformers' AutoModel opens.
      """)

  @Option(help: "A Hugging Face folder, a name that scripts/fetch-model knows, or nano.")
  var model = "nano"

  @Option(
    help:
      "A folder with train, valid and test as .csv, .tsv or .jsonl, or a release that --format knows. (default: the sample corpus)"
  )
  var data: String?

  @OptionGroup var texts: DataOptions

  @Option(
    help:
      "How many clusters: the batch's labels, or found by the elbow method. (default: labels)")
  var clusters: ObjectiveSettings.ClusterCount?

  @Option(help: "The run folder, empty or new. (default: the next free runs/N)")
  var output: String?

  @Flag(
    help: "Go on with the run in --output from its newest checkpoint; start it if there is none.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Save a checkpoint every so many steps, or after a time such as 10m; always after an epoch.",
      valueName: "interval"))
  var checkpointEvery: CheckpointInterval?

  @Option(help: "How many checkpoints stay.")
  var keep = 2

  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: "Print nothing but errors.")
  var quiet = false

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Print every step, and every label's scores after an evaluation.")
  var verbose = false

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help: "Write a TensorBoard event file beside metrics.jsonl.")
  var tensorboard = true

  @Option(
    help: ArgumentHelp(
      "What a rank's activations may take, such as 2G; the rest is computed again. No number changes.",
      valueName: "size"))
  var memoryBudget: ByteCount?

  @Option(
    help: ArgumentHelp(
      "Write where the time of steps 3 to 12 goes: a trace of all ranks for Chrome or Perfetto; prints a table by kernel.",
      valueName: "file"))
  var profile: String?

  @Option(
    help: ArgumentHelp(
      "Steps between two comparisons of what the ranks have, which find a damaged or different rank; 0 for none.",
      valueName: "steps"))
  var guardEvery = 100

  @OptionGroup var inputs: InputOptions

  @OptionGroup var options: SessionOptions

  @OptionGroup(title: "Method") var training: TrainingOptions

  func validate() throws {
    guard guardEvery >= 0 else {
      throw ValidationError("--guard-every is \(guardEvery); give 0 or more.")
    }
    if let profile { try OutputPath.checkFile(profile, option: "--profile") }
    guard keep > 0 else { throw ValidationError("--keep is \(keep); give 1 or more.") }
    guard !resume || output != nil else {
      throw ValidationError("--resume wants --output, the folder of the run.")
    }
  }

  func run() throws {
    // With --broadcast-input only rank 0 may see the files, so nothing is known before MPI runs.
    let plan = try inputs.broadcastInput ? nil : plan(nil)
    Interruption.listen()
    // Whoever looked on has gone, as with `| head`: the run ends as by a signal, with a checkpoint.
    StandardStreams.whenErrorIsClosed = { kill(getpid(), SIGTERM) }
    Session.runReturningCode(threads: options.threads, timeout: options.timeout) { session in
      session.begin("receiving the input")
      let input = try inputs.broadcastInput ? BroadcastInput(session) : nil
      let plan = try plan ?? self.plan(input)
      let (settings, configuration) = (plan.settings, plan.configuration)
      try prepareSteps(settings, session)
      if !quiet {
        try session.warnOfPlacement()
        session.warnOfPrecision(settings.precision)
      }
      session.begin("the run folder")
      let folder = try session.isRoot ? RunFolder(output, resumes: resume, keep: keep) : nil
      let display = session.isRoot && !quiet ? ProgressDisplay(verbose: verbose) : nil
      defer { display?.endLine() }
      let checkpoint = try newestCheckpoint(folder, configuration, session, input)
      session.begin("reading the data")
      let notices = DataNotices()
      let dataSet = try plan.texts.dataSet(plan.data, noticed: notices.take)
      if session.isRoot, !quiet {
        notices.tell()
        tellPositions(settings)
      }
      session.begin("reading the model")
      let (model, sequences) = try plan.location.encoder().model(
        settings, labelCount: dataSet.labels.count)
      session.begin("making tokens")
      let data = TokenizedData(dataSet, sequences, threads: session.threads)
      var resources = Resources(threads: session.threads, memoryBudget: memoryBudget?.bytes)
      resources.guardInterval = guardEvery
      let trainer = Trainer(
        model, settings, data, resources: resources, ranks: session.ranks)
      session.begin(checkpoint == nil ? "starting the run" : "reading the checkpoint")
      if let checkpoint { try trainer.resume(from: checkpoint) }
      try input?.finish()
      try folder?.start(
        configuration: configuration, resuming: checkpoint?.state, tensorBoard: tensorboard)
      display?.start(
        model: self.model, data: self.data ?? "the sample corpus", dataSet, settings, session,
        folder, parameters: model.layout.count, steps: trainer.totalSteps,
        resuming: checkpoint?.state.step)
      let profiler = profile.map {
        ProfileWriter(URL(fileURLWithPath: $0), shards: settings.shards / session.ranks.size)
      }
      let observer = TrainingRun(
        folder, display, interval: checkpointEvery, totalSteps: trainer.totalSteps,
        card: ModelCard(
          encoder: Self.shortName(self.model), data: Self.shortName(self.data),
          program: "taco-dist \(programVersion)"), session, profile: profiler
      ) {
        let labels = try Scorer(model, threads: session.threads, ranks: session.ranks)
          .embed(data.labels, .label)
        return ModelFolder(model, sequences, dataSet.labels, settings, labelEmbeddings: labels)
      }
      let isComplete = try trainer.run(observer)
      try profiler?.finish(session)
      session.begin("writing the last files")
      try folder?.finish()
      if let folder { display?.finish(folder, isComplete: isComplete) }
      return isComplete ? 0 : Interruption.exitCode
    }
  }

  /// Says where texts are cut shorter than was asked for.
  private func tellPositions(_ settings: TrainingSettings) {
    let wanted = training.maxLength ?? TrainingSettings(settings.recipe).maximumLength
    guard settings.maximumLength < wanted else { return }
    printError(
      "warning: --max-length \(wanted): \(visible(model)) has \(settings.maximumLength) positions; texts are cut at "
        + "\(settings.maximumLength) tokens")
  }

  /// What the options come to, and where this rank reads its files.
  private struct Plan {
    let location: ModelLocation
    let data: String?
    let texts: DataOptions
    let settings: TrainingSettings
    let configuration: String
  }

  /// Resolves the options; collective with `input`.
  private func plan(_ input: BroadcastInput?) throws -> Plan {
    let location = try input?.model(model) ?? ModelLocation(model)
    let place = try data.map { try input?.path($0) ?? $0 }
    let texts = try input?.texts(texts) ?? texts
    let labels = texts.labels == nil ? texts.labelName(for: place) : self.texts.labels
    let settings = try settings(location, labels: labels)
    let configuration = try settings.yaml(model: model, data: data, texts: self.texts)
    return Plan(
      location: location, data: place, texts: texts, settings: settings,
      configuration: try input?.text(configuration) ?? configuration)
  }

  /// The resolved settings.
  func settings(_ location: ModelLocation) throws -> TrainingSettings {
    try settings(location, labels: texts.labelName(for: data))
  }

  private func settings(_ location: ModelLocation, labels: String?) throws -> TrainingSettings {
    var settings = try training.settings(
      labels: labels, startsFromScratch: location.isFromScratch)
    if let clusters { settings.objective.clusterCount = clusters }
    // What is cut off must not hide behind a setting that cannot be kept.
    if let positions = location.positions {
      settings.maximumLength = min(settings.maximumLength, positions)
    }
    return settings
  }

  /// The last part of a path, so that a card does not tell where its author keeps things.
  private static func shortName(_ path: String?) -> String {
    path.map { URL(fileURLWithPath: $0).standardizedFileURL.lastPathComponent }
      ?? "the sample corpus"
  }

  /// The checkpoint to go on from: rank 0 finds it and checks every byte, the others open the same one.
  private func newestCheckpoint(
    _ folder: RunFolder?, _ configuration: String, _ session: Session, _ input: BroadcastInput?
  ) throws -> Checkpoint? {
    guard resume, let output else { return nil }
    let found = folder?.newestCheckpoint()
    let step = try session.ranks.broadcast([Int64(found?.state.step ?? -1)])[0]
    guard step >= 0 else { return nil }
    let original = RunFolder.checkpoint(Int(step), in: URL(fileURLWithPath: output))
    let place = try input?.place { original } ?? original
    let checkpoint = try found ?? Checkpoint(contentsOf: place, verifies: false)
    let (old, new) = (checkpoint.configuration, configuration)
    let differences = Set(old.split(separator: "\n"))
      .symmetricDifference(new.split(separator: "\n")).sorted()
    guard differences.isEmpty else {
      throw DataProblem(
        "--resume: the run in \(output) has another configuration; these lines differ:\n  "
          + differences.joined(separator: "\n  ")
          + "\nGive the options in \(output)/config.yaml, or choose another --output.",
        code: ExitStatus.usage)
    }
    return checkpoint
  }
}

extension CheckpointInterval: ExpressibleByArgument {}

/// Refuses more ranks than shards, on all ranks alike, and makes the chosen engine of products ready.
func prepareSteps(_ settings: TrainingSettings, _ session: Session) throws {
  guard session.ranks.size <= settings.shards else {
    throw DataProblem(
      "\(session.ranks.size) ranks but --shards \(settings.shards): every rank needs a shard. Start "
        + "at most \(settings.shards) ranks or give a larger --shards (a power of two).",
      code: ExitStatus.usage)
  }
  try settings.products.use()
}

extension TokenizedData {
  /// The token sequences of a data set.
  init(_ data: DataSet, _ sequences: SequenceBuilder, threads: Int) {
    func split(_ split: DataSplit) -> Split {
      Split(
        sequences: sequences.utterances(split.examples.map(\.text), threads: threads),
        targets: split.examples.map(\.label))
    }
    self.init(
      labels: sequences.labels(data.labels), labelNames: data.labels.names,
      train: split(data.train), validation: split(data.validation), test: data.test.map(split))
  }
}
