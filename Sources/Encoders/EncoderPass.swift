public import Tensors

/// One shard's way through the encoder, layer by layer: forward, then backward.
///
/// The caller goes through all shards of a layer before the next layer: the layer's weights are packed
/// once, and its gradient is complete, and can travel, while the next one is computed.
public final class EncoderPass {
  /// The sequences.
  public let sequences: PackedSequences
  let encoder: Encoder
  let values: ParameterValues
  let dropout: DropoutKeys?
  private let memory: Arena
  private var layers: [EncoderLayer] = []
  private var saved: [EncoderLayer.Saved] = []
  var embedding: Embedding?
  private var hidden: Matrix?
  /// What the lowest trained layer gets; the others' inputs are computed again.
  private var base: Matrix?
  private let frozenLayers: Int
  var gradient: Matrix?
  var dRelativeBias: Matrix?
  /// The last states of the tokens that are read, `[reads, C]`, once the forward pass is done; nil for none.
  public private(set) var readStates: Matrix?

  /// What the embeddings leave for the backward pass.
  struct Embedding {
    let sum: Matrix
    let norm: EncoderParameters.Norm.Saved?
    let normalized: Matrix
    let tokens: TokenRows
    let positions: [Int]
  }

  /// A pass over `sequences` with the given parameter values.
  ///
  /// - Parameters:
  ///   - encoder: The encoder.
  ///   - sequences: The shard.
  ///   - values: All parameters.
  ///   - dropout: Keys while training, nil for inference.
  ///   - frozenLayers: The lowest layers that have no backward pass, and so keep nothing for it.
  ///   - memory: Holds what the backward pass needs; reset by its owner between steps.
  public init(
    _ encoder: Encoder, _ sequences: PackedSequences, _ values: ParameterValues,
    dropout: DropoutKeys?, frozenLayers: Int = 0, memory: Arena
  ) {
    self.frozenLayers = frozenLayers
    self.encoder = encoder
    self.sequences = sequences
    self.values = values
    self.dropout = dropout
    self.memory = memory
  }

  var configuration: EncoderConfiguration { encoder.configuration }
  private var trainsEmbeddings: Bool {
    frozenLayers == 0 && encoder.parameters.embeddingBlock != nil
  }

  /// Embeds the tokens.
  ///
  /// - Parameter workspace: Memory and threads for the call.
  public func startForward(_ workspace: Workspace) {
    if trainsEmbeddings {
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
    if !sequences.reads.isEmpty { readStates = read(hidden) }
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
    if !sequences.reads.isEmpty {
      readStates = memory.matrix(placesOfReads.count, configuration.hiddenSize)
    }
    let mark = memory.mark
    let hidden = embedOnly(workspace)
    makeLayers()
    let first = memory.matrix(
      layers.last?.queryTokens.count ?? sequences.count, configuration.hiddenSize)
    let start = memory.mark
    var input = hidden
    for (index, layer) in layers.enumerated() {
      let output = layer.queryRows == nil ? input : first
      let scratchMark = workspace.mark
      let weights = encoder.packed(
        layer: index, values, .forward, precision: precision, workspace)
      _ = layer.forward(input, weights, into: output, memory: memory, workspace)
      workspace.release(to: scratchMark)
      memory.release(to: start)
      input = output
    }
    pooled.vector.copy(from: pool(input).vector)
    readStates?.gatherRows(placesOfReads, of: input)
    memory.release(to: mark)
    return pooled
  }

  /// Starts the backward pass.
  ///
  /// - Parameters:
  ///   - dPooled: dL/d(result), `[n, C]`.
  ///   - dRead: dL/d(`readStates`), `[reads, C]`; nil where nothing is read.
  public func startBackward(_ dPooled: Matrix, read dRead: Matrix? = nil) {
    let size = configuration.hiddenSize
    if let slot = encoder.parameters.relativeBias, !slot.isFrozen {
      let table = memory.matrix(configuration.relativeBuckets, configuration.headCount)
      table.fill(0)
      dRelativeBias = table
    }
    switch encoder.pooling {
    case .first, .last:
      guard let dRead else {
        let start = memory.matrix(sequences.count, size)
        start.vector.copy(from: dPooled.vector)
        gradient = start
        return
      }
      let start = memory.matrix(sequences.readRows.count, size)
      for (sequence, row) in sequences.readQueries.queryOffsets.dropLast().enumerated() {
        start.row(row).copy(from: dPooled.row(sequence))
      }
      dRead.scatterRows(placesOfReads, to: start)
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
      if let dRead {
        for (index, row) in placesOfReads.enumerated() { add(dRead.row(index), to: start.row(row)) }
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
    // Below the lowest trained layer nobody asks.
    let dInput: Matrix? =
      index == frozenLayers && !trainsEmbeddings
      ? nil
      : layer.queryRows == nil
        ? dOutput : memory.matrix(sequences.tokenCount, configuration.hiddenSize)
    layer.backward(
      input, saved[index - frozenLayers], weights, gradient: dOutput, dInput: dInput,
      dBlock: dBlock, adds: adds,
      dRelativeBias: dRelativeBias, workspace, betweenProducts: pause)
    workspace.release(to: mark)
    gradient = dInput
  }

  private func makeLayers() {
    let bias = encoder.parameters.relativeBias.map {
      RelativeBias(
        table: values.matrix($0, memory: memory), buckets: encoder.relativeBuckets)
    }
    let table = configuration.parts.rotary?.table(
      length: sequences.longest, headSize: configuration.headSize, memory: memory)
    let all = Rows(nil, sequences.tokenRows, sequences.allQueries)
    precondition(
      sequences.reads.isEmpty || encoder.pooling != .last, "tokens are read of encoders alone")
    let one =
      !sequences.reads.isEmpty
      ? Rows(sequences.readRows, sequences.readTokens, sequences.readQueries)
      : encoder.pooling == .last
        ? Rows(sequences.lasts, sequences.lastRows, sequences.oneQuery)
        : Rows(sequences.firsts, sequences.firstRows, sequences.oneQuery)
    let keys = table?.rows(all.tokens.positions, memory: memory)
    let last = table?.rows(one.tokens.positions, memory: memory)
    layers = encoder.parameters.layers.enumerated().map { index, slots in
      let givesOne = encoder.givesOneRow(layer: index)
      let queries = givesOne ? one : all
      let drops = dropout.map { AdapterDropout(keys: $0, tokens: queries.tokens) }
      let attention = Attention(
        sequences: queries.sequences, heads: configuration.headCount,
        keyHeads: configuration.keyHeadCount, headSize: configuration.headSize,
        isCausal: configuration.parts.isCausal,
        dropout: dropout?.site(
          .attentionWeights, layer: index, rate: configuration.attentionDropout),
        relativeBias: bias)
      return EncoderLayer(
        slots: slots, values: values,
        attention: AttentionPart(
          slots: slots, values: values, attention: attention, queryRows: queries.numbers,
          rotary: keys.map { (queries: (givesOne ? last : nil) ?? $0, keys: $0) },
          drops: dropout.map {
            (
              queries: AdapterDropout(keys: $0, tokens: queries.tokens),
              all: AdapterDropout(keys: $0, tokens: all.tokens)
            )
          }),
        feedForward: FeedForwardPart(
          slots: slots, values: values, kind: configuration.parts.feedForward, drops: drops),
        queryTokens: queries.tokens,
        attentionDropout: dropout?.site(
          .attentionOutput, layer: index, rate: configuration.hiddenDropout),
        outputDropout: dropout?.site(.output, layer: index, rate: configuration.hiddenDropout),
        drops: drops)
    }
  }

  /// Rows that are queries.
  private struct Rows {
    /// Their places, or nil for all.
    let numbers: [Int]?
    let tokens: TokenRows
    let sequences: AttentionSequences

    init(_ numbers: [Int]?, _ tokens: TokenRows, _ sequences: AttentionSequences) {
      (self.numbers, self.tokens, self.sequences) = (numbers, tokens, sequences)
    }
  }

  /// Where the tokens that are read stand among the last layer's rows.
  private var placesOfReads: [Int] {
    guard encoder.pooling == .mean else {
      return zip(sequences.readQueries.queryOffsets, sequences.reads).flatMap { start, reads in
        reads.indices.map { start + 1 + $0 }
      }
    }
    return zip(sequences.offsets, sequences.reads).flatMap { start, reads in
      reads.map { start + $0 }
    }
  }

  private func read(_ hidden: Matrix) -> Matrix {
    let states = memory.matrix(placesOfReads.count, configuration.hiddenSize)
    states.gatherRows(placesOfReads, of: hidden)
    return states
  }

  /// One row a sequence, `[n, C]`.
  private func pool(_ hidden: Matrix) -> Matrix {
    guard encoder.pooling == .mean else {
      guard !sequences.reads.isEmpty else { return hidden }
      let firsts = memory.matrix(sequences.count, configuration.hiddenSize)
      firsts.gatherRows(Array(sequences.readQueries.queryOffsets.dropLast()), of: hidden)
      return firsts
    }
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
