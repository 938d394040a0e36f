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
  public let tokenEmbeddingBlock: Int?
  /// The block of the other embedding parameters that may train; nil where there are none.
  public let embeddingBlock: Int?
  /// The block of each layer.
  public private(set) var layerBlocks: [Int]
  /// `[V, embedding size]`.
  public let tokenEmbeddings: ParameterSlot
  /// The rows of tokens after those of `tokenEmbeddings`, where that is frozen; nil without.
  public let addedTokenEmbeddings: ParameterSlot?
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
  public private(set) var layers: [Layer]
  /// What stands before all of its names; nothing for an encoder alone.
  public let prefix: String

  /// The ranks of a layer's adapters together.
  public var adapterColumns: Int {
    layers.first?.linears.flatMap(\.adapters).reduce(0) { $0 + $1.down.rows } ?? 0
  }

  /// Where the token embeddings stand in the flat buffer; nil where they are frozen outside it.
  public var tokenEmbeddingOffset: Int? { tokenEmbeddings.isFrozen ? nil : tokenEmbeddings.offset }

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
    self =
      Self.several(
        configuration, prefixes: [""], adapter: adapter, addedTokens: addedTokens, in: &layout)[0]
  }

  /// Adds the parameters of several encoders of one shape to a layout.
  ///
  /// Their token embeddings are one block, a table after the other; so are their other embeddings. Layers follow from
  /// the lowest on, those of all encoders side by side: what is frozen stands in front.
  ///
  /// - Parameters:
  ///   - configuration: The shape of each.
  ///   - prefixes: What stands before each one's names; adapters want one encoder alone.
  ///   - adapter: What trains instead of the encoder's own parameters, or nil.
  ///   - addedTokens: The last rows of the token embeddings that train beside adapters.
  ///   - layout: Receives names and places.
  /// - Returns: The places of each encoder's parameters.
  static func several(
    _ configuration: EncoderConfiguration, prefixes: [String], adapter: AdapterSettings?,
    addedTokens: Int, in layout: inout ParameterLayout
  ) -> [EncoderParameters] {
    precondition(prefixes.count == 1 || adapter == nil, "adapters of one encoder")
    let builders = prefixes.map {
      LayerBuilder(configuration: configuration, prefix: $0, adapter: adapter)
    }
    let (name, size) = (configuration.family.names.tokens, configuration.embeddingSize)
    let isFrozen = adapter != nil
    let ownRows = configuration.vocabularySize - (isFrozen ? addedTokens : 0)
    let tokenEmbeddingBlock = isFrozen ? nil : layout.beginBlock("embeddings.tokens")
    let tokenEmbeddings =
      isFrozen
      ? [layout.add(name, [ownRows, size], builders[0].normal, isFrozen: true)]
      : layout.add(
        consecutive: prefixes.map { ($0 + name, [ownRows, size]) }, builders[0].normal)
    let hasBlock = !isFrozen || ownRows < configuration.vocabularySize
    let embeddingBlock = hasBlock ? layout.beginBlock("embeddings") : nil
    var encoders = zip(builders, tokenEmbeddings).map { builder, tokenEmbeddings in
      EncoderParameters(
        builder, tokenEmbeddingBlock: tokenEmbeddingBlock, embeddingBlock: embeddingBlock,
        tokenEmbeddings: tokenEmbeddings, &layout)
    }
    for index in 0..<configuration.layerCount {
      for (number, builder) in builders.enumerated() {
        let block = "\(builder.prefix)\(configuration.family.names.layers).\(index)"
        encoders[number].layerBlocks.append(layout.beginBlock(block))
        encoders[number].layers.append(builder.layer(index, &layout))
      }
    }
    return encoders
  }

  /// Adds what stands between the token embeddings and the layers.
  private init(
    _ builder: LayerBuilder, tokenEmbeddingBlock: Int?, embeddingBlock: Int?,
    tokenEmbeddings: ParameterSlot,
    _ layout: inout ParameterLayout
  ) {
    let configuration = builder.configuration
    let (names, size, isFrozen) = (
      configuration.family.names, configuration.embeddingSize, builder.adapter != nil
    )
    let normal = builder.normal
    prefix = builder.prefix
    (self.tokenEmbeddingBlock, self.embeddingBlock, self.tokenEmbeddings) = (
      tokenEmbeddingBlock, embeddingBlock, tokenEmbeddings
    )
    addedTokenEmbeddings =
      tokenEmbeddings.rows < configuration.vocabularySize
      ? layout.add(
        AdapterSettings.addedTokensName,
        [configuration.vocabularySize - tokenEmbeddings.rows, size], normal)
      : nil
    positions =
      configuration.parts.rotary == nil
      ? layout.add(
        prefix + names.positions, [configuration.positionCount, size], normal, isFrozen: isFrozen)
      : nil
    types =
      configuration.typeCount > 0
      ? layout.add(
        prefix + names.types, [configuration.typeCount, size], normal, isFrozen: isFrozen) : nil
    embeddingNorm = names.embeddingNorm.map { builder.norm($0, size, &layout) }
    projection =
      size == configuration.hiddenSize
      ? nil
      : builder.linear(
        [(names.projection, configuration.hiddenSize)], size, hasBias: true, adapts: false, &layout)
    relativeBias =
      configuration.relativeBuckets > 0
      ? layout.add(
        prefix + names.relativeBias, [configuration.relativeBuckets, configuration.headCount],
        normal, isFrozen: isFrozen) : nil
    (layerBlocks, layers) = ([], [])
  }
}

/// Names and shapes of the repeated parts.
private struct LayerBuilder {
  let configuration: EncoderConfiguration
  let prefix: String
  let adapter: AdapterSettings?

  var normal: ParameterLayout.Initializer { .normal(configuration.initializerRange) }

  /// A product whose output is that of several modules side by side.
  func linear(
    _ modules: [(name: String, rows: Int)], _ columns: Int, hasBias: Bool, adapts: Bool = true,
    firstSite: Int = 0, layer: Int = 0, _ layout: inout ParameterLayout
  ) -> EncoderParameters.Linear {
    let weight = layout.add(
      stacked: modules.map { ("\(prefix)\($0.name).weight", [$0.rows, columns]) }, normal,
      isFrozen: adapter != nil)
    let bias =
      hasBias
      ? layout.add(
        stacked: modules.map { ("\(prefix)\($0.name).bias", [$0.rows]) }, .constant(0),
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
      weight: layout.add("\(prefix)\(name).weight", [size], .constant(1), isFrozen: isFrozen),
      bias: kind == .layer
        ? layout.add("\(prefix)\(name).bias", [size], .constant(0), isFrozen: isFrozen) : nil,
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
