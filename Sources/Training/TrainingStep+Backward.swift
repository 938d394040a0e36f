internal import Distribution
internal import Encoders
internal import Objectives
internal import Tensors

extension TrainingStep {
  /// Goes through the stages, all shards of a wave before the next stage; in the last wave each stage's
  /// gradient travels while the next is computed.
  func backPropagate(
    _ works: [ShardWork], in wave: Range<Int>, of waves: Waves, _ gradients: RowGradients,
    _ touched: TouchedRows, hidesTokens: Bool
  ) throws {
    let model = model
    for (index, (stage, reduction)) in zip(model.stages, reductions).enumerated() {
      let block = model.block(of: stage)
      let size = block.range.count
      let marks = workspaces.map(\.mark)
      if wave == waves.ranges.first {
        // Sums that wait for the next wave stay where they are.
        let isShared = reduction.leavesRoom && waves.ranges.count == 1
        let room = rooms[isShared ? index % GradientBuffer.count : index]
        try reduction.prepare(parts(of: stage, touched), in: room)
        if stage == .tokens, !hidesTokens { reduction.takeZero() }
      }
      // Nothing depends on the network: no shard needs to write zeros, no rank to send them.
      if stage == .tokens, !hidesTokens { continue }
      let sum = sumOverShards(
        works, in: wave, into: reduction.place, of: stage
      ) { work, weights, gradient, adds, workspace, pause in
        let dBlock = gradient[0..<size]
        if !adds { model.layout.clearPadding(of: block, in: dBlock) }
        switch stage {
        case .tokens:
          guard case .tokens(let weights)? = weights else {
            preconditionFailure("the network's weights are packed")
          }
          work.backwardTokens(weights, dBlock: dBlock, adds: adds, workspace)
        case .heads: work.backwardHeads(gradients, dBlock: dBlock, workspace)
        case .layer(let index, let encoder):
          guard case .layer(let weights)? = weights else {
            preconditionFailure("a layer's weights are packed")
          }
          work.backwardLayer(
            index, encoder: encoder, weights, dBlock: dBlock, adds: adds, workspace,
            betweenProducts: pause)
        case .embeddings:
          let dTokens = model.trainsTokenTable ? model.tokenGradient(touched, in: gradient) : nil
          work.backwardEmbeddings(touched, dTokens: dTokens, dBlock: dBlock, workspace)
        }
      }
      reduction.append(sum)
      if wave == waves.ranges.last { try reduction.start(ranks) }
      for (workspace, mark) in zip(workspaces, marks) { workspace.release(to: mark) }
    }
  }

  /// A stage's gradient: its block and, for the embeddings, the touched rows of the token embeddings by owner.
  private func parts(of stage: BackwardStage, _ touched: TouchedRows) -> [GradientReduction.Part] {
    let size = model.block(of: stage).range.count
    let block = GradientReduction.Part(
      range: 0..<size, slices: GradientReduction.slices(of: size, ranks: partition.count))
    guard stage == .embeddings, model.trainsTokenTable else { return [block] }
    let columns = model.encoder.configuration.embeddingSize
    let rows = (0..<partition.count).map { touched.range(ofRank: $0) }
    return [
      block,
      GradientReduction.Part(
        range: size..<size + touched.rows.count * columns,
        slices: rows.map { $0.lowerBound * columns..<$0.upperBound * columns }),
    ]
  }

  /// Adds up what `compute` writes for each shard of a wave, in the order of the shard tree.
  ///
  /// Meanwhile the gradients that were sent before travel on.
  ///
  /// - Parameters:
  ///   - works: The wave's shards.
  ///   - wave: Their numbers.
  ///   - first: Receives the first node's sum; others are in scratch memory.
  ///   - stage: Whose weights a thread's shards share.
  ///   - compute: Writes one shard's gradient, or adds it to another one's; calls its last argument
  ///     between products.
  /// - Returns: The sums of the wave's nodes.
  private func sumOverShards(
    _ works: [ShardWork], in wave: Range<Int>, into first: Vector, of stage: BackwardStage,
    _ compute: @Sendable (ShardWork, StageWeights?, Vector, Bool, Workspace, () -> Void) -> Void
  ) -> OrderedSum {
    let (model, precision, workspaces) = (model, precision, workspaces)
    let parts = workspaces.map { _ in PartialSum() }
    let pump = ProgressPump(reductions)
    concurrently(workspaces.count) { thread in
      let workspace = workspaces[thread]
      // The first index is on the thread that may call MPI.
      let pause = { if thread == 0 { pump.turn() } }
      let weights = model.packedWeights(of: stage, precision, workspace)
      for index in part(of: works.count, thread, workspaces.count) {
        let span = Profile.begin("backward", .stage)
        defer { span.end() }
        parts[thread].append(
          TreeNode(start: wave.lowerBound + index, count: 1), workspace.scratch,
          place: index == 0 ? first : nil, count: first.count, canAdd: weights != nil
        ) { compute(works[index], weights, $0, $1, workspace, pause) }
        pause()
      }
    }
    return parts.reduce(into: OrderedSum()) { $0.append($1.sum) }
  }
}

/// Lets started exchanges go on while the same thread computes.
private final class ProgressPump: @unchecked Sendable {
  private var pending: ArraySlice<GradientReduction>

  init(_ reductions: [GradientReduction]) { pending = reductions[...] }

  /// One look at the exchanges, in the order in which they were started; what fails is thrown again
  /// by `finish`.
  func turn() {
    while let first = pending.first, (try? first.progress()) == true { pending.removeFirst() }
  }
}

/// One thread's part of a sum; memory of summed-up neighbours is given back at once.
private final class PartialSum: @unchecked Sendable {
  private(set) var sum = OrderedSum()
  private var marks: [Arena.Mark] = []

  /// - Parameters:
  ///   - node: The shard.
  ///   - scratch: Memory for its gradient, where it wants its own.
  ///   - place: Receives the gradient instead.
  ///   - count: Its floats.
  ///   - canAdd: Whether `compute` can add, with the rounding of a sum that is computed first.
  ///   - compute: Writes the gradient, or adds it.
  func append(
    _ node: TreeNode, _ scratch: Arena, place: Vector?, count: Int, canAdd: Bool,
    _ compute: (Vector, Bool) -> Void
  ) {
    if canAdd, let left = sum.leftHalf(of: node) {
      compute(left, true)
      sum.noteAdded(node)
    } else {
      marks.append(scratch.mark)
      let vector = place ?? scratch.vector(count)
      compute(vector, false)
      sum.append(vector, node)
    }
    // The left one of two neighbours keeps their sum: what lies above it is free again.
    guard sum.vectors.count < marks.count else { return }
    scratch.release(to: marks[sum.vectors.count])
    marks.removeLast(marks.count - sum.vectors.count)
  }
}

/// A stage's weights, packed once for all shards of a thread.
private enum StageWeights {
  case layer(PackedLayer)
  case tokens(PackedTokenHead)
}

extension TacoModel {
  /// The weights of a layer, or of the network that guesses tokens, for its backward products.
  fileprivate func packedWeights(
    of stage: BackwardStage, _ precision: ProductPrecision, _ workspace: Workspace
  ) -> StageWeights? {
    switch stage {
    case .layer(let index, let encoder):
      .layer(
        encoders[encoder].packed(
          layer: index, values, .backward, precision: precision, workspace))
    case .tokens:
      tokenHead.map { head in
        StageWeights.tokens(
          PackedTokenHead(
            head, .backward, precision: precision, parameters: parameters, workspace))
      }
    case .heads, .embeddings: nil
    }
  }

  /// The touched rows of the token embeddings after the other embeddings' gradients, `[U, embedding size]`.
  func tokenGradient(_ touched: TouchedRows, in gradient: Vector) -> Matrix {
    gradient.matrix(
      at: block(of: .embeddings).range.count, rows: touched.rows.count,
      columns: encoder.configuration.embeddingSize)
  }
}
