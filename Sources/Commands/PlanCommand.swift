import ArgumentParser
import EmotionData
import Foundation
import MessagePassing
import Settings
import Training

/// `plan`: how long a step would take on machines that are not here.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Predict a step's time on more ranks and nodes.",
    discussion: """
      Measures a few steps here, on one rank with --threads threads (1 unless given), and predicts from them and from \
      counted work and traffic. Cores are taken to be as fast as this one however many of them work; \
      give --bandwidth and --latency of the network as your ranks see it ('taco-dist doctor' measures \
      both). Idle is the share of the encoding in which the average rank waits for the one with the most \
      to do, by counted work.
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
      let (model, sequences) = try location.encoder().model(
        settings, labelCount: dataSet.labels.count, tables: settings.tables(of: dataSet.labels))
      let data = TokenizedData(dataSet, sequences, threads: session.threads)
      let order = EpochOrder(
        count: data.train.sequences.count, batchSize: settings.batchSize, seed: settings.seed)
      let permutation = order.permutation(ofEpoch: 0)
      let batches = (0...min(measuredSteps, order.stepsPerEpoch)).map { step in
        let rows = order.batch(step % order.stepsPerEpoch, of: permutation)
        return data.batch(rows, step: step)
      }
      let scaling = try ScalingModel(
        measuring: model, settings, batches, threads: session.threads)
      print(table(scaling, settings))
      let cores = session.placements[0].cores.count
      if session.threads < cores {
        printError(
          "note: measured with \(counted(session.threads, "thread")) on \(cores) cores; ranks that have more cores use "
            + "them too: give --threads as many as a rank will have.")
      }
    }
  }

  private func table(_ scaling: ScalingModel, _ settings: TrainingSettings) -> String {
    let cluster = ScalingModel.Cluster(
      nodes: nodes, bandwidth: bandwidth * 1e9, localBandwidth: localBandwidth * 1e9,
      latency: latency * 1e-6)
    var counts = [1]
    while let last = counts.last, last * 2 <= ranks { counts.append(last * 2) }
    if counts.last != ranks { counts.append(ranks) }
    let alone = scaling.predict(ranks: 1, shards: settings.shards, on: cluster).seconds
    var lines = [
      "ranks  shards  encoding  objective   update  exchange     step  speed-up  efficiency  MB sent"
        + "    idle"
    ]
    for count in counts {
      let step = scaling.predict(ranks: count, shards: settings.shards, on: cluster)
      lines.append(
        String(
          format: "%5d  %6d  %7.3fs  %8.4fs %7.4fs  %7.4fs %7.3fs  %8.2f  %8.0f %%  %7.1f"
            + "  %4.1f %%",
          step.ranks, step.shards, step.encoding, step.objective, step.update, step.exchange,
          step.seconds, alone / step.seconds, 100 * alone / step.seconds / Double(count),
          step.bytes / 1e6, 100 * step.idle))
    }
    return lines.joined(separator: "\n")
  }
}
