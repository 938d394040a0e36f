public import Distribution
internal import Encoders
public import Objectives
public import Tensors

/// What one step found, equal on all ranks.
public struct StepReport: Sendable {
  /// Losses, scores, clusters and statistics.
  public internal(set) var objective: ObjectiveResult
  /// The Euclidean norm of the gradient over all parameters.
  public internal(set) var gradientNorm: Double
  /// The tokens of all rows.
  public let tokens: Int
  /// The bytes that this rank sent to others.
  public internal(set) var bytesSent = 0
  /// The utterances, or the pairs.
  public internal(set) var examples = 0
}

/// One training step over all ranks: encode, gather, objective, back-propagate, sum, update.
///
/// Every row of all towers is encoded by one shard on one rank; the objective is a pure function of the
/// gathered rows; gradients are summed over shards in a fixed order. So every number is the same, bit
/// for bit, at any number of ranks and threads. Every rank calls the same methods in the same order.
public final class TrainingStep<Ranks: Collectives> {
  package let model: TacoModel
  let ranks: CountedRanks<Ranks>
  let partition: Partition
  let seed: UInt64
  let shardCount: Int
  let usesDropout: Bool
  let precision: ProductPrecision
  /// The length of the step that perturbs parameters before a second pass; nil for one pass.
  let perturbation: Double?
  let exchange: GradientExchange
  let optimizer: Optimizer
  let resources: Resources
  private(set) var memories: [Arena] = []
  let workspaces: [Workspace]
  let reductions: [GradientReduction]
  let rooms: [GradientBuffer]
  /// The first pass's gradients while the second one is computed.
  var keptGradients = GrowingStorage()
  /// Given clusters instead of k-means', for comparisons with other programs.
  package var clusters: [Int]?
  /// Fingerprints of what this rank alone has, for the next step to compare.
  var ownDigests: [Double]?
  /// Whether non-finite gradients are returned, for a look at them.
  package var allowsNonFinite = false

  /// The step of a model.
  ///
  /// - Parameters:
  ///   - model: Changed by `run`.
  ///   - optimizer: The update's rule.
  ///   - seed: The run's seed.
  ///   - shards: How many shards a step is cut into; a power of two, at least the number of ranks.
  ///   - usesDropout: False computes as in inference.
  ///   - precision: How products with the encoder's weights are computed, in both directions.
  ///   - perturbation: The length of the step that perturbs parameters before a second pass; nil for one pass.
  ///   - exchange: How gradients are added up.
  ///   - resources: What this rank may use.
  ///   - ranks: All ranks.
  public init(
    _ model: TacoModel, optimizer: AdamW, seed: UInt64, shards: Int,
    usesDropout: Bool, precision: ProductPrecision = .float32, perturbation: Double? = nil,
    exchange: GradientExchange = GradientExchange(), resources: Resources, ranks: Ranks
  ) {
    precondition(shards >= ranks.size, "fewer shards than ranks")
    self.model = model
    self.ranks = CountedRanks(ranks)
    self.exchange = exchange
    partition =
      exchange.reduction == .ordered
      ? Partition(rank: ranks.rank, count: ranks.size) : Partition(rank: 0, count: 1)
    self.seed = seed
    self.usesDropout = usesDropout
    self.precision = precision
    self.perturbation = perturbation
    self.resources = resources
    shardCount = shards
    let own = ShardPlan.shards(ofRank: ranks.rank, of: ranks.size, count: shards)
    self.optimizer = Optimizer(
      model, rule: optimizer, threads: resources.threads, partition: partition)
    workspaces = Workspace.make(threads: resources.threads, shards: own.count)
    rooms = model.stages.map { _ in GradientBuffer() }
    reductions = model.stages.map { _ in
      GradientReduction(shards: shards, rank: ranks.rank, ranks: ranks.size, exchange)
    }
  }

  /// The step of a run with these settings.
  public convenience init(
    _ model: TacoModel, _ settings: TrainingSettings, resources: Resources, ranks: Ranks
  ) {
    self.init(
      model, optimizer: settings.adamW, seed: settings.seed,
      shards: settings.shards, usesDropout: settings.usesDropout, precision: settings.precision,
      perturbation: settings.perturbation.flatMap { $0 > 0 ? $0 : nil },
      exchange: settings.exchange, resources: resources,
      ranks: ranks)
  }

  /// Trains on one batch; collective.
  ///
  /// - Parameters:
  ///   - batch: The same on all ranks.
  ///   - step: The number of the step in the run, from 0.
  ///   - learningRate: The rate of the update.
  /// - Returns: What the step found.
  /// - Throws: `NonFiniteError` on all ranks, before the update, or what the ranks' exchange throws.
  public func run(_ batch: StepBatch, step: Int, learningRate: Double) throws -> StepReport {
    let start = ranks.traffic.bytes
    let span = Profile.begin("step", .stage)
    defer { span.end() }
    let gradients = try computeGradients(batch, step: step)
    try requireSync(batch, step: step)
    try update(gradients, step: step, learningRate: learningRate)
    noteOwnState(before: step + 1)
    var report = gradients.report
    report.bytesSent = ranks.traffic.bytes - start
    return report
  }

  /// Computes losses and summed gradients without changing the model; collective.
  package func computeGradients(_ batch: StepBatch, step: Int) throws -> SummedGradients {
    let stepRows = StepRows(batch, model.objective)
    let plan = ShardPlan(
      lengths: stepRows.sequences.map(\.count), count: shardCount, cost: model.sequenceCost)
    let touched = TouchedRows(
      stepRows, tableRows: model.encoder.parameters.tokenEmbeddings.rows, ranks: partition.count)
    try optimizer.table?.fetch(touched, workspaces[0].scratch, ranks)
    let gradients = try goThrough(stepRows, plan, touched, step: step, pass: 0, clusters: clusters)
    guard let perturbation, gradients.isFinite else { return gradients }
    return try addPerturbedPass(to: gradients, by: perturbation, step: step) {
      let clusters = gradients.report.objective.clusters
      return try goThrough(
        stepRows, plan, touched, step: step, pass: 1, clusters: clusters.isEmpty ? nil : clusters)
    }
  }

  /// One pass over the rows, forward and backward; collective.
  private func goThrough(
    _ stepRows: StepRows, _ plan: ShardPlan, _ touched: TouchedRows, step: Int, pass: UInt8,
    clusters: [Int]?
  ) throws -> SummedGradients {
    let shards = ShardMaker(
      model: model, plan: plan, step: stepRows,
      dropout: usesDropout ? DropoutKeys(seed: seed, step: UInt64(step), pass: pass) : nil,
      precision: precision)
    let waves = waves(plan, stepRows)
    var (works, rows) = encode(waves, shards)
    let workers = RankWorkers(
      ranks, threads: resources.threads, utterances: stepRows.batch.utteranceCount)
    var gathered = try gather(rows, plan, stepRows, step: step, pass: pass)
    gathered.clusters = clusters
    let span = Profile.begin("clusters and losses")
    let result = try model.objective.evaluate(gathered, workers)
    span.end()
    let gradients = RowGradients(result.gradients, of: model.objective, stepRows)
    for wave in waves.ranges {
      if waves.ranges.count > 1 { (works, _) = encode(wave, shards) }
      try backPropagate(
        works, in: wave, of: waves, gradients, touched, hidesTokens: stepRows.batch.hiddenCount > 0)
    }
    let sums = try reductions.map { try $0.finish() }
    let normSpan = Profile.begin("gradient norm", .stage)
    let norm = try gradientNorm(sums, touched)
    normSpan.end()
    var report = StepReport(objective: result, gradientNorm: norm, tokens: stepRows.tokenCount)
    report.examples = stepRows.batch.utteranceCount + stepRows.batch.pairs.count
    let found = SummedGradients(
      report: report, slices: sums, touched: touched, rows: rows, plan: plan, stepRows: stepRows)
    if !allowsNonFinite { try refuseNonFinite(found, step: step) }
    return found
  }

  /// The partition of this rank's shards by the memory that they take.
  private func waves(_ plan: ShardPlan, _ rows: StepRows) -> Waves {
    let configuration = model.encoder.configuration
    let tokenBytes = 4 * (model.tokenHead?.columns ?? 0)
    return Waves(
      ShardPlan.shards(ofRank: ranks.rank, of: ranks.size, count: shardCount),
      bytes: {
        configuration.activationBytes(
          plan.shards[$0].map { rows.sequences[$0].count }, frozenLayers: model.frozenLayers,
          adapterColumns: model.encoder.parameters.adapterColumns)
          + plan.shards[$0].reduce(0) { $0 + (rows.batch.pair($1)?.hidden.count ?? 0) } * tokenBytes
      },
      budget: resources.memoryBudget)
  }

  /// Encodes all shards of this rank; what does not fit the memory is to be encoded again.
  private func encode(_ waves: Waves, _ shards: ShardMaker) -> ([ShardWork], [ShardRows]) {
    if waves.ranges.count == 1 { return encode(waves.ranges[0], shards) }
    let rows = waves.ranges.flatMap { encode($0, shards, keep: false).1 }
    return ([], rows)
  }

  private func encode(
    _ wave: Range<Int>, _ shards: ShardMaker, keep: Bool = true
  ) -> ([ShardWork], [ShardRows]) {
    while memories.count < wave.count { memories.append(Arena()) }
    let works = zip(wave, memories).map { shards.work($0, memory: $1) }
    let workspaces = workspaces
    let results = workspaces.map { _ in Found() }
    concurrently(workspaces.count) { thread in
      let workspace = workspaces[thread]
      workspace.reset()
      let own = works[part(of: works.count, thread, workspaces.count)]
      results[thread].rows =
        keep
        ? ShardWork.forward(own, workspace)
        : own.map { $0.forwardWithoutActivations(workspace) }
    }
    return (works, results.flatMap(\.rows))
  }

  /// The rows of all towers, on every rank, in global order.
  private func gather(
    _ found: [ShardRows], _ plan: ShardPlan, _ rows: StepRows, step: Int, pass: UInt8
  ) throws -> ObjectiveBatch {
    let encodings = try model.objective.towers.map { tower in
      tower.needsEncodings ? try self.encodings(found, plan, of: rows.rows(of: tower)) : nil
    }
    var gathered = ObjectiveBatch(
      rows: try outputs(found, plan, rows), encodings: encodings,
      parameters: model.ownValues, tables: model.tables, targets: rows.batch.targets,
      dropout: usesDropout ? OwnDropout(seed: seed, step: UInt64(step), pass: pass) : nil,
      pass: Int(pass), seed: seed, step: UInt64(step))
    guard !rows.batch.pairs.isEmpty else { return gathered }
    gathered.matches = rows.batch.pairs.map(\.matches)
    gathered.guesses = try guesses(found, plan, rows.batch)
    return gathered
  }
}

/// What a thread found for its shards.
private final class Found: @unchecked Sendable {
  var rows: [ShardRows] = []
}

/// Makes the shards of one step.
struct ShardMaker {
  let model: TacoModel
  let plan: ShardPlan
  let step: StepRows
  let dropout: DropoutKeys?
  let precision: ProductPrecision

  func work(_ shard: Int, memory: Arena) -> ShardWork {
    ShardWork(
      model, rows: plan.shards[shard], of: step, isFirst: shard == 0, dropout: dropout,
      precision: precision, memory: memory)
  }
}

/// The outcome of a backward pass: this rank's slice of every stage's gradient.
package struct SummedGradients {
  package var report: StepReport
  /// Of each stage's parts; where the token embeddings are trained, their rows are the second part of the last stage.
  var slices: [[Vector]]
  let touched: TouchedRows
  let rows: [ShardRows]
  let plan: ShardPlan
  package let stepRows: StepRows
  /// What the second pass was of; nil where there was one pass.
  package var perturbed: PerturbedPass?

  /// Whether loss and gradient are finite.
  var isFinite: Bool { report.objective.total.isFinite && report.gradientNorm.isFinite }

  /// The gradients of the touched rows of the token embeddings that this rank owns, `[own, C]`; nil where they are
  /// frozen.
  func ofOwnRows(_ model: TacoModel, _ partition: Partition) -> Matrix? {
    guard let parts = slices.last, parts.count > 1 else { return nil }
    return parts[1].matrix(
      rows: touched.counts[partition.rank], columns: model.tokenTable.columns)
  }
}
