public import Tensors

/// The places of an encoder's parameters, under the names that Hugging Face's `AutoModel` uses.
public struct EncoderParameters: Sendable {
  /// A product's weight `[rows, columns]` and bias `[rows]`.
  public struct Linear: Sendable {
    /// `[out, in]`, as PyTorch stores it.
    public let weight: ParameterSlot
    /// `[out]`.
    public let bias: ParameterSlot
  }

  /// A layer normalisation's scale and shift.
  public struct Norm: Sendable {
    /// The scale.
    public let weight: ParameterSlot
    /// The shift.
    public let bias: ParameterSlot

    func values(_ parameters: Vector, _ epsilon: Double) -> NormParameters {
      NormParameters(
        weight: weight.vector(in: parameters), bias: bias.vector(in: parameters),
        epsilon: Float(epsilon))
    }
  }

  /// One layer: query, key and value are stacked, so that all three are one product.
  public struct Layer: Sendable {
    /// `[3C, C]` and `[3C]`.
    public let queryKeyValue: Linear
    /// `[C, C]` and `[C]`.
    public let attentionOutput: Linear
    /// After the attention's residual.
    public let attentionNorm: Norm
    /// `[F, C]` and `[F]`.
    public let intermediate: Linear
    /// `[C, F]` and `[C]`.
    public let output: Linear
    /// After the feed-forward part's residual.
    public let outputNorm: Norm
  }

  /// The block of the word embeddings alone, whose gradient touches few rows.
  public let wordBlock: Int
  /// The block of the other embedding parameters.
  public let embeddingBlock: Int
  /// The block of each layer.
  public let layerBlocks: [Int]
  /// `[V, embedding size]`.
  public let words: ParameterSlot
  /// `[positions, embedding size]`.
  public let positions: ParameterSlot
  /// `[types, embedding size]`, or nil.
  public let types: ParameterSlot?
  /// After the sum of the embeddings.
  public let embeddingNorm: Norm
  /// From embedding size to C, or nil.
  public let projection: Linear?
  /// `[buckets, heads]`, or nil.
  public let relativeBias: ParameterSlot?
  /// All layers.
  public let layers: [Layer]

  /// Adds an encoder's parameters to a layout.
  public init(_ configuration: EncoderConfiguration, in layout: inout ParameterLayout) {
    let builder = Builder(configuration: configuration)
    let normal = ParameterLayout.Initializer.normal(configuration.initializerRange)
    let size = configuration.embeddingSize
    wordBlock = layout.beginBlock("embeddings.words")
    words = layout.add(
      "embeddings.word_embeddings.weight", [configuration.vocabularySize, size], normal)
    embeddingBlock = layout.beginBlock("embeddings")
    positions = layout.add(
      "embeddings.position_embeddings.weight", [configuration.positionCount, size], normal)
    types =
      configuration.typeCount > 0
      ? layout.add(
        "embeddings.token_type_embeddings.weight", [configuration.typeCount, size], normal) : nil
    embeddingNorm = builder.norm("embeddings.LayerNorm", size, &layout)
    projection =
      size == configuration.hiddenSize
      ? nil : builder.linear(["embeddings_project"], configuration.hiddenSize, size, &layout)
    relativeBias =
      configuration.relativeBuckets > 0
      ? layout.add(
        "encoder.relative_attention_bias.weight",
        [configuration.relativeBuckets, configuration.headCount], normal) : nil
    var blocks: [Int] = []
    var layers: [Layer] = []
    for index in 0..<configuration.layerCount {
      blocks.append(layout.beginBlock("encoder.layer.\(index)"))
      layers.append(builder.layer("encoder.layer.\(index)", &layout))
    }
    layerBlocks = blocks
    self.layers = layers
  }
}

/// Names and shapes of the repeated parts.
private struct Builder {
  let configuration: EncoderConfiguration

  func linear(_ names: [String], _ rows: Int, _ columns: Int, _ layout: inout ParameterLayout)
    -> EncoderParameters.Linear
  {
    let normal = ParameterLayout.Initializer.normal(configuration.initializerRange)
    return EncoderParameters.Linear(
      weight: layout.add(stacked: names.map { "\($0).weight" }, [rows, columns], normal),
      bias: layout.add(stacked: names.map { "\($0).bias" }, [rows], .constant(0)))
  }

  func norm(_ name: String, _ size: Int, _ layout: inout ParameterLayout) -> EncoderParameters.Norm
  {
    EncoderParameters.Norm(
      weight: layout.add("\(name).weight", [size], .constant(1)),
      bias: layout.add("\(name).bias", [size], .constant(0)))
  }

  func layer(_ prefix: String, _ layout: inout ParameterLayout) -> EncoderParameters.Layer {
    let size = configuration.hiddenSize
    let isMPNet = configuration.family == .mpnet
    let projections =
      isMPNet
      ? ["attn.q", "attn.k", "attn.v"] : ["self.query", "self.key", "self.value"]
    let output = isMPNet ? "attn.o" : "output.dense"
    let norm = isMPNet ? "LayerNorm" : "output.LayerNorm"
    return EncoderParameters.Layer(
      queryKeyValue: linear(
        projections.map { "\(prefix).attention.\($0)" }, size, size, &layout),
      attentionOutput: linear(["\(prefix).attention.\(output)"], size, size, &layout),
      attentionNorm: self.norm("\(prefix).attention.\(norm)", size, &layout),
      intermediate: linear(
        ["\(prefix).intermediate.dense"], configuration.intermediateSize, size, &layout),
      output: linear(
        ["\(prefix).output.dense"], size, configuration.intermediateSize, &layout),
      outputNorm: self.norm("\(prefix).output.LayerNorm", size, &layout))
  }
}
