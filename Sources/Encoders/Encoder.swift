public import Tensors

/// What becomes of a sequence's last hidden states.
public enum Pooling: String, Sendable, CaseIterable, Codable {
  /// The first token's state (CLS), as the paper has it.
  case first
  /// The mean over all tokens, as sentence encoders have it.
  case mean
  /// The last token's state, which in a decoder alone has seen all others.
  case last
}

/// Keys of all dropout decisions of one training step.
public struct DropoutKeys: Sendable {
  /// The seed of the run.
  public let seed: UInt64
  /// The step, counted from 0.
  public let step: UInt64
  /// Which encoder: two of them over the same rows draw different masks.
  public let encoder: UInt8
  /// Which pass over the rows of the step.
  public let pass: UInt8

  /// The keys of one encoder's pass in one step.
  public init(seed: UInt64, step: UInt64, encoder: UInt8 = 0, pass: UInt8 = 0) {
    (self.seed, self.step) = (seed, step)
    (self.encoder, self.pass) = (encoder, pass)
  }

  /// The keys of another encoder in the same pass.
  public func of(encoder: Int) -> DropoutKeys {
    DropoutKeys(seed: seed, step: step, encoder: UInt8(encoder), pass: pass)
  }

  enum Place: UInt32 {
    case embeddings, attentionWeights, attentionOutput, output
  }

  func site(_ place: Place, layer: Int, rate: Double) -> DropoutSite? {
    site(stream: UInt32(layer) * 4 + place.rawValue, rate: rate)
  }

  /// Places have 16 bits of the stream, encoder and pass 8 each.
  func site(stream: UInt32, rate: Double) -> DropoutSite? {
    guard rate > 0 else { return nil }
    let random = KeyedRandom(
      seed: seed, purpose: .dropout, step: step,
      stream: UInt32(pass) << 24 | UInt32(encoder) << 16 | stream)
    return DropoutSite(key: random.key, rate: rate)
  }
}

/// A pre-trained encoder, from token sequences to one row each; it knows nothing of losses.
public struct Encoder: Sendable {
  /// The shape.
  public let configuration: EncoderConfiguration
  /// The places of the parameters.
  public let parameters: EncoderParameters
  /// How a sequence becomes one row.
  public let pooling: Pooling
  let relativeBuckets: [Int]

  /// An encoder whose parameters are added to `layout`.
  ///
  /// - Parameters:
  ///   - configuration: The shape.
  ///   - pooling: How a sequence becomes one row.
  ///   - adapter: What trains instead of the encoder's own parameters, or nil.
  ///   - addedTokens: The last rows of the token embeddings that train beside adapters.
  ///   - layout: Receives names and places.
  public init(
    _ configuration: EncoderConfiguration, pooling: Pooling, adapter: AdapterSettings? = nil,
    addedTokens: Int = 0, in layout: inout ParameterLayout
  ) {
    self =
      Self.several(
        configuration, prefixes: [""], pooling: pooling, adapter: adapter, addedTokens: addedTokens,
        in: &layout)[0]
  }

  /// Encoders of one shape with parameters of their own, which are added to `layout`.
  ///
  /// - Parameters:
  ///   - configuration: The shape of each.
  ///   - prefixes: What stands before each one's names; adapters want one encoder alone.
  ///   - pooling: How a sequence becomes one row.
  ///   - adapter: What trains instead of the encoder's own parameters, or nil.
  ///   - addedTokens: The last rows of the token embeddings that train beside adapters.
  ///   - layout: Receives names and places.
  /// - Returns: The encoders.
  public static func several(
    _ configuration: EncoderConfiguration, prefixes: [String], pooling: Pooling,
    adapter: AdapterSettings? = nil, addedTokens: Int = 0, in layout: inout ParameterLayout
  ) -> [Encoder] {
    EncoderParameters.several(
      configuration, prefixes: prefixes, adapter: adapter, addedTokens: addedTokens, in: &layout
    ).map { Encoder(configuration, pooling: pooling, $0) }
  }

  private init(
    _ configuration: EncoderConfiguration, pooling: Pooling, _ parameters: EncoderParameters
  ) {
    (self.configuration, self.pooling, self.parameters) = (configuration, pooling, parameters)
    relativeBuckets =
      configuration.relativeBuckets > 0
      ? Encoder.buckets(configuration.relativeBuckets, length: configuration.maximumLength) : []
  }

  /// MPNet's bucket of every distance key - query: exact up to a quarter of the buckets, then
  /// logarithmic up to 128 (T5's scheme, half of the buckets a direction).
  static func buckets(_ count: Int, length: Int) -> [Int] {
    let half = count / 2
    let exact = half / 2
    return (-(length - 1)...(length - 1)).map { distance in
      let offset = distance > 0 ? half : 0
      let magnitude = abs(distance)
      if magnitude < exact { return offset + magnitude }
      let position =
        logarithm(Float(magnitude) / Float(exact)) / Float(logarithm(128 / Double(exact)))
      return offset + min(exact + Int(position * Float(half - exact)), half - 1)
    }
  }
}
