public import Tensors

/// The places of an encoder's parameters, under the names that Hugging Face's `AutoModel` uses.
///
/// With an adapter all of the encoder's own stand outside the buffer, and a layer's block holds its adapters.
public struct EncoderParameters: Sendable {
  /// A product's weight `[rows, columns]`, its bias `[rows]` and what adapts it.
  public struct Linear: Sendable {
    /// `[out, in]`, as PyTorch stores it.
    public let weight: ParameterSlot
    /// `[out]`, or nil.
    public let bias: ParameterSlot?
    /// Of the whole product or of parts of its output.
    public let adapters: [Adapter]
  }

  /// A normalisation's scale and shift.
  public struct Norm: Sendable {
    /// The scale.
    public let weight: ParameterSlot
    /// The shift; nil where the norm has none.
    public let bias: ParameterSlot?
    /// How rows are normalised.
    let kind: BlockParts.Norm
    /// Added to variances.
    let epsilon: Float
  }

  /// One layer: query, key and value are stacked, so that all three are one product.
  public struct Layer: Sendable {
    /// Before attention, or nil.
    public let attentionInputNorm: Norm?
    /// `[(heads + 2 keyHeads) * size, C]`.
    public let queryKeyValue: Linear
    /// `[C, heads * size]`.
    public let attentionOutput: Linear
    /// After the attention's residual sum, or nil.
    public let attentionNorm: Norm?
    /// Before the feed-forward part, or nil.
    public let feedForwardInputNorm: Norm?
    /// `[F, C]`, or gate and up, `[2F, C]`.
    public let intermediate: Linear
    /// `[C, F]`.
    public let output: Linear
    /// After the feed-forward part's residual sum, or nil.
    public let outputNorm: Norm?

    /// Its products.
    public var linears: [Linear] { [queryKeyValue, attentionOutput, intermediate, output] }
    var norms: [Norm] {
      [attentionInputNorm, attentionNorm, feedForwardInputNorm, outputNorm].compactMap { $0 }
    }
  }

  /// The block of the token embeddings alone, whose gradient touches few rows; nil where they are frozen outside.
  public let wordBlock: Int?
  /// The block of the other embedding parameters that may train; nil where there are none.
  public let embeddingBlock: Int?
  /// The block of each layer.
  public let layerBlocks: [Int]
  /// `[V, embedding size]`.
  public let words: ParameterSlot
  /// The rows of tokens behind those of `words`, where that is frozen; nil without.
  public let addedWords: ParameterSlot?
  /// `[positions, embedding size]`, or nil.
  public let positions: ParameterSlot?
  /// `[types, embedding size]`, or nil.
  public let types: ParameterSlot?
  /// After the sum of the embeddings, or nil.
  public let embeddingNorm: Norm?
  /// From embedding size to C, or nil.
  public let projection: Linear?
  /// `[buckets, heads]`, or nil.
  public let relativeBias: ParameterSlot?
  /// All layers.
  public let layers: [Layer]

  /// The ranks of a layer's adapters together.
  public var adapterColumns: Int {
    layers.first?.linears.flatMap(\.adapters).reduce(0) { $0 + $1.down.rows } ?? 0
  }

  /// Where the token embeddings stand in the flat buffer; nil where they are frozen outside it.
  public var wordOffset: Int? { words.isFrozen ? nil : words.offset }

  /// Adds an encoder's parameters to a layout.
  ///
  /// - Parameters:
  ///   - configuration: The shape.
  ///   - adapter: What trains instead of the encoder's own parameters, or nil.
  ///   - addedTokens: The last rows of the token embeddings that train beside adapters.
  ///   - layout: Receives names and places.
  public init(
    _ configuration: EncoderConfiguration, adapter: AdapterSettings? = nil,
    addedTokens: Int = 0, in layout: inout ParameterLayout
  ) {
    let builder = LayerBuilder(configuration: configuration, adapter: adapter)
    let (names, size, isFrozen) = (
      configuration.family.names, configuration.embeddingSize, adapter != nil
    )
    let normal = builder.normal
    let ownRows = configuration.vocabularySize - (isFrozen ? addedTokens : 0)
    wordBlock = isFrozen ? nil : layout.beginBlock("embeddings.words")
    words = layout.add(names.tokens, [ownRows, size], normal, isFrozen: isFrozen)
    let hasBlock = !isFrozen || ownRows < configuration.vocabularySize
    embeddingBlock = hasBlock ? layout.beginBlock("embeddings") : nil
    addedWords =
      ownRows < configuration.vocabularySize
      ? layout.add(
        AdapterSettings.addedTokensName, [configuration.vocabularySize - ownRows, size], normal)
      : nil
    positions =
      configuration.parts.rotary == nil
      ? layout.add(
        names.positions, [configuration.positionCount, size], normal, isFrozen: isFrozen) : nil
    types =
      configuration.typeCount > 0
      ? layout.add(names.types, [configuration.typeCount, size], normal, isFrozen: isFrozen) : nil
    embeddingNorm = names.embeddingNorm.map { builder.norm($0, size, &layout) }
    projection =
      size == configuration.hiddenSize
      ? nil
      : builder.linear(
        [(names.projection, configuration.hiddenSize)], size, hasBias: true, adapts: false, &layout)
    relativeBias =
      configuration.relativeBuckets > 0
      ? layout.add(
        names.relativeBias, [configuration.relativeBuckets, configuration.headCount], normal,
        isFrozen: isFrozen) : nil
    var blocks: [Int] = []
    var layers: [Layer] = []
    for index in 0..<configuration.layerCount {
      blocks.append(layout.beginBlock("\(names.layers).\(index)"))
      layers.append(builder.layer(index, &layout))
    }
    layerBlocks = blocks
    self.layers = layers
  }
}

/// Names and shapes of the repeated parts.
private struct LayerBuilder {
  let configuration: EncoderConfiguration
  let adapter: AdapterSettings?

  var normal: ParameterLayout.Initializer { .normal(configuration.initializerRange) }

  /// A product whose output is that of several modules side by side.
  func linear(
    _ modules: [(name: String, rows: Int)], _ columns: Int, hasBias: Bool, adapts: Bool = true,
    firstSite: Int = 0, layer: Int = 0, _ layout: inout ParameterLayout
  ) -> EncoderParameters.Linear {
    let weight = layout.add(
      stacked: modules.map { ("\($0.name).weight", [$0.rows, columns]) }, normal,
      isFrozen: adapter != nil)
    let bias =
      hasBias
      ? layout.add(
        stacked: modules.map { ("\($0.name).bias", [$0.rows]) }, .constant(0),
        isFrozen: adapter != nil) : nil
    var adapters: [Adapter] = []
    var start = 0
    for (index, module) in modules.enumerated() {
      if adapts, let adapter, adapter.adapts(module.name) {
        adapters.append(
          Adapter(
            module.name, inputs: columns, outputs: start..<start + module.rows, adapter,
            place: Adapter.Place(layer: layer, site: firstSite + index), in: &layout))
      }
      start += module.rows
    }
    return EncoderParameters.Linear(weight: weight, bias: bias, adapters: adapters)
  }

  func norm(_ name: String, _ size: Int, _ layout: inout ParameterLayout) -> EncoderParameters.Norm
  {
    let kind = configuration.parts.norm
    let isFrozen = adapter != nil
    return EncoderParameters.Norm(
      weight: layout.add("\(name).weight", [size], .constant(1), isFrozen: isFrozen),
      bias: kind == .layer
        ? layout.add("\(name).bias", [size], .constant(0), isFrozen: isFrozen) : nil,
      kind: kind, epsilon: Float(configuration.normEpsilon))
  }

  func layer(_ index: Int, _ layout: inout ParameterLayout) -> EncoderParameters.Layer {
    let (names, parts, size) = (
      configuration.family.names, configuration.parts, configuration.hiddenSize
    )
    let prefix = "\(names.layers).\(index)"
    let isBefore = parts.normPlace == .before
    func norm(_ name: String, when condition: Bool) -> EncoderParameters.Norm? {
      condition ? self.norm(name, size, &layout) : nil
    }
    let attentionInputNorm = norm("\(prefix).\(names.attentionNorm)", when: isBefore)
    let queryKeyValue = linear(
      [
        ("\(prefix).\(names.query)", configuration.querySize),
        ("\(prefix).\(names.key)", configuration.keySize),
        ("\(prefix).\(names.value)", configuration.keySize),
      ], size, hasBias: parts.biases.contains(.queryKeyValue), firstSite: 0, layer: index, &layout)
    let attentionOutput = linear(
      [("\(prefix).\(names.attentionOutput)", size)], configuration.querySize,
      hasBias: parts.biases.contains(.attentionOutput), firstSite: 3, layer: index, &layout)
    let attentionNorm = norm("\(prefix).\(names.attentionNorm)", when: !isBefore)
    let feedForwardInputNorm = norm("\(prefix).\(names.outputNorm)", when: isBefore)
    let intermediate = linear(
      names.intermediate.map { ("\(prefix).\($0)", configuration.intermediateSize) }, size,
      hasBias: parts.biases.contains(.feedForward), firstSite: 4, layer: index, &layout)
    let output = linear(
      [("\(prefix).\(names.output)", size)], configuration.intermediateSize,
      hasBias: parts.biases.contains(.feedForward), firstSite: 6, layer: index, &layout)
    let outputNorm =
      isBefore
      ? norm(names.finalNorm, when: index == configuration.layerCount - 1)
      : norm("\(prefix).\(names.outputNorm)", when: true)
    return EncoderParameters.Layer(
      attentionInputNorm: attentionInputNorm, queryKeyValue: queryKeyValue,
      attentionOutput: attentionOutput, attentionNorm: attentionNorm,
      feedForwardInputNorm: feedForwardInputNorm, intermediate: intermediate, output: output,
      outputNorm: outputNorm)
  }
}
