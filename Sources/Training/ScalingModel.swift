internal import Distribution
internal import Encoders
internal import Objectives
internal import Tensors

/// Predicts the time of a step on many ranks, from a measurement on one or from counted operations, and from counted
/// traffic.
///
/// A rank's time is the encoding of its rows, a cost for each of its shards (their gradients are cleared and
/// summed, and weights read again), the objective, which every rank computes, its part of the update, and
/// what is not hidden of the exchange.
public struct ScalingModel: Sendable {
  /// The machines.
  public struct Cluster: Sendable {
    /// The nodes that ranks are spread over evenly.
    public var nodes: Int
    /// What a node sends, in bytes a second.
    public var bandwidth: Double
    /// What ranks of one node exchange, in bytes a second, all together.
    public var localBandwidth: Double
    /// Seconds that one message costs its sender.
    public var latency: Double

    /// Some machines.
    public init(nodes: Int, bandwidth: Double, localBandwidth: Double, latency: Double) {
      self.nodes = nodes
      self.bandwidth = bandwidth
      self.localBandwidth = localBandwidth
      self.latency = latency
    }
  }

  /// What a step is made of, in seconds.
  public struct Prediction: Sendable {
    /// The ranks.
    public let ranks: Int
    /// The shards that the step is cut into.
    public let shards: Int
    /// Encoding, forward and backward, on the rank that has the most to do.
    public let encoding: Double
    /// Clusters and losses.
    public let objective: Double
    /// The optimizer.
    public let update: Double
    /// The part of the exchange that nothing hides.
    public let exchange: Double
    /// The bytes that a rank sends.
    public let bytes: Double
    /// The share of the encoding that a rank waits for the one with the most to do, by counted work; the
    /// mean over ranks, in 0...1.
    public let idle: Double
    /// The whole step.
    public var seconds: Double { encoding + objective + update + exchange }
  }

  /// What a step costs here, in seconds.
  struct Costs {
    /// Of a row of a batch, forward and backward, on one rank.
    let row: (_ batch: StepRows, _ row: Int) -> Double
    /// Of a shard, whatever its rows.
    var shard = 0.0
    /// Of a rank, whatever its rows.
    var rank = 0.0
    /// Of the objective.
    let objective: Double
    /// Of the whole update.
    let update: Double
  }

  /// What was counted, and how fast it is done; nil where steps were measured.
  public internal(set) var counted: CountedWork?

  /// Operations and the rate at which they are done.
  public struct CountedWork: Sendable {
    /// The floating-point operations of a step, the mean over batches.
    public let operations: Double
    /// Operations a second of one thread, measured here.
    public let rate: Double
  }

  private let batches: [StepRows]
  /// Of each row of each batch, in seconds.
  private let rows: [[Double]]
  private let perShard: Double
  private let perRank: Double
  private let objective: Double
  private let update: Double
  private let cost: SequenceCost
  private let stages: Int
  private let dense: Int
  private let tokenColumns: Int
  private let tableRows: Int
  private let embeddingSize: Int

  /// Steps of a model of some shape at some costs.
  init(_ shape: ModelShape, _ batches: [StepRows], _ costs: Costs) {
    self.batches = batches
    rows = batches.map { batch in batch.sequences.indices.map { costs.row(batch, $0) } }
    (perShard, perRank) = (costs.shard, costs.rank)
    (objective, update) = (costs.objective, costs.update)
    cost = shape.sequenceCost
    stages = shape.stages.count
    dense = shape.stages.reduce(0) { $0 + shape.block(of: $1).range.count }
    tokenColumns = shape.trainsTokenTable ? shape.tokenTable.columns : 0
    tableRows = shape.encoder.parameters.tokenEmbeddings.rows
    embeddingSize = shape.heads.outputSizes[0]
  }

  /// Measures some steps on this rank alone.
  ///
  /// - Parameters:
  ///   - model: Trained a little by this.
  ///   - settings: The run's.
  ///   - batches: One step each, and one more at first that is not measured; at least two.
  ///   - threads: The threads that a rank is to have.
  /// - Throws: `NonFiniteError`.
  public init(
    measuring model: TacoModel, _ settings: TrainingSettings, _ batches: [StepBatch], threads: Int
  ) throws {
    let measured = batches.dropFirst().map { StepRows($0, model.objective) }
    let cost = model.sequenceCost
    // The cost of a shard is what four times as many of them add.
    let few = try Self.measure(model, settings, batches, shards: settings.shards, threads)
    let many = try Self.measure(model, settings, batches, shards: 4 * settings.shards, threads)
    let perShard = max(0, (many.encoding - few.encoding) / Double(3 * settings.shards))
    let work = measured.reduce(0) { $0 + $1.work(cost) } / measured.count
    let perWork = (few.encoding - perShard * Double(settings.shards)) / Double(max(1, work))
    self.init(
      model.shape, measured,
      Costs(
        row: { perWork * Double(cost.work($0.sequences[$1].count)) }, shard: perShard,
        objective: few.objective, update: few.update))
  }

  static func measure(
    _ model: TacoModel, _ settings: TrainingSettings, _ batches: [StepBatch], shards: Int,
    _ threads: Int
  ) throws -> (encoding: Double, objective: Double, update: Double) {
    var settings = settings
    settings.shards = shards
    let training = TrainingStep(
      model, settings, resources: Resources(threads: threads), ranks: SingleRank())
    _ = try training.run(batches[0], step: 0, learningRate: 0)
    Profile.start()
    let clock = ContinuousClock.now
    for (index, batch) in batches.dropFirst().enumerated() {
      _ = try training.run(batch, step: index + 1, learningRate: 0)
    }
    let steps = Double(batches.count - 1)
    let seconds = clock.elapsed / steps
    var parts = (objective: 0.0, update: 0.0)
    for record in Profile.stop() where record.kind == .kernel {
      let time = Double(record.duration) / 1e9 / steps
      if record.name == "clusters and losses" { parts.objective += time }
      if record.name.hasPrefix("AdamW") { parts.update += time / Double(threads) }
    }
    return (seconds - parts.objective - parts.update, parts.objective, parts.update)
  }

  /// The shards that a number of ranks wants: the smallest power of two that gives each one.
  private func shards(_ ranks: Int, atLeast least: Int) -> Int {
    var shards = least
    while shards < ranks { shards *= 2 }
    return shards
  }

  /// The step on so many ranks.
  ///
  /// - Parameters:
  ///   - ranks: How many.
  ///   - least: The least number of shards.
  ///   - cluster: Where they run.
  /// - Returns: The mean over the measured batches.
  public func predict(ranks: Int, shards least: Int, on cluster: Cluster) -> Prediction {
    let shards = shards(ranks, atLeast: least)
    let own = ShardPlan.shards(ofRank: ranks - 1, of: ranks, count: shards).count
    var (heaviest, whole, touched, sequences) = (0.0, 0.0, 0.0, 0.0)
    for (batch, seconds) in zip(batches, rows) {
      let plan = ShardPlan(lengths: batch.sequences.map(\.count), count: shards, cost: cost)
      let loads = (0..<ranks).map { rank in
        ShardPlan.shards(ofRank: rank, of: ranks, count: shards).reduce(0.0) { sum, shard in
          plan.shards[shard].reduce(sum) { $0 + seconds[$1] }
        }
      }
      heaviest += (loads.max() ?? 0) / Double(batches.count)
      whole += loads.reduce(0, +) / Double(batches.count)
      touched +=
        Double(TouchedRows(batch, tableRows: tableRows, ranks: 1).rows.count)
        / Double(batches.count)
      sequences += Double(batch.sequences.count) / Double(batches.count)
    }
    let encoding = heaviest + Double(own) * perShard + perRank
    // Gradients to their owners, weights back; the touched rows likewise; and the embeddings.
    let share = Double(ranks - 1) / Double(ranks)
    let gradients = 4 * share * (Double(dense) + touched * Double(tokenColumns))
    let embeddings = 4 * share * sequences * Double(embeddingSize)
    let bytes = 2 * gradients + embeddings
    func seconds(_ bytes: Double, messages: Double) -> Double {
      let perNode = Double(ranks) / Double(min(cluster.nodes, ranks))
      let away = ranks > 1 ? (Double(ranks) - perNode) / Double(ranks - 1) : 0
      return perNode * bytes * away / cluster.bandwidth
        + perNode * bytes * (1 - away) / cluster.localBandwidth + messages * cluster.latency
    }
    let messages = Double((ranks - 1) * (stages + 1))
    // The backward pass is two thirds of the encoding; the last stage's gradient has nothing to hide behind.
    let hidden = encoding * 2 / 3 * Double(stages - 1) / Double(stages)
    let exchange =
      max(seconds(gradients, messages: messages) - hidden, 0)
      + seconds(gradients + embeddings, messages: messages)
    return Prediction(
      ranks: ranks, shards: shards, encoding: encoding, objective: objective,
      update: update / Double(ranks), exchange: exchange, bytes: bytes,
      idle: heaviest > 0 ? max(0, 1 - whole / Double(ranks) / heaviest) : 0)
  }
}

extension StepRows {
  fileprivate func work(_ cost: SequenceCost) -> Int {
    sequences.reduce(0) { $0 + cost.work($1.count) }
  }
}
