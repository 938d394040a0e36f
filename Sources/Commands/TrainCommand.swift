import ArgumentParser
import EmotionData
import Encoders
import Foundation
import MessagePassing
import Runs
import Settings
import Tensors
import Training

/// `train`: from a pre-trained encoder and a data folder to a run folder.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train and evaluate a model.",
    discussion: """
      Every option may also stand in a YAML file given with --config, under its name; the command \
      line wins. The run folder gets config.yaml, metrics.jsonl and model/, which 'evaluate' and \
      'predict' use and transformers' AutoModel opens.
      """)

  @Option(
    help: "A Hugging Face folder, a name that scripts/fetch-model knows, or nano.",
    transform: Path.parse)
  var model: Path = "nano"

  @Option(
    help:
      "A folder with train, valid and test as .csv, .tsv or .jsonl, or a release that --format knows. (default: the sample corpus)",
    transform: Path.parse)
  var data: Path?

  @OptionGroup var texts: DataOptions

  @Option(
    help: "The run folder: new, or with nothing but logs in it. (default: the next free runs/N)",
    transform: Path.parse)
  var output: Path?

  @Flag(
    help: "Go on with the run in --output from its newest checkpoint; start it if there is none.")
  var resume = false

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help:
      "Let --resume go on although data, labels, tokenizer or starting weights are not those that the run was started with."
  )
  var acceptChangedData = false

  @Option(
    help: ArgumentHelp(
      """
      Save a checkpoint every so many steps, or after a time such as 10m; always after an epoch. \
      (default: \(CheckpointInterval.usual))
      """,
      valueName: "interval"), transform: CheckpointInterval.parse)
  var checkpointEvery = CheckpointInterval.usual

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

  @Flag(
    inversion: .prefixedNo, exclusivity: .chooseLast,
    help:
      "At the end also write merged/: the encoder with its adapters added into the weights, which transformers' AutoModel opens."
  )
  var merge = false

  @OptionGroup var memory: MemoryOptions

  @Option(
    help: ArgumentHelp(
      "Write where the time of steps 3 to 12 goes: a trace of all ranks for Chrome or Perfetto; prints a table by kernel.",
      valueName: "file"), transform: Path.parse)
  var profile: Path?

  @Option(
    help: ArgumentHelp(
      "Steps between two comparisons of what the ranks have, which find a damaged or different rank; 0 for none.",
      valueName: "steps"))
  var guardEvery = 100

  @OptionGroup var inputs: InputOptions

  @OptionGroup var options: SessionOptions

  @OptionGroup(title: "Method") var training: TrainingOptions

  func validate() throws {
    guard (0...1_000_000_000).contains(guardEvery) else {
      throw ValidationError("--guard-every is \(guardEvery); give 0 to 1000000000.")
    }
    guard (1...1_000_000).contains(keep) else {
      throw ValidationError("--keep is \(keep); give 1 to 1000000.")
    }
    if resume {
      try Self.require("--resume", with: "--output, the folder of the run", output != nil)
    }
    if merge {
      try Self.require("--merge", with: "--adapter", training.adapterOptions.adapter != nil)
    }
    if acceptChangedData { try Self.require("--accept-changed-data", with: "--resume", resume) }
    if quiet {
      try Self.refuse("--quiet", beside: ["--verbose": verbose], "one prints less, one more")
    }
  }

  func run() throws {
    // Not while options are checked: the parser would give it a code of its own.
    if let profile {
      try OutputPath.checkFile(
        profile.text, option: "--profile",
        reads: texts.files(of: data?.text) + [options.configuration])
    }
    // With --broadcast-input only rank 0 may see the files, so nothing is known before MPI runs.
    let plan = try inputs.broadcastInput ? nil : plan(nil)
    Interruption.listen()
    // Whoever looked on has gone, as with `| head`: the run ends as by a signal, with a checkpoint.
    StandardStreams.whenErrorIsClosed = { kill(getpid(), SIGTERM) }
    Session.runReturningCode(threads: options.threads, timeout: options.timeout) { session in
      try session.requireEqual(choices)
      session.begin("receiving the input")
      let input = try inputs.broadcastInput ? BroadcastInput(session) : nil
      let plan = try plan ?? self.plan(input)
      let (settings, configuration) = (plan.settings, plan.configuration)
      var shared = Fingerprints()
      try shared.add(settings)
      try session.requireEqual(shared)
      try prepareSteps(settings, session)
      try session.warnOfPlacement(isQuiet: quiet)
      if !quiet { session.warnOfPrecision(settings.precision) }
      session.begin("the run folder")
      let folder =
        try session.isRoot
        ? RunFolder(
          output?.text, resumes: resume, keep: keep, program: "taco-dist \(programVersion)",
          tell: printError) : nil
      let display = session.isRoot && !quiet ? ProgressDisplay(verbose: verbose) : nil
      defer { display?.endLine() }
      let checkpoint = try newestCheckpoint(folder, plan, session, input)
      session.begin("reading the data")
      let notices = DataNotices()
      let dataSet = try plan.texts.dataSet(
        plan.data, views: settings.readsViews, noticed: notices.take)
      if session.isRoot, !quiet {
        notices.tell()
        tellPositions(settings)
        plan.texts.viewNote(settings, dataSet.train.examples).map { printError($0) }
        let labels = dataSet.labels
        let hasDescriptions = zip(labels.names, labels.descriptions).contains { $0 != $1 }
        for note in settings.objective.settings.notes(hasDescriptions: hasDescriptions) {
          printError("note: \(note)")
        }
      }
      session.begin("reading the model")
      let source = try settings.tableSource(of: dataSet.labels, input)
      let ownTables = settings.objective(labelCount: dataSet.labels.count).tables
      let tables = try session.tables(source, ownTables, in: folder)
      let (model, sequences) = try plan.location.encoder().model(
        settings, labelCount: dataSet.labels.count, tables: tables)
      session.begin("making tokens")
      let data = TokenizedData(dataSet, sequences, threads: session.threads)
      var resources = Resources(threads: session.threads, memoryBudget: memory.budget)
      resources.guardInterval = guardEvery
      let fingerprints = try Fingerprints(dataSet, sequences, model)
      shared.add(fingerprints)
      if let checkpoint {
        shared.add(
          "checkpoint", note: checkpoint.folder.lastPathComponent,
          try checkpoint.contentsDigest())
      }
      try session.requireEqual(shared)
      let changed = try changedInput(fingerprints, checkpoint, folder, session)
      let trainer = Trainer(
        model, settings, data, resources: resources, ranks: session.ranks)
      do throws(SettingError) {
        try settings.requireWarmUp(within: trainer.totalSteps)
      } catch {
        throw DataProblem(error)
      }
      session.begin(checkpoint == nil ? "starting the run" : "reading the checkpoint")
      if let checkpoint {
        tellOtherProgram(checkpoint, session)
        try requireSteps(trainer.totalSteps, beyond: checkpoint)
        try trainer.resume(from: checkpoint, forgetsScores: changed?.forgetsScores ?? false)
        if let changed, changed.hasOtherLabels, trainer.isFinished {
          throw changed.nothingLeft(output?.text ?? "")
        }
      }
      try input?.finish()
      if session.isRoot {
        for text in changed?.texts ?? [] { printError("warning: accepted: \(text)") }
      }
      try folder?.start(
        configuration: configuration, fingerprints: fingerprints, resuming: checkpoint?.state,
        tensorBoard: tensorboard)
      if let source { try folder?.keep(tables, of: source, ownTables) }
      display?.start(
        model: self.model.text, data: self.data?.text ?? "the sample corpus", dataSet, settings,
        session,
        folder, parameters: model.layout.count, steps: trainer.totalSteps,
        resuming: checkpoint?.state.step)
      let profiler = profile.map {
        ProfileWriter($0.url, shards: settings.shards / session.ranks.size)
      }
      let observer = TrainingRun(
        folder, display, interval: checkpointEvery, totalSteps: trainer.totalSteps,
        card: ModelCard(
          encoder: Self.shortName(self.model), data: Self.shortName(self.data),
          program: "taco-dist \(programVersion)"), session, profile: profiler
      ) {
        let labels = try Scorer(model, threads: session.threads, ranks: session.ranks)
          .embed(data.labels, .labels)
        return ModelFolder(
          model, sequences, dataSet.labels, settings, labelEmbeddings: labels,
          base: try? ModelLocation(self.model.text).folder)
      }
      let isComplete = try trainer.run(observer)
      try profiler?.finish(session)
      session.begin("writing the last files")
      try folder?.finish()
      if merge, isComplete { try folder?.merge() }
      if let folder { display?.finish(folder, isComplete: isComplete) }
      return isComplete ? 0 : Interruption.exitCode
    }
  }

  /// What the ranks do together, beside the settings.
  private var choices: Fingerprints {
    var choices = Fingerprints()
    choices.add(options: [
      "broadcast-input": "\(inputs.broadcastInput)", "resume": "\(resume)",
      "guard-every": "\(guardEvery)", "profile": profile == nil ? "not given" : "given",
      "accept-changed-data": "\(acceptChangedData)",
    ])
    return choices
  }

  /// What the options come to, and where this rank reads its files.
  private struct Plan {
    let location: ModelLocation
    let data: String?
    let texts: DataOptions
    let settings: TrainingSettings
    let configuration: String
  }

  /// Every build is to give the same bits, so another version goes on; but nobody should have to guess.
  private func tellOtherProgram(_ checkpoint: Checkpoint, _ session: Session) {
    let program = "taco-dist \(programVersion)"
    guard session.isRoot, checkpoint.program != program else { return }
    printError(
      "warning: \(checkpoint.folder.lastPathComponent) was written by \(visible(checkpoint.program)); \(program) goes on with it"
    )
  }

  /// Resolves the options; collective with `input`.
  private func plan(_ input: BroadcastInput?) throws -> Plan {
    let location = try input?.model(model) ?? ModelLocation(model.text)
    let place = try data.map { try input?.path($0) ?? $0 }?.text
    let texts = try input?.texts(texts) ?? texts
    let labels = texts.labels == nil ? texts.labelName(for: place) : self.texts.labels?.text
    let settings = try settings(location, labels: labels)
    try texts.requireViews(of: settings)
    let configuration = try settings.yaml(model: model.text, data: data?.text, texts: self.texts)
    return Plan(
      location: location, data: place, texts: texts, settings: settings,
      configuration: try input?.text(configuration) ?? configuration)
  }

  /// The resolved settings.
  func settings(_ location: ModelLocation) throws -> TrainingSettings {
    try settings(location, labels: texts.labelName(for: data?.text))
  }

  /// The resolved settings, with a model that is not here taken for one that somebody has trained.
  func settings(_ location: ModelLocation?, labels: String?) throws -> TrainingSettings {
    var settings = try training.settings(
      labels: labels, columns: texts.rows.dialogue.columns, for: location)
    // What is cut off must not hide behind a setting that cannot be kept.
    if let positions = location?.positions {
      settings.maximumLength = min(settings.maximumLength, positions)
    }
    return settings
  }

  /// The last part of a path, so that a card does not tell where its author keeps things.
  private static func shortName(_ path: Path?) -> String {
    path.map { $0.url.standardizedFileURL.lastPathComponent }
      ?? "the sample corpus"
  }

  /// The checkpoint to go on from: rank 0 finds it and checks every byte, the others open the same one.
  private func newestCheckpoint(
    _ folder: RunFolder?, _ plan: Plan, _ session: Session, _ input: BroadcastInput?
  ) throws -> Checkpoint? {
    guard resume, let output else { return nil }
    let found = try folder?.newestCheckpoint(
      plan.configuration, patience: plan.settings.patience)
    let step = try session.ranks.broadcast([Int64(found?.state.step ?? -1)])[0]
    guard step >= 0 else { return nil }
    let original = RunFolder.checkpoint(Int(step), in: output.url)
    let place = try input?.place { original } ?? original
    return try found ?? Checkpoint(contentsOf: place, verifies: false)
  }

  /// What has changed since the run was started, or was last allowed to change; refused unless that is
  /// accepted; collective.
  private func changedInput(
    _ fingerprints: Fingerprints, _ checkpoint: Checkpoint?, _ folder: RunFolder?,
    _ session: Session
  ) throws -> ChangedInput? {
    guard resume, let output else { return nil }
    // Rank 0 alone sees the folder.
    let recorded = folder.map { $0.recordedFingerprints() ?? checkpoint?.fingerprints }
    let before = try session.ranks.collect(recorded)[0] ?? nil
    guard let changed = ChangedInput(fingerprints, since: before) else { return nil }
    guard acceptChangedData else { throw changed.problem(output.text) }
    return changed
  }

  /// Refuses a checkpoint of a step that the run no longer has.
  private func requireSteps(_ total: Int, beyond checkpoint: Checkpoint) throws {
    guard checkpoint.state.step > total else { return }
    throw DataProblem(
      "--resume: the checkpoint is that of step \(checkpoint.state.step), but with this data the run has "
        + "only \(total) steps. Bring the old data back, or start a new run in another --output.")
  }
}

/// Refuses more ranks than shards, on all ranks alike, and makes the chosen engine of products ready.
func prepareSteps(_ settings: TrainingSettings, _ session: Session) throws {
  guard session.ranks.size <= settings.shards else {
    throw DataProblem(
      "\(session.ranks.size) ranks but --shards \(settings.shards): every rank needs a shard. Start "
        + "at most \(counted(settings.shards, "rank")) or give a larger --shards (a power of two).",
      code: ExitStatus.usage)
  }
  try settings.products.use()
}
