public import Encoders
public import Tensors
public import TripleView

/// The trained system: one encoder for both towers, the heads, and all parameters in one buffer.
public final class TacoModel: Sendable {
  /// The encoder of utterances and labels.
  public let encoder: Encoder
  /// The networks after it.
  public let heads: Heads
  /// Names and places of all parameters.
  public let layout: ParameterLayout
  private let storage: Storage

  /// A model with starting values: random, a function of the seed.
  ///
  /// - Parameters:
  ///   - configuration: The encoder's shape.
  ///   - pooling: How a sequence becomes one row.
  ///   - heads: One head for both towers, one for each, or one that gives scores.
  ///   - seed: Decides the starting values.
  ///   - needsValues: Whether a parameter is to have them; others stay 0 until they are read from a file.
  public init(
    _ configuration: EncoderConfiguration, pooling: Pooling, heads: Heads.Form, seed: UInt64,
    where needsValues: (ParameterLayout.Entry) -> Bool = { _ in true }
  ) {
    var layout = ParameterLayout()
    encoder = Encoder(configuration, pooling: pooling, in: &layout)
    self.heads = Heads(hiddenSize: configuration.hiddenSize, heads, in: &layout)
    self.layout = layout
    storage = Storage(count: layout.count)
    layout.initialize(storage.vector, seed: seed, where: needsValues)
  }

  /// Names and places of the parameters of such a model, without memory for them.
  static func layout(
    _ configuration: EncoderConfiguration, pooling: Pooling, heads: Heads.Form
  ) -> ParameterLayout {
    var layout = ParameterLayout()
    _ = Encoder(configuration, pooling: pooling, in: &layout)
    _ = Heads(hiddenSize: configuration.hiddenSize, heads, in: &layout)
    return layout
  }

  /// All parameters, `[layout.count]`.
  public var parameters: Vector { storage.vector }

  /// The work of a sequence, for dividing a batch.
  var sequenceCost: SequenceCost {
    SequenceCost(
      hiddenSize: encoder.configuration.hiddenSize,
      intermediateSize: encoder.configuration.intermediateSize)
  }
}

/// The stages of the backward pass, in its order; each completes the gradients of its parameters.
enum BackwardStage: Equatable {
  /// The fully-connected networks.
  case heads
  /// One transformer layer.
  case layer(Int)
  /// All embeddings; the words' gradient holds only the rows that the batch touches.
  case embeddings
}

extension TacoModel {
  var stages: [BackwardStage] {
    [.heads] + (0..<encoder.configuration.layerCount).reversed().map { .layer($0) } + [.embeddings]
  }

  /// The block of a stage's parameters; for the embeddings, the block without the words.
  func block(of stage: BackwardStage) -> ParameterLayout.Block {
    switch stage {
    case .heads: layout.blocks[heads.block]
    case .layer(let index): layout.blocks[encoder.parameters.layerBlocks[index]]
    case .embeddings: layout.blocks[encoder.parameters.embeddingBlock]
    }
  }
}
