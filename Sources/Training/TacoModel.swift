internal import Distribution
public import Encoders
public import Objectives
public import Tensors

/// The trained system: one encoder for all towers that name none of their own, the heads, and all parameters in one
/// buffer.
public final class TacoModel: Sendable {
  /// What it is made of.
  package let shape: ModelShape
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
    shape = ModelShape(
      configuration, pooling: pooling, objective: objective, frozenLayers: frozenLayers,
      adapter: adapter, addedTokens: addedTokens, trains: trains)
    let layout = shape.layout
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

  /// The encoder that the run started with and that a trained model has; then those that the objective trains besides.
  public var encoders: [Encoder] { shape.encoders }
  /// The encoder that a trained model has.
  public var encoder: Encoder { shape.encoder }
  /// What is trained.
  public var objective: any Objective { shape.objective }
  /// The networks after the encoder.
  public var heads: Heads { shape.heads }
  /// The network that guesses hidden tokens; nil where the objective hides none, or nothing is to be trained.
  package var tokenHead: TokenHead? { shape.tokenHead }
  /// Names and places of all parameters.
  public var layout: ParameterLayout { shape.layout }
  /// How many of the encoder's lowest layers stay as they are, and the embeddings with them; 0 for none.
  public var frozenLayers: Int { shape.frozenLayers }

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
}

extension TacoModel {
  /// The work of a sequence, for dividing a batch.
  var sequenceCost: SequenceCost { shape.sequenceCost }
  /// The stages of the backward pass.
  var stages: [BackwardStage] { shape.stages }
  /// The trained part of the flat buffer.
  var trained: Range<Int> { shape.trained }
  /// Whether the token embeddings are trained.
  var trainsTokenTable: Bool { shape.trainsTokenTable }
  /// The token embeddings of all encoders, one table after the other.
  var tokenTable: ParameterSlot { shape.tokenTable }

  /// The trained parameters, in their order.
  var trainedEntries: [ParameterLayout.Entry] {
    layout.entries.filter { trained.contains($0.offset) }
  }

  /// Whether a parameter is the token embeddings of an encoder.
  func isTokenTable(_ entry: ParameterLayout.Entry) -> Bool {
    entry.block != nil && entry.block == encoder.parameters.tokenEmbeddingBlock
  }

  /// The parts of a block by what updates them, ascending.
  func groups(of block: ParameterLayout.Block) -> [(range: Range<Int>, rule: OwnRule?)] {
    guard block == layout.blocks[heads.block] else { return [(0..<block.range.count, nil)] }
    return heads.groups(blockSize: block.range.count)
  }

  /// The block of a stage's parameters; for the embeddings, the block without the token embeddings.
  func block(of stage: BackwardStage) -> ParameterLayout.Block { shape.block(of: stage) }
}
