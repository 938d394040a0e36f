import ArgumentParser
import EmotionData
import Foundation
import MessagePassing
import Settings
import Training

/// `plan`: how long a step would take on machines that are not here.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Predict a step's time and memory on more ranks and nodes.",
    discussion: """
      Measures a few steps here, on one rank with --threads threads (1 unless given), and predicts from them and from \
      counted work and traffic. A folder without weights, that is a config.json and a tokenizer, will do: then nothing \
      is measured but the rate of products, of packing and of updates, and the operations are counted; norms, \
      activations and dropout are not, so that a step takes longer than is said. Cores are taken to be as fast as this one however many of them work; \
      give --bandwidth and --latency of the network as your ranks see it ('taco-dist doctor' measures \
      both). Idle is the share of the encoding in which the average rank waits for the one with the most \
      to do, by counted work. The second table is what a rank holds at the most, in megabytes: its weights, \
      gradients, moments, its part of the best parameters, activations, what threads work with, and the program with \
      the texts; and rank 0 while it writes a checkpoint.
      """)

  @Option(help: "A Hugging Face folder, a name that scripts/fetch-model knows, or nano.")
  var model = "nano"

  @Option(help: "A folder with train, valid and test. (default: the sample corpus)")
  var data: String?

  @OptionGroup var texts: DataOptions

  @Option(help: "The most ranks; the table has every power of two up to it.")
  var ranks = 1024

  @Option(help: "The nodes, with equally many ranks each.")
  var nodes = 1

  @Option(
    help: ArgumentHelp("What a node sends, in gigabytes a second.", valueName: "GB/s"),
    transform: RealNumber.parse)
  var bandwidth = 12.0

  @Option(
    help: ArgumentHelp(
      "What the ranks of one node exchange together, in gigabytes a second.", valueName: "GB/s"),
    transform: RealNumber.parse)
  var localBandwidth = 8.0

  @Option(
    help: ArgumentHelp("What a message costs, in microseconds.", valueName: "microseconds"),
    transform: RealNumber.parse)
  var latency = 2.0

  @Option(help: "How many steps to measure.")
  var measuredSteps = 4

  @OptionGroup var options: SessionOptions

  @OptionGroup(title: "Method") var training: TrainingOptions

  func validate() throws {
    for (name, count) in [("ranks", ranks), ("nodes", nodes), ("measured-steps", measuredSteps)]
    where !(1...1_000_000).contains(count) {
      throw ValidationError("--\(name) is \(count); give 1 to 1000000.")
    }
    guard [bandwidth, localBandwidth].allSatisfy({ $0 > 0 && $0.isFinite }), latency >= 0,
      latency.isFinite
    else {
      throw ValidationError(
        "--bandwidth and --local-bandwidth must be positive numbers, --latency one of 0 or more.")
    }
  }

  func run() throws {
    let location = try ModelLocation(model)
    let settings = try training.settings(
      labels: texts.labelName(for: data), columns: texts.rows.dialogue.columns, for: location)
    try texts.requireViews(of: settings)
    Session.run(threads: options.threads ?? 1, timeout: options.timeout) { session in
      try settings.products.use()
      guard session.ranks.size == 1 else {
        throw DataProblem(
          "plan measures one rank and predicts the others: start it without mpirun.",
          code: ExitStatus.usage)
      }
      let dataSet = try texts.dataSet(data, views: settings.readsViews)
      let tables = try settings.tables(of: dataSet.labels)
      let encoder = try location.encoder(needsWeights: false)
      let (shape, sequences) = try encoder.shape(settings, labelCount: dataSet.labels.count)
      let data = TokenizedData(dataSet, sequences, threads: session.threads)
      let program = ProcessMemory.resident
      let order = EpochOrder(
        count: data.train.sequences.count, batchSize: settings.batchSize, seed: settings.seed)
      let permutation = order.permutation(ofEpoch: 0)
      let batches = (0...min(measuredSteps, order.stepsPerEpoch)).map { step in
        let rows = order.batch(step % order.stepsPerEpoch, of: permutation)
        return data.batch(rows, step: step)
      }
      let scaling: ScalingModel
      if encoder.hasWeights {
        let model = try encoder.model(
          settings, labelCount: dataSet.labels.count, tables: tables
        ).model
        scaling = try ScalingModel(measuring: model, settings, batches, threads: session.threads)
      } else {
        scaling = try ScalingModel(
          counting: shape, settings, batches, tables: tables, threads: session.threads)
        printError(
          "note: \(self.model) has no weights: steps are not measured, but predicted from "
            + PlanTable.text(scaling.counted))
      }
      let mapped = try encoder.mappedBytes(shape)
      let memory = MemoryModel(
        shape, settings, batches, threads: session.threads, isMapped: mapped > 0)
      let counts = rankCounts
      let steps = counts.map {
        scaling.predict(ranks: $0, shards: settings.shards, on: cluster)
      }
      print(
        PlanTable.times(steps) + "\n\n"
          + PlanTable.memory(
            steps.map { memory.predict(ranks: $0.ranks, shards: $0.shards) }, program: program,
            mapped: mapped))
      let cores = session.placements[0].cores.count
      if session.threads < cores {
        printError(
          "note: measured with \(counted(session.threads, "thread")) on \(cores) cores; ranks that have more cores use "
            + "them too: give --threads as many as a rank will have.")
      }
    }
  }

  /// The powers of two up to the most ranks, and those.
  private var rankCounts: [Int] {
    var counts = [1]
    while let last = counts.last, last * 2 <= ranks { counts.append(last * 2) }
    return counts.last == ranks ? counts : counts + [ranks]
  }

  private var cluster: ScalingModel.Cluster {
    ScalingModel.Cluster(
      nodes: nodes, bandwidth: bandwidth * 1e9, localBandwidth: localBandwidth * 1e9,
      latency: latency * 1e-6)
  }
}
