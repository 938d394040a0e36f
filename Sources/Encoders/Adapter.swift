public import Tensors

/// Low-rank adapters beside frozen weights (LoRA, Hu and others, 2022): what is to be adapted, and how.
public struct AdapterSettings: Sendable, Hashable, Codable {
  /// The rank of each adapter, r.
  public var rank: Int
  /// The adapters' factor, called alpha / r in the paper of the method.
  public var scale: Double
  /// Dropout of an adapter's input while training.
  public var dropout: Double
  /// The modules to adapt, by the ends of their names, such as `q_proj`.
  public var targets: [String]

  /// What the trained rows of added tokens are called.
  static let addedTokensName = "added_tokens.weight"

  /// Adapters of these modules; by default as PEFT makes them of rank 16.
  public init(rank: Int = 16, scale: Double = 0.5, dropout: Double = 0, targets: [String] = []) {
    (self.rank, self.scale, self.dropout, self.targets) = (rank, scale, dropout, targets)
  }

  /// Whether a module is meant, as PEFT decides: by its whole name or by an end of it after a dot.
  func adapts(_ module: String) -> Bool { target(of: module) != nil }

  private func target(of module: String) -> String? {
    targets.first { module == $0 || module.hasSuffix(".\($0)") }
  }

  /// What does not fit an encoder: a target that none of its modules is, or a rank beyond a module's.
  ///
  /// - Parameter configuration: The encoder.
  /// - Returns: The setting, its value and what is wanted; nil when all fits.
  public func misfit(
    in configuration: EncoderConfiguration
  ) -> (setting: String, found: String, wanted: String)? {
    var layout = ParameterLayout()
    let encoder = EncoderParameters(configuration, adapter: self, in: &layout)
    let suffix = ".weight"
    let modules = layout.frozenEntries.filter { $0.shape.count == 2 && $0.name.hasSuffix(suffix) }
      .map { String($0.name.dropLast(suffix.count)) }
    let adapted = layout.entries.filter { $0.name.hasSuffix(".lora_A.weight") }
      .map { String($0.name.dropLast(".lora_A.weight".count)) }
    if let unknown = targets.first(where: { target in
      !adapted.contains { $0 == target || $0.hasSuffix(".\(target)") }
    }) {
      let prefix = "\(configuration.family.names.layers).0."
      let known = modules.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
      return (
        "adapter-targets", unknown,
        "ends of names of the encoder's modules: \(known.joined(separator: ", "))"
      )
    }
    let smallest = encoder.layers.flatMap(\.linears).flatMap(\.adapters)
      .map { min($0.down.columns, $0.up.rows) }.min()
    guard let smallest, rank > smallest else { return nil }
    return ("adapter-rank", "\(rank)", "1 to \(smallest), the least dimension of an adapted module")
  }
}

/// One module's adapter: `scale * B A` beside its weight.
public struct Adapter: Sendable {
  /// Where it is, for the keys of its dropout.
  struct Place: Sendable, Hashable {
    let layer: Int
    let site: Int
  }

  /// The module's name.
  public let module: String
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
    self.module = module
    self.outputs = outputs
    (scale, dropout, self.place) = (Float(settings.scale), settings.dropout, place)
  }

  /// Adds `scale * B A` to the module's weight, `[out * in]`.
  public func add(to weight: Vector, _ parameters: Vector) {
    let workspace = Workspace()
    let low = down.matrix(in: parameters)
    let change = workspace.matrix(up.rows, low.columns)
    multiply(up.matrix(in: parameters), .plain, low, into: change, workspace)
    Tensors.scale(change.vector, by: scale)
    Tensors.add(change.vector, to: weight)
  }
}
