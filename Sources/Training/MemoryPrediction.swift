internal import Distribution
internal import Encoders
internal import Objectives
internal import Tensors

/// The bytes that a rank of a run holds at the most, counted from shapes and from the batches of some steps.
///
/// The program itself, the texts and what MPI takes come on top.
public struct MemoryPrediction: Sendable {
  /// The ranks.
  public let ranks: Int
  /// The weights in memory of the rank's own, all of them on every rank.
  public let weights: Int
  /// The gradients: sums on their way and the slices that the rank keeps.
  public let gradients: Int
  /// The optimizer's moments of what the rank updates.
  public let moments: Int
  /// The rank's part of the best parameters so far.
  public let best: Int
  /// What lies between the forward and the backward pass, on the rank that has the most.
  public let activations: Int
  /// What threads work with: packed weights, sums over their shards, what a layer needs for the moment.
  public let work: Int
  /// The part of it that steps take, without evaluations.
  let stepWork: Int
  /// What rank 0 takes besides while a checkpoint is written.
  public let saving: Int

  /// All of it, of a rank that writes no checkpoint.
  public var rank: Int { weights + gradients + moments + best + activations + work }
}

/// Predicts what memory ranks take.
public struct MemoryModel: Sendable {
  private let shape: ModelShape
  private let settings: TrainingSettings
  private let batches: [StepRows]
  private let threads: Int
  private let ownFrozen: Int
  private static let float = MemoryLayout<Float>.stride

  /// The memory of a run.
  ///
  /// - Parameters:
  ///   - shape: The model's.
  ///   - settings: The run's.
  ///   - batches: Some of its steps.
  ///   - threads: The threads of a rank.
  ///   - isMapped: Whether frozen weights stay in a file, which the ranks of a host share.
  package init(
    _ shape: ModelShape, _ settings: TrainingSettings, _ batches: [StepBatch], threads: Int,
    isMapped: Bool
  ) {
    (self.shape, self.settings, self.threads) = (shape, settings, threads)
    self.batches = batches.map { StepRows($0, shape.objective) }
    ownFrozen = isMapped ? 0 : shape.layout.frozenEntries.reduce(0) { $0 + $1.count }
  }

  /// The memory of a rank among so many.
  ///
  /// - Parameters:
  ///   - ranks: How many.
  ///   - shards: How many shards a step is cut into.
  /// - Returns: The most over batches and ranks.
  public func predict(ranks: Int, shards: Int) -> MemoryPrediction {
    let (passes, trained) = ((settings.perturbation ?? 0) > 0 ? 2 : 1, shape.trained.count)
    let isDivided = ranks > 1 && settings.exchange.reduction == .ordered
    let owners = isDivided ? ranks : 1
    let loads = batches.map { load($0, ranks: ranks, shards: shards) }
    let touched =
      batches.map {
        TouchedRows($0, tableRows: shape.encoder.parameters.tokenEmbeddings.rows, ranks: 1).rows
          .count
      }.max() ?? 0
    let sizes = shape.stages.map { stage in
      let isTable = stage == .embeddings && shape.trainsTokenTable
      return shape.block(of: stage).range.count
        + (isTable ? touched * shape.tokenTable.columns : 0)
    }
    let work = work(
      sizes, tokens: loads.map(\.tokens).max() ?? 0,
      shards: ShardPlan.shards(ofRank: ranks - 1, of: ranks, count: shards).count)
    return MemoryPrediction(
      ranks: ranks,
      weights: Self.float * (shape.layout.count + ownFrozen),
      gradients: Self.float
        * (rooms(sizes, ranks: ranks, shards: shards, isDivided: isDivided)
          + (passes - 1) * sizes.reduce(0, +) / owners),
      moments: 2 * Self.float * trained / owners,
      best: Self.float * trained / ranks,
      activations: loads.map(\.activations).max() ?? 0,
      work: Self.float * (work.step + work.evaluation), stepWork: Self.float * work.step,
      saving: RunPart.allCases.count * Self.float * trained)
  }

  /// The floats of the rooms in which gradients are summed and travel, and of the slices that a rank keeps.
  private func rooms(_ sizes: [Int], ranks: Int, shards: Int, isDivided: Bool) -> Int {
    guard isDivided else { return sizes.reduce(0, +) }
    let nodes =
      (0..<ranks).map {
        TreeNode.cover(ShardPlan.shards(ofRank: $0, of: ranks, count: shards)).count
      }.max() ?? 1
    let rooms = (0..<GradientBuffer.count).map { room in
      sizes.indices.filter { $0 % GradientBuffer.count == room }.map { sizes[$0] }.max() ?? 0
    }
    let kept = sizes.reduce(0, +) / ranks
    // A node of this rank's at a time, and what arrives: one slice from each other rank.
    let perRoom = settings.exchange.precision == .bfloat16 ? 3 * nodes : 2 * nodes
    return kept + rooms.reduce(0) { $0 + perRoom * $1 }
  }

  /// What a rank has of a batch: activations in bytes, and the tokens of its largest shard.
  private func load(
    _ rows: StepRows, ranks: Int, shards: Int
  ) -> (activations: Int, tokens: Int) {
    let plan = ShardPlan(
      lengths: rows.sequences.map(\.count), count: shards, cost: shape.sequenceCost)
    let encoder = shape.encoder
    let bytes = plan.shards.map { shard in
      encoder.configuration.activationBytes(
        shard.map { rows.sequences[$0].count }, frozenLayers: shape.frozenLayers,
        adapterColumns: encoder.parameters.adapterColumns)
        + shard.reduce(0) { $0 + (rows.batch.pair($1)?.hidden.count ?? 0) }
        * Self.float * (shape.tokenHead?.columns ?? 0)
    }
    let most =
      (0..<ranks).map { rank in
        bytes[ShardPlan.shards(ofRank: rank, of: ranks, count: shards)].reduce(0, +)
      }.max() ?? 0
    let tokens = plan.shards.map { $0.reduce(0) { $0 + rows.sequences[$1].count } }.max() ?? 0
    // Arenas keep a sixteenth to spare.
    return (most + most / 16, tokens)
  }

  /// The floats that all threads of a rank work with.
  private func work(
    _ sizes: [Int], tokens: Int, shards: Int
  ) -> (step: Int, evaluation: Int) {
    let configuration = shape.encoder.configuration
    let groups = Workspace.count(threads: threads, shards: shards)
    let layers = shape.encoder.parameters.layers
    // Packed for a direction; a frozen matrix that is no float, or stands in parts, is copied before that.
    let packed =
      layers.map { layer in
        layer.linears.reduce(0) {
          $0 + $1.weight.count * ($1.weight.isFrozen ? 2 : 1)
            + $1.adapters.reduce(0) { $0 + $1.down.count + $1.up.count }
        }
      }.max() ?? 0
    let columns =
      4 * configuration.hiddenSize + 3 * configuration.intermediateSize
      + configuration.querySize + 2 * configuration.keySize
    // The first sum of all stands where it is sent from.
    let sums =
      (0..<groups).reduce(-1) { $0 + Self.waiting(part(of: shards, $1, groups)) }
      * (sizes.max() ?? 0)
    // An evaluation has memory of its own, while that of steps waits.
    let evaluation = packed + Scorer<SingleRank>.tokensPerPack * columns
    return (groups * (packed + tokens * columns) + sums, groups * evaluation)
  }

  /// How many sums of shards wait for their neighbours at a time, where a right neighbour is added to a left one.
  private static func waiting(_ shards: Range<Int>) -> Int {
    var (nodes, most) = ([TreeNode](), 0)
    for shard in shards {
      nodes.append(TreeNode(start: shard, count: 1))
      let isAdded = shard > shards.lowerBound && !shard.isMultiple(of: 2)
      most = max(most, nodes.count - (isAdded ? 1 : 0))
      nodes = TreeNode.cover(shards.lowerBound..<shard + 1)
    }
    return most
  }
}
