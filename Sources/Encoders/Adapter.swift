public import Tensors

/// Low-rank adapters beside frozen weights (LoRA, Hu and others, 2022): what is to be adapted, and how.
public struct AdapterSettings: Sendable, Hashable, Codable {
  /// The rank of each adapter, r.
  public var rank: Int
  /// The numerator of the adapters' factor, alpha / r.
  public var alpha: Double
  /// Dropout of an adapter's input while training.
  public var dropout: Double
  /// The modules to adapt, by the ends of their names, such as `q_proj`.
  public var targets: [String]
  /// Rows behind the frozen token embeddings that train.
  public var addedTokens: Int

  /// What the trained rows of added tokens are called.
  static let addedTokensName = "added_tokens.weight"

  /// Adapters of these modules.
  public init(
    rank: Int, alpha: Double, dropout: Double = 0, targets: [String], addedTokens: Int = 0
  ) {
    (self.rank, self.alpha, self.dropout) = (rank, alpha, dropout)
    (self.targets, self.addedTokens) = (targets, addedTokens)
  }

  /// The adapters' factor.
  public var scale: Double { alpha / Double(rank) }

  /// Whether a module is meant, as PEFT decides: by its whole name or by an end of it behind a dot.
  func adapts(_ module: String) -> Bool {
    targets.contains { module == $0 || module.hasSuffix(".\($0)") }
  }
}

/// One module's adapter: `scale * B A` beside its weight.
public struct Adapter: Sendable {
  /// Where it is, for the keys of its dropout.
  struct Place: Sendable, Hashable {
    let layer: Int
    let site: Int
  }

  /// A, `[r, in]`.
  public let down: ParameterSlot
  /// B, `[out, r]`.
  public let up: ParameterSlot
  /// The columns of the product's output that it adds to.
  public let outputs: Range<Int>
  let scale: Float
  let dropout: Double
  let place: Place

  /// Adds an adapter's parameters to a layout; it starts as PEFT's do, with a B of 0.
  init(
    _ module: String, inputs: Int, outputs: Range<Int>, _ settings: AdapterSettings, place: Place,
    in layout: inout ParameterLayout
  ) {
    down = layout.add(
      "\(module).lora_A.weight", [settings.rank, inputs],
      .uniform(1 / Double(inputs).squareRoot()))
    up = layout.add("\(module).lora_B.weight", [outputs.count, settings.rank], .constant(0))
    self.outputs = outputs
    (scale, dropout, self.place) = (Float(settings.scale), settings.dropout, place)
  }
}
