public import Tensors

/// One shard's way through the encoder, layer by layer: forward, then backward.
///
/// The caller goes through all shards of a layer before the next layer: the layer's weights are packed
/// once, and its gradient is complete, and can travel, while the next one is computed.
public final class EncoderPass {
  /// The sequences.
  public let sequences: PackedSequences
  private let encoder: Encoder
  private let parameters: Vector
  private let dropout: DropoutKeys?
  private let memory: Arena
  private var layers: [EncoderLayer] = []
  private var saved: [EncoderLayer.Saved] = []
  private var embedding: Embedding?
  private var hidden: Matrix?
  /// What the lowest trained layer gets; the others' inputs are computed again.
  private var base: Matrix?
  private let frozenLayers: Int
  private var gradient: Matrix?
  private var dRelativeBias: Matrix?

  /// What the embeddings leave for the backward pass.
  private struct Embedding {
    let sum: Matrix
    let mean: Vector
    let rstd: Vector
    let normalized: Matrix
    let tokens: TokenRows
    let positions: [Int]
  }

  /// A pass over `sequences` with the given parameter values.
  ///
  /// - Parameters:
  ///   - encoder: The encoder.
  ///   - sequences: The shard.
  ///   - parameters: The flat buffer of all parameters.
  ///   - dropout: Keys while training, nil for inference.
  ///   - frozenLayers: The lowest layers that have no backward pass, and so keep nothing for it.
  ///   - memory: Holds what the backward pass needs; reset by its owner between steps.
  public init(
    _ encoder: Encoder, _ sequences: PackedSequences, parameters: Vector, dropout: DropoutKeys?,
    frozenLayers: Int = 0, memory: Arena
  ) {
    self.frozenLayers = frozenLayers
    self.encoder = encoder
    self.sequences = sequences
    self.parameters = parameters
    self.dropout = dropout
    self.memory = memory
  }

  private var configuration: EncoderConfiguration { encoder.configuration }

  /// Embeds the tokens.
  ///
  /// - Parameter workspace: Memory and threads for the call.
  public func startForward(_ workspace: Workspace) {
    if frozenLayers == 0 {
      base = embed(memory, workspace, keep: true)
    } else {
      base = embedOnly(workspace)
    }
    hidden = base
    makeLayers()
  }

  /// The embedded tokens `[T, C]`, with nothing else kept.
  private func embedOnly(_ workspace: Workspace) -> Matrix {
    let hidden = memory.matrix(sequences.tokenCount, configuration.hiddenSize)
    let mark = memory.mark
    hidden.vector.copy(from: embed(memory, workspace, keep: false).vector)
    memory.release(to: mark)
    return hidden
  }

  /// Goes through one layer and keeps what `backwardLayer` needs; layers come in ascending order.
  ///
  /// - Parameters:
  ///   - index: The layer.
  ///   - weights: The layer's, packed for the forward direction.
  ///   - workspace: Memory and threads for the call.
  public func forwardLayer(_ index: Int, _ weights: PackedLayer, _ workspace: Workspace) {
    guard let input = hidden else { preconditionFailure("startForward comes first") }
    let isFrozen = index < frozenLayers
    // What the lowest trained layer is given stays as it is.
    let isInPlace = (isFrozen || index > frozenLayers) && layers[index].queryRows == nil
    let output =
      isInPlace
      ? input : memory.matrix(layers[index].queryTokens.count, configuration.hiddenSize)
    let mark = memory.mark
    let kept = layers[index].forward(input, weights, into: output, memory: memory, workspace)
    if isFrozen {
      memory.release(to: mark)
      base = output
    } else {
      saved.append(kept)
    }
    hidden = output
  }

  /// One row for each sequence, `[n, C]`.
  public func endForward() -> Matrix {
    guard let hidden else { preconditionFailure("the layers come first") }
    return pool(hidden)
  }

  /// Encodes the sequences and keeps nothing but the result, one row each, `[n, C]`.
  ///
  /// - Parameters:
  ///   - precision: How the products with weights are computed.
  ///   - workspace: Memory and threads for the call.
  /// - Returns: The rows, in the pass's memory.
  public func infer(precision: ProductPrecision = .float32, _ workspace: Workspace) -> Matrix {
    let pooled = memory.matrix(sequences.count, configuration.hiddenSize)
    let mark = memory.mark
    let hidden = embedOnly(workspace)
    let first = memory.matrix(sequences.count, configuration.hiddenSize)
    let start = memory.mark
    makeLayers()
    var input = hidden
    for (index, layer) in layers.enumerated() {
      let output = layer.queryRows == nil ? input : first
      let scratchMark = workspace.mark
      let weights = encoder.packed(
        layer: index, parameters: parameters, .forward, precision: precision, workspace)
      _ = layer.forward(input, weights, into: output, memory: memory, workspace)
      workspace.release(to: scratchMark)
      memory.release(to: start)
      input = output
    }
    pooled.vector.copy(from: pool(input).vector)
    memory.release(to: mark)
    return pooled
  }

  /// Starts the backward pass with dL/d(result), `[n, C]`.
  public func startBackward(_ dPooled: Matrix) {
    let size = configuration.hiddenSize
    if configuration.relativeBuckets > 0 {
      let table = memory.matrix(configuration.relativeBuckets, configuration.headCount)
      table.fill(0)
      dRelativeBias = table
    }
    switch encoder.pooling {
    case .first:
      let start = memory.matrix(sequences.count, size)
      start.vector.copy(from: dPooled.vector)
      gradient = start
    case .mean:
      let start = memory.matrix(sequences.tokenCount, size)
      for sequence in 0..<sequences.count {
        let factor = 1 / Float(sequences.length(of: sequence))
        for row in sequences.offsets[sequence]..<sequences.offsets[sequence + 1] {
          start.row(row).copy(from: dPooled.row(sequence))
          scale(start.row(row), by: factor)
        }
      }
      gradient = start
    }
  }

  /// Back-propagates through one layer; layers come in descending order.
  ///
  /// - Parameters:
  ///   - index: The layer.
  ///   - weights: The layer's, packed for the backward direction.
  ///   - dBlock: Receives the layer's parameter gradients.
  ///   - adds: Whether they are added to what `dBlock` holds, once each is complete.
  ///   - workspace: Memory and threads for the call.
  ///   - pause: Called every few milliseconds, between matrix products.
  public func backwardLayer(
    _ index: Int, _ weights: PackedLayer, dBlock: Vector, adds: Bool = false,
    _ workspace: Workspace,
    betweenProducts pause: () -> Void = {}
  ) {
    guard let dOutput = gradient, let base else {
      preconditionFailure("startBackward comes first")
    }
    let layer = layers[index]
    let mark = workspace.mark
    let input =
      index == frozenLayers
      ? base : layers[index - 1].output(saved[index - 1 - frozenLayers], workspace)
    let dInput =
      layer.queryRows == nil
      ? dOutput : memory.matrix(sequences.tokenCount, configuration.hiddenSize)
    layer.backward(
      input, saved[index - frozenLayers], weights, gradient: dOutput, dInput: dInput,
      dBlock: dBlock, adds: adds,
      dRelativeBias: dRelativeBias, workspace, betweenProducts: pause)
    workspace.release(to: mark)
    gradient = dInput
  }

  /// Back-propagates through the embeddings.
  ///
  /// - Parameters:
  ///   - tokens: A row of `dWords` for every token.
  ///   - dWords: Receives the gradients of the words' rows, `[U, embedding size]`; from 0 on.
  ///   - dBlock: Receives the gradients of the other embedding parameters.
  ///   - workspace: Memory and threads for the call.
  public func backwardEmbeddings(
    tokens: [Int32], dWords: Matrix, dBlock: Vector, _ workspace: Workspace
  ) {
    guard let embedding, let dHidden = gradient else {
      preconditionFailure("the layers come first")
    }
    let slots = encoder.parameters
    dBlock.fill(0)
    dWords.fill(0)
    let mark = workspace.mark
    var dNormalized = dHidden
    if let projection = slots.projection {
      addBiasBackward(dHidden, into: projection.bias.vector(inBlock: dBlock), workspace)
      multiplyTransposed(
        dHidden, embedding.normalized, into: projection.weight.matrix(inBlock: dBlock), workspace)
      dNormalized = workspace.matrix(dHidden.rows, configuration.embeddingSize)
      multiply(
        dHidden, .plain, projection.weight.matrix(in: parameters), into: dNormalized, workspace)
    }
    embeddingSite?.apply(to: dNormalized, embedding.tokens, team: workspace.team)
    layerNormBackward(
      embedding.sum, slots.embeddingNorm.values(parameters, configuration.normEpsilon),
      mean: embedding.mean, rstd: embedding.rstd, gradient: dNormalized,
      dWeight: slots.embeddingNorm.weight.vector(inBlock: dBlock),
      dBias: slots.embeddingNorm.bias.vector(inBlock: dBlock), workspace)
    embeddingBackward(
      tokens: tokens, positions: embedding.positions, gradient: dNormalized, dWords: dWords,
      dPositions: slots.positions.matrix(inBlock: dBlock),
      dType: slots.types.map { $0.matrix(inBlock: dBlock).row(0) }, team: workspace.team)
    if let dRelativeBias, let slot = slots.relativeBias {
      slot.vector(inBlock: dBlock).copy(from: dRelativeBias.vector)
    }
    workspace.release(to: mark)
  }

  private var embeddingSite: DropoutSite? {
    dropout?.site(.embeddings, layer: configuration.layerCount, rate: configuration.hiddenDropout)
  }

  /// Word, position and type rows, summed and normalised: `[T, C]`.
  private func embed(_ memory: Arena, _ workspace: Workspace, keep: Bool) -> Matrix {
    let (slots, team) = (encoder.parameters, workspace.team)
    let count = sequences.tokenCount
    let sum = memory.matrix(count, configuration.embeddingSize)
    let normalized = memory.matrix(count, configuration.embeddingSize)
    let (mean, rstd) = (memory.vector(count), memory.vector(count))
    let positions = sequences.positions(from: configuration.firstPosition)
    embeddingForward(
      tokens: sequences.tokens, positions: positions, words: slots.words.matrix(in: parameters),
      positionTable: slots.positions.matrix(in: parameters),
      type: slots.types.map { $0.matrix(in: parameters).row(0) }, into: sum, team: team)
    layerNormForward(
      sum, slots.embeddingNorm.values(parameters, configuration.normEpsilon), into: normalized,
      mean: mean, rstd: rstd, team: team)
    let tokens = sequences.tokenRows
    embeddingSite?.apply(to: normalized, tokens, team: team)
    if keep {
      embedding = Embedding(
        sum: sum, mean: mean, rstd: rstd, normalized: normalized, tokens: tokens,
        positions: positions)
    }
    guard let projection = slots.projection else { return normalized }
    let projected = memory.matrix(count, configuration.hiddenSize)
    multiply(
      normalized, .plain, projection.weight.matrix(in: parameters), .transposed, into: projected,
      workspace)
    addBias(projection.bias.vector(in: parameters), to: projected, team: team)
    return projected
  }

  private func makeLayers() {
    let tokens = sequences.tokenRows
    let bias = encoder.parameters.relativeBias.map {
      RelativeBias(table: $0.matrix(in: parameters), buckets: encoder.relativeBuckets)
    }
    layers = encoder.parameters.layers.enumerated().map { index, slots in
      let onlyFirst = encoder.givesOnlyFirst(layer: index)
      let attention = Attention(
        sequences: onlyFirst ? sequences.firstQueries : sequences.allQueries,
        heads: configuration.headCount, headSize: configuration.headSize,
        dropout: dropout?.site(
          .attentionWeights, layer: index, rate: configuration.attentionDropout),
        relativeBias: bias)
      return EncoderLayer(
        slots: slots, parameters: parameters, normEpsilon: configuration.normEpsilon,
        attention: attention, queryRows: onlyFirst ? sequences.firsts : nil,
        queryTokens: onlyFirst ? sequences.firstRows : tokens,
        attentionDropout: dropout?.site(
          .attentionOutput, layer: index, rate: configuration.hiddenDropout),
        outputDropout: dropout?.site(.output, layer: index, rate: configuration.hiddenDropout))
    }
  }

  /// One row a sequence, `[n, C]`.
  private func pool(_ hidden: Matrix) -> Matrix {
    guard encoder.pooling == .mean else { return hidden }
    let pooled = memory.matrix(sequences.count, configuration.hiddenSize)
    pooled.fill(0)
    for sequence in 0..<sequences.count {
      for row in sequences.offsets[sequence]..<sequences.offsets[sequence + 1] {
        add(hidden.row(row), to: pooled.row(sequence))
      }
      scale(pooled.row(sequence), by: 1 / Float(sequences.length(of: sequence)))
    }
    return pooled
  }
}
