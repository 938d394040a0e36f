internal import Distribution
package import Encoders
package import Objectives
package import Tensors

/// What a model is made of, without memory for its numbers: enough to count a step's work and memory.
package struct ModelShape: Sendable {
  /// The encoder that the run started with and that a trained model has; then those that the objective trains besides.
  package let encoders: [Encoder]
  /// What is trained.
  package let objective: any Objective
  /// The networks after the encoder.
  package let heads: Heads
  /// The network that guesses hidden tokens; nil where the objective hides none, or nothing is to be trained.
  package let tokenHead: TokenHead?
  /// Names and places of all parameters.
  package let layout: ParameterLayout
  /// How many of the encoder's lowest layers stay as they are, and the embeddings with them; 0 for none.
  package let frozenLayers: Int

  /// The shape of a model; the parameters are those of `TacoModel`.
  package init(
    _ configuration: EncoderConfiguration, pooling: Pooling, objective: any Objective,
    frozenLayers: Int = 0, adapter: AdapterSettings? = nil, addedTokens: Int = 0,
    trains: Bool = true
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
  }

  /// The encoder that a trained model has.
  package var encoder: Encoder { encoders[0] }

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

extension ModelShape {
  /// The stages; layers in the order of the buffer, from its end.
  var stages: [BackwardStage] {
    let layers = (frozenLayers..<encoder.configuration.layerCount).reversed()
    return (tokenHead == nil ? [] : [.tokens]) + [.heads]
      + layers.flatMap { layer in
        encoders.indices.reversed().map { .layer(layer, encoder: $0) }
      } + (trainsEmbeddings ? [.embeddings] : [])
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

  /// The trained part of the flat buffer: what is frozen stands before it, constant tables after it.
  var trained: Range<Int> {
    let end = layout.blocks[heads.block].range.upperBound
    guard let lowest = stages.last, lowest != .embeddings else { return 0..<end }
    return block(of: lowest).range.lowerBound..<end
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
