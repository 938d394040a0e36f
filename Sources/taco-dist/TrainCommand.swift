import ArgumentParser
import EmotionData
import Encoders
import Foundation
import MessagePassing
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

  @Option(help: "A Hugging Face folder, a name that scripts/fetch-model knows, or nano.")
  var model = "nano"

  @Option(
    help:
      "A folder with train, valid and test as .csv, .tsv or .jsonl, or a release that --format knows. (default: the sample corpus)"
  )
  var data: String?

  @OptionGroup var texts: DataOptions

  @Option(help: "The run folder, which must not exist. (default: the next free runs/N)")
  var output: String?

  @Option(help: "Threads of each rank. (default: the cores it may use)")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "What a rank's activations may take, such as 2G; the rest is computed again. No number changes.",
      valueName: "size"))
  var memoryBudget: ByteCount?

  @Option(help: "A YAML file with any of these options.")
  var config: String?

  @OptionGroup(title: "Method") var training: TrainingOptions

  func run() throws {
    let location = try ModelLocation(model)
    let settings = try training.settings(
      labels: texts.labelName(for: data), startsFromScratch: location.isFromScratch)
    Session.run(threads: threads) { session in
      try requireShards(settings, session)
      let folder = try session.isRoot ? RunFolder(output) : nil
      let display = session.isRoot ? ProgressDisplay() : nil
      let dataSet = try texts.dataSet(data)
      let (model, sequences) = try location.encoder().model(settings)
      let data = TokenizedData(dataSet, sequences, threads: session.threads)
      let trainer = Trainer(
        model, settings, data,
        resources: Resources(threads: session.threads, memoryBudget: memoryBudget?.bytes),
        ranks: session.ranks)
      try folder?.start(
        configuration: try settings.yaml(
          model: self.model, data: self.data, texts: texts))
      display?.start(
        model: self.model, data: self.data ?? "the sample corpus", dataSet, settings, session,
        parameters: model.layout.count, steps: trainer.totalSteps)
      try trainer.run { event in
        display?.show(event, totalSteps: trainer.totalSteps)
        try folder?.log(event)
        guard case .evaluation(_, _, _, _, isBest: true, _) = event else { return }
        let labels = try Scorer(model, threads: session.threads, ranks: session.ranks)
          .embed(data.labels, .label)
        try folder?.save(
          ModelFolder(model, sequences, dataSet.labels, settings, labelEmbeddings: labels))
      }
      if let folder { display?.finish(folder) }
    }
  }
}

/// Refuses more ranks than shards, on all ranks alike.
func requireShards(_ settings: TrainingSettings, _ session: Session) throws {
  guard session.ranks.size <= settings.shards else {
    throw DataProblem(
      "\(session.ranks.size) ranks but --shards \(settings.shards): every rank needs a shard. Start "
        + "at most \(settings.shards) ranks or give a larger --shards (a power of two).",
      code: ExitStatus.usage)
  }
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
