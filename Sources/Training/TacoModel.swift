internal import Distribution
public import Encoders
public import Objectives
public import Tensors

/// The trained system: one encoder for all towers that name none of their own, the heads, and all parameters in one
/// buffer.
public final class TacoModel: Sendable {
  /// The encoder that the run started with and that a trained model has; then those that the objective trains besides.
  public let encoders: [Encoder]
  /// What is trained.
  public let objective: any Objective
  /// The networks after the encoder.
  public let heads: Heads
  /// The network that guesses hidden tokens; nil where the objective hides none, or nothing is to be trained.
  package let tokenHead: TokenHead?
  /// Names and places of all parameters.
  public let layout: ParameterLayout
  /// How many of the encoder's lowest layers stay as they are, and the embeddings with them; 0 for none.
  public let frozenLayers: Int
  private let storage: Storage
  /// What stands outside the buffer: the encoder's own parameters beside adapters; nil without.
  public let frozen: FrozenParameters?

  /// A model with starting values: random, a function of the seed.
  ///
  /// - Parameters:
  ///   - configuration: The encoder's shape.
  ///   - pooling: How a sequence becomes one row.
  ///   - objective: What is trained; its towers decide which networks there are.
  ///   - seed: Decides the starting values.
  ///   - frozenLayers: How many of the encoder's lowest layers are not trained, nor the embeddings; 0 for none.
  ///   - adapter: What trains instead of the encoder's own parameters, or nil.
  ///   - addedTokens: The last rows of the token embeddings that train beside adapters.
  ///   - startsEncoder: Whether the encoder is to have them; else it stays 0 until it is read from a file.
  ///   - trains: Whether the model is to be trained; else it has nothing that serves training alone.
  ///   - frozen: The parameters beside the adapters; nil for starting values.
  public init(
    _ configuration: EncoderConfiguration, pooling: Pooling, objective: any Objective, seed: UInt64,
    frozenLayers: Int = 0, adapter: AdapterSettings? = nil, addedTokens: Int = 0,
    startsEncoder: Bool = true, trains: Bool = true, frozen: FrozenParameters? = nil
  ) {
    precondition((0...configuration.layerCount).contains(frozenLayers), "that many frozen layers")
    self.frozenLayers = frozenLayers
    var layout = ParameterLayout()
    let names = trains ? objective.encoders : [nil]
    encoders = Encoder.several(
      configuration, prefixes: names.map { $0.map { "\($0)." } ?? "" }, pooling: pooling,
      adapter: adapter, addedTokens: addedTokens, in: &layout)
    self.objective = objective
    tokenHead = (trains ? objective.pairs : nil).map {
      TokenHead(
        $0, hiddenSize: configuration.hiddenSize, vocabularySize: configuration.vocabularySize,
        epsilon: configuration.normEpsilon, deviation: configuration.initializerRange, in: &layout)
    }
    heads = Heads(hiddenSize: configuration.hiddenSize, objective, in: &layout)
    self.layout = layout
    storage = Storage(count: layout.count)
    self.frozen =
      layout.frozenEntries.isEmpty ? nil : frozen ?? FrozenParameters(layout, seed: seed)
    layout.initialize(storage.vector, seed: seed) {
      startsEncoder || $0.isAdapter || !isEncoder($0)
    }
    if startsEncoder { startFurtherEncoders() }
  }

  /// Gives the further encoders the numbers of the first one, from which all of them start.
  package func startFurtherEncoders() {
    for encoder in encoders.dropFirst() {
      for entry in layout.entries where isFirstEncoder(entry) {
        guard let twin = layout.entry(named: encoder.parameters.prefix + entry.name) else {
          continue
        }
        parameters[twin.range].copy(from: parameters[entry.range])
      }
    }
  }

  /// The encoder that a trained model has.
  public var encoder: Encoder { encoders[0] }

  /// Names and places of such a model's encoder, without memory for it.
  package static func layout(
    _ configuration: EncoderConfiguration, pooling: Pooling, adapter: AdapterSettings? = nil,
    addedTokens: Int = 0
  ) -> ParameterLayout {
    var layout = ParameterLayout()
    _ = Encoder(
      configuration, pooling: pooling, adapter: adapter, addedTokens: addedTokens, in: &layout)
    return layout
  }

  /// All parameters, `[layout.count]`.
  public var parameters: Vector { storage.vector }

  /// A fingerprint of all parameters.
  package var digest: String {
    let own = String(UInt64(Digest(parameters).value), radix: 16)
    return frozen.map { "\(own)-\(String(UInt64($0.digest), radix: 16))" } ?? own
  }

  /// How many numbers there are, those outside the buffer included.
  package var parameterCount: Int {
    parameters.count + layout.frozenEntries.reduce(0) { $0 + $1.count }
  }

  /// The values of all parameters.
  public var values: ParameterValues { ParameterValues(parameters, frozen: frozen) }

  /// The values of the objective's own parameters, in their order.
  var ownValues: [[Double]] {
    heads.own.map { $0.vector(in: parameters).array.map(Double.init) }
  }

  /// The objective's constant tables, in their order.
  package var tables: [DoubleMatrix] {
    heads.tables.map {
      DoubleMatrix(rows: $0.rows, columns: $0.columns, floats: $0.vector(in: parameters).array)
    }
  }

  /// Fills the objective's constant tables, each row by row; before anything is computed.
  package func fillTables(_ contents: [[Float]]) {
    for (slot, values) in zip(heads.tables, contents) {
      precondition(values.count == slot.rows * slot.columns, "a table of another size")
      slot.vector(in: parameters).copy(from: values)
    }
  }

  /// The scores of utterances, by which a label is chosen.
  ///
  /// - Parameters:
  ///   - utterances: What the utterances' network gives, `[n, d]`.
  ///   - labels: What the labels' network gives, `[E, d]`; no rows where labels are not encoded.
  /// - Returns: `[n, E]`.
  public func scores(_ utterances: DoubleMatrix, labels: DoubleMatrix) -> DoubleMatrix {
    objective.scores(utterances, labels: labels, parameters: ownValues)
  }

  /// Whether a parameter is an encoder's.
  package func isEncoder(_ entry: ParameterLayout.Entry) -> Bool {
    entry.block.map { $0 < tokenHead?.block ?? heads.block } ?? true
  }

  /// Whether a parameter is that of the encoder that a trained model has.
  package func isFirstEncoder(_ entry: ParameterLayout.Entry) -> Bool {
    isEncoder(entry)
      && !encoders.dropFirst().contains { entry.name.hasPrefix($0.parameters.prefix) }
  }

  /// The parameters that a trained model has: those of the first encoder, the heads', the objective's.
  var keptEntries: [ParameterLayout.Entry] {
    layout.entries.filter { isFirstEncoder($0) || isStored($0) }
  }

  /// A fingerprint of what a trained model has.
  package var keptDigest: String {
    var digest = Digest()
    for entry in keptEntries { digest.add(parameters[entry.range]) }
    let own = String(UInt64(digest.value), radix: 16)
    return frozen.map { "\(own)-\(String(UInt64($0.digest), radix: 16))" } ?? own
  }

  /// Whether a parameter is in no encoder's file: the heads', the objective's, and the rows of tokens that were added
  /// beside frozen embeddings.
  package func isOwn(_ entry: ParameterLayout.Entry) -> Bool {
    !isEncoder(entry) || entry.isAddedToken
  }

  /// Whether a parameter is in a model's `taco.safetensors`: those that serve training alone are in checkpoints only.
  package func isStored(_ entry: ParameterLayout.Entry) -> Bool {
    isOwn(entry) && (tokenHead == nil || entry.block != tokenHead?.block)
  }

  /// The columns of what the utterances' network gives: d, E where it gives the scores, C without one.
  public var outputSize: Int { heads.outputSizes[0] }

  /// The work of a sequence, for dividing a batch.
  var sequenceCost: SequenceCost {
    SequenceCost(
      hiddenSize: encoder.configuration.hiddenSize,
      intermediateSize: encoder.configuration.intermediateSize)
  }
}

/// The stages of the backward pass, in its order; each completes the gradients of its parameters.
package enum BackwardStage: Equatable {
  /// The network that guesses hidden tokens.
  case tokens
  /// The fully-connected networks.
  case heads
  /// One transformer layer of one encoder.
  case layer(Int, encoder: Int)
  /// All embeddings of all encoders; the gradient of the token embeddings holds only the rows that the batch touches.
  case embeddings
}

extension TacoModel {
  /// The stages; layers in the order of the buffer, from its end.
  var stages: [BackwardStage] {
    let layers = (frozenLayers..<encoder.configuration.layerCount).reversed()
    return (tokenHead == nil ? [] : [.tokens]) + [.heads]
      + layers.flatMap { layer in
        encoders.indices.reversed().map { .layer(layer, encoder: $0) }
      } + (trainsEmbeddings ? [.embeddings] : [])
  }

  /// The trained parameters, in their order.
  var trainedEntries: [ParameterLayout.Entry] {
    layout.entries.filter { trained.contains($0.offset) }
  }

  /// Whether the embeddings are trained.
  private var trainsEmbeddings: Bool {
    frozenLayers == 0 && encoder.parameters.embeddingBlock != nil
  }

  /// Whether the token embeddings are trained.
  var trainsTokenTable: Bool { frozenLayers == 0 && encoder.parameters.tokenEmbeddingOffset != nil }

  /// The token embeddings of all encoders, one table after the other.
  var tokenTable: ParameterSlot {
    let first = encoder.parameters.tokenEmbeddings
    return encoders.count == 1 ? first : first.rows(0..<encoders.count * first.rows)
  }

  /// Whether a parameter is the token embeddings of an encoder.
  func isTokenTable(_ entry: ParameterLayout.Entry) -> Bool {
    entry.block != nil && entry.block == encoder.parameters.tokenEmbeddingBlock
  }

  /// The trained part of the flat buffer: what is frozen stands before it, constant tables after it.
  var trained: Range<Int> {
    let end = layout.blocks[heads.block].range.upperBound
    guard let lowest = stages.last, lowest != .embeddings else { return 0..<end }
    return block(of: lowest).range.lowerBound..<end
  }

  /// The parts of a block by what updates them, ascending.
  func groups(of block: ParameterLayout.Block) -> [(range: Range<Int>, rule: OwnRule?)] {
    guard block == layout.blocks[heads.block] else { return [(0..<block.range.count, nil)] }
    return heads.groups(blockSize: block.range.count)
  }

  /// The block of a stage's parameters; for the embeddings, the block without the token embeddings.
  func block(of stage: BackwardStage) -> ParameterLayout.Block {
    switch stage {
    case .tokens:
      if let tokenHead {
        layout.blocks[tokenHead.block]
      } else {
        preconditionFailure("no network that guesses tokens")
      }
    case .heads: layout.blocks[heads.block]
    case .layer(let index, let encoder):
      layout.blocks[encoders[encoder].parameters.layerBlocks[index]]
    case .embeddings:
      if let block = encoder.parameters.embeddingBlock {
        layout.blocks[block]
      } else {
        preconditionFailure("no embeddings in the buffer")
      }
    }
  }
}
