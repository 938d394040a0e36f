internal import Encoders
internal import Tensors
public import TripleView

/// What one step found, equal on all ranks.
public struct StepReport: Sendable {
  /// Losses, scores, clusters and statistics.
  public let objective: ObjectiveResult
  /// The Euclidean norm of the gradient over all parameters.
  public let gradientNorm: Double
  /// The tokens of both towers.
  public let tokens: Int
}

/// One training step over all ranks: encode, gather, objective, back-propagate, sum, update.
///
/// Every row of both towers is encoded by one shard on one rank; the objective is a pure function of the
/// gathered rows; gradients are summed over shards in a fixed order. So every number is the same, bit
/// for bit, at any number of ranks and threads. Every rank calls the same methods in the same order.
public final class TrainingStep<Ranks: Collectives> {
  let model: TacoModel
  let objective: ObjectiveSettings
  let ranks: Ranks
  let seed: UInt64
  let shardCount: Int
  let usesDropout: Bool
  let optimizer: Optimizer
  let memories: [Arena]
  let scratches: [Arena]
  let reductions: [GradientReduction]
  /// Given clusters instead of k-means', for comparisons with other programs.
  var clusters: [Int]?

  /// The step of a model.
  ///
  /// - Parameters:
  ///   - model: Changed by `run`.
  ///   - objective: The losses' settings.
  ///   - optimizer: The update's rule.
  ///   - seed: The run's seed.
  ///   - shards: How many shards a step is cut into; a power of two, at least the number of ranks.
  ///   - threads: The threads of this rank.
  ///   - usesDropout: False computes as in inference.
  ///   - ranks: All ranks.
  public init(
    _ model: TacoModel, objective: ObjectiveSettings, optimizer: AdamW, seed: UInt64, shards: Int,
    threads: Int, usesDropout: Bool, ranks: Ranks
  ) {
    precondition(shards >= ranks.size, "fewer shards than ranks")
    self.model = model
    self.objective = objective
    self.ranks = ranks
    self.seed = seed
    self.usesDropout = usesDropout
    shardCount = shards
    let own = ShardPlan.shards(ofRank: ranks.rank, of: ranks.size, count: shards)
    self.optimizer = Optimizer(
      model, rule: optimizer, threads: max(1, threads), rank: ranks.rank, ranks: ranks.size)
    memories = own.map { _ in Arena() }
    scratches = (0..<max(1, min(threads, own.count))).map { _ in Arena() }
    reductions = model.stages.map { _ in
      GradientReduction(shards: shards, rank: ranks.rank, ranks: ranks.size)
    }
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
    let gradients = try computeGradients(batch, step: step)
    try update(gradients, step: step, learningRate: learningRate)
    return gradients.report
  }

  /// Computes losses and summed gradients without changing the model; collective.
  func computeGradients(_ batch: StepBatch, step: Int) throws -> SummedGradients {
    let plan = ShardPlan(
      lengths: batch.sequences.map(\.count), count: shardCount, cost: model.sequenceCost)
    let words = BatchWords(batch, ranks: ranks.size)
    let works = makeWorks(plan, batch, step)
    try fetchWords(words)
    encode(works)
    let rows = try gather(works, plan, batch, step)
    let result = try evaluateObjective(rows, settings: objective)
    try backPropagate(works, RowGradients(result.gradients), words)
    let sums = try reductions.map { try $0.finish() }
    let norm = try gradientNorm(sums, words)
    guard result.total.isFinite, norm.isFinite else {
      throw NonFiniteError(step: step + 1, loss: result.total, gradientNorm: norm)
    }
    let report = StepReport(objective: result, gradientNorm: norm, tokens: batch.tokenCount)
    return SummedGradients(report: report, slices: sums, words: words, works: works, plan: plan)
  }

  /// The shards of this rank, each with memory of its own.
  private func makeWorks(_ plan: ShardPlan, _ batch: StepBatch, _ step: Int) -> [ShardWork] {
    let dropout = usesDropout ? DropoutKeys(seed: seed, step: UInt64(step)) : nil
    let own = ShardPlan.shards(ofRank: ranks.rank, of: ranks.size, count: shardCount)
    return zip(own, memories).map { shard, memory in
      ShardWork(model, rows: plan.shards[shard], of: batch, dropout: dropout, memory: memory)
    }
  }

  private func encode(_ works: [ShardWork]) {
    let scratches = scratches
    concurrently(scratches.count) { thread in
      scratches[thread].reset()
      for work in works[part(of: works.count, thread, scratches.count)] {
        work.forward(scratch: scratches[thread])
      }
    }
  }

  /// All rows of both towers, on every rank, in global order.
  private func gather(
    _ works: [ShardWork], _ plan: ShardPlan, _ batch: StepBatch, _ step: Int
  ) throws -> ObjectiveBatch {
    let count = batch.utteranceCount
    let embeddings = try RowGather(plan, ranks: ranks.size) { _ in true }(
      works, columns: Heads.embeddingSize, ranks
    ) { $0.embedding($1) }
    var encodings: DoubleMatrix?
    if objective.needsLabelEncodings {
      encodings = try RowGather(plan, ranks: ranks.size) { $0 >= count }(
        works, columns: model.encoder.configuration.hiddenSize, ranks
      ) { $0.encoding($1) }
    }
    return ObjectiveBatch(
      instances: embeddings.rows(0..<count), labels: embeddings.rows(count..<embeddings.rows),
      labelEncodings: encodings, targets: batch.targets, clusters: clusters, seed: seed,
      step: UInt64(step))
  }
}

/// The outcome of a backward pass: this rank's slice of every stage's gradient.
struct SummedGradients {
  let report: StepReport
  /// Of each stage's parts; the words are the second part of the last stage.
  let slices: [[Vector]]
  let words: BatchWords
  let works: [ShardWork]
  let plan: ShardPlan

  /// The gradients of the words that this rank owns.
  var wordSlice: Vector { slices[slices.count - 1][1] }
}

/// A loss or gradient that is no number; found before the update, by all ranks alike.
public struct NonFiniteError: Error, CustomStringConvertible, Sendable {
  /// The number of the step, from 1.
  public let step: Int
  /// The loss.
  public let loss: Double
  /// The norm of the gradient.
  public let gradientNorm: Double

  /// The message.
  public var description: String {
    "step \(step): the loss is \(loss) and the gradient's norm \(gradientNorm); stopped before the "
      + "update. Lower --learning-rate, or look at the step with 'taco-dist trace'."
  }
}

/// An equal, consecutive part of `count` items.
func part(of count: Int, _ index: Int, _ parts: Int) -> Range<Int> {
  count * index / parts..<count * (index + 1) / parts
}
