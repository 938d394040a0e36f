public import Foundation
internal import Safetensors
public import Tensors

/// Pre-trained weights of a model folder, in one safetensors file or in several with an index, found under the
/// names that model classes give them.
///
/// What stands before all names (`bert.`, `_orig_mod.`, `0.auto_model.`), the older norm names `gamma` and
/// `beta`, poolers, `position_ids` and language-model heads are tolerated; a parameter that is missing or of
/// another shape is not.
public struct WeightFile: Sendable {
  private let files: WeightFiles
  private let prefix: String

  private let names: EncoderNames

  /// Opens the weights of a model folder.
  ///
  /// - Parameters:
  ///   - folder: A Hugging Face model folder.
  ///   - family: Decides between several prefixes.
  /// - Throws: `EncoderError` when there are none, or what `SafetensorsFile` finds wrong.
  public init(folder: URL, family: EncoderFamily) throws {
    files = try WeightFiles(folder: folder)
    names = family.names
    let tokens = names.tokens
    let prefixes = files.names.filter { $0.hasSuffix(tokens) }
      .map { String($0.dropLast(tokens.count)) }
      .filter { $0.isEmpty || $0.hasSuffix(".") }.sorted()
    let usual = names.prefixes
    let candidates = usual.filter(prefixes.contains) + prefixes
    guard let prefix = candidates.first else {
      throw EncoderError(
        "\(files.url.path): no tensor '\(tokens)', with or without a prefix such as "
          + "'\(usual[1])'. This is not a \(family) encoder.")
    }
    guard usual.contains(prefix) || prefixes.count == 1 else {
      throw EncoderError(
        "\(files.url.path): there are \(prefixes.count) encoders, under "
          + prefixes.prefix(4).map { "'\($0)'" }.joined(separator: ", ")
          + ". Save the one to train alone.")
    }
    if let adapter = files.names.first(where: { $0.contains(".lora_A.") }) {
      throw EncoderError(
        "\(files.url.path): '\(adapter)' belongs to an adapter that is not merged. Merge it with PEFT: "
          + "model.merge_and_unload().save_pretrained(...).")
    }
    self.prefix = prefix
  }

  /// The rows of the token embeddings in the file.
  public func tokenCount() throws -> Int {
    try files.tensor(prefix + names.tokens)?.shape.first ?? 0
  }

  /// The file that holds the weights, or tells where they are.
  public var url: URL { files.url }

  /// Checks that every encoder parameter is there with its shape, before memory is taken for any, and that
  /// there are no more layers.
  ///
  /// - Parameters:
  ///   - layout: The encoder's places.
  ///   - layerCount: The number of layers in config.json.
  /// - Throws: `EncoderError` that names the tensor that is missing, of another shape or too many.
  public func check(_ layout: ParameterLayout, layerCount: Int) throws {
    for entry in layout.entries + layout.frozenEntries where !entry.isAdapter {
      _ = try tensor(entry)
    }
    let start = prefix + names.layers + "."
    let further = files.names.compactMap { name -> (layer: Int, name: String)? in
      guard name.hasPrefix(start),
        let layer = Int(name.dropFirst(start.count).prefix { $0 != "." }), layer >= layerCount
      else { return nil }
      return (layer, name)
    }
    guard let first = further.min(by: { $0 < $1 }) else { return }
    throw EncoderError(
      "\(files.place(of: first.name)): tensor '\(first.name)' belongs to layer \(first.layer), counted from 0, "
        + "but num_hidden_layers in config.json is \(layerCount). Correct config.json, or remove the "
        + "layers from the file.")
  }

  /// Copies every encoder parameter into its place; parameters of other parts stay.
  ///
  /// Word embeddings may have more rows in the layout than in the file: those of added tokens,
  /// which get starting values.
  ///
  /// - Parameters:
  ///   - layout: The places.
  ///   - parameters: The flat buffer.
  ///   - seed: Starting values of added tokens depend on it.
  ///   - isEncoder: Whether a parameter is the encoder's; others are not looked for.
  /// - Throws: `EncoderError` that names the tensor that is missing or of another shape.
  public func load(
    _ layout: ParameterLayout, into parameters: Vector, seed: UInt64,
    where isEncoder: (ParameterLayout.Entry) -> Bool = { _ in true }
  ) throws {
    for (index, entry) in layout.entries.enumerated() where isEncoder(entry) && !entry.isAdapter {
      let tensor = try tensor(entry)
      var values = parameters[entry.range]
      if tensor.shape != entry.shape {
        let known = tensor.shape[0] * tensor.shape[1]
        layout.initialize(entry, values, from: known, seed: seed, stream: UInt32(index))
        values = values[0..<known]
      }
      try tensor.copyFloats(into: values.buffer)
    }
  }

  /// Copies a tensor that the file may have beside the encoder's parameters, such as a pooler's.
  ///
  /// - Parameters:
  ///   - name: Its name after the prefix of the encoder's.
  ///   - shape: The shape that it must have; another one counts as none.
  ///   - values: Receives it; stays as it is where there is none.
  /// - Throws: What is wrong with the file.
  public func load(optional name: String, shape: [Int], into values: Vector) throws {
    guard let tensor = try files.tensor(prefix + name), tensor.shape == shape else { return }
    try tensor.copyFloats(into: values.buffer)
  }

  /// The numbers of a layout's frozen parameters, where they stand in the file; what is neither float32 nor
  /// bfloat16 there is copied.
  ///
  /// - Parameter layout: The places.
  /// - Returns: The numbers.
  /// - Throws: `EncoderError` that names the tensor that is missing or of another shape.
  public func frozen(_ layout: ParameterLayout) throws -> FrozenParameters {
    FrozenParameters(layout, try layout.frozenEntries.map { try tensor($0).numbers() })
  }

  /// The bytes of a layout's frozen parameters that stay in the file.
  ///
  /// - Throws: `EncoderError` that names the tensor that is missing or of another shape.
  package func mappedBytes(_ layout: ParameterLayout) throws -> Int {
    try layout.frozenEntries.reduce(0) { sum, entry in
      switch try tensor(entry).type {
      case .float32: sum + 4 * entry.count
      case .bfloat16: sum + 2 * entry.count
      default: sum
      }
    }
  }

  /// A parameter's tensor; of the token embeddings it may have fewer rows.
  private func tensor(_ entry: ParameterLayout.Entry) throws -> TensorView {
    let tensor = try find(entry)
    guard tensor.shape != entry.shape else { return tensor }
    guard entry.name == names.tokens, entry.block != nil, tensor.shape.count == 2,
      tensor.shape[1] == entry.shape[1],
      tensor.shape[0] < entry.shape[0]
    else {
      throw EncoderError(
        "\(files.place(of: tensor.name)): tensor '\(tensor.name)' has shape \(tensor.shape), "
          + "expected \(entry.shape) from config.json.")
    }
    return tensor
  }

  private func find(_ entry: ParameterLayout.Entry) throws -> TensorView {
    if let tensor = try files.tensor(prefix + entry.name) { return tensor }
    let older = entry.name
      .replacingOccurrences(of: "LayerNorm.weight", with: "LayerNorm.gamma")
      .replacingOccurrences(of: "LayerNorm.bias", with: "LayerNorm.beta")
    if let tensor = try files.tensor(prefix + older) { return tensor }
    throw EncoderError(
      "\(url.path): tensor '\(prefix + entry.name)' is missing. The file and config.json do not "
        + "belong together, or the file is incomplete.")
  }
}

extension ParameterLayout.Entry {
  /// Whether it is an adapter's or an added token's, which no base file has.
  public var isAdapter: Bool {
    name.hasSuffix(".lora_A.weight") || name.hasSuffix(".lora_B.weight") || isAddedToken
  }

  /// Whether it is the rows of tokens that were added beside frozen embeddings.
  public var isAddedToken: Bool { name == AdapterSettings.addedTokensName }
}

extension TensorView {
  /// The elements where they stand, or a copy of those that are of another type or not aligned.
  fileprivate func numbers() throws -> FrozenParameters.Numbers {
    let owner = Owner(self)
    switch type {
    case .float32:
      if let buffer = aligned(Float.self) {
        return .float32(FrozenParameters.UnsafeBuffer(buffer, owner: owner))
      }
    case .bfloat16:
      if let buffer = aligned(UInt16.self) {
        return .bfloat16(FrozenParameters.UnsafeBuffer(buffer, owner: owner))
      }
    default: break
    }
    let storage = Storage(count: count)
    try copyFloats(into: storage.vector.buffer)
    return .float32(
      FrozenParameters.UnsafeBuffer(UnsafeBufferPointer(storage.vector.buffer), owner: storage))
  }

  /// The mapped elements, for as long as the view lives; nil where they are not aligned.
  private func aligned<Element>(_: Element.Type) -> UnsafeBufferPointer<Element>? {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress,
        Int(bitPattern: base).isMultiple(of: MemoryLayout<Element>.alignment)
      else { return nil }
      return UnsafeBufferPointer(
        start: base.assumingMemoryBound(to: Element.self), count: count)
    }
  }

  /// Keeps the file mapped.
  private final class Owner: Sendable {
    let view: TensorView
    init(_ view: TensorView) { self.view = view }
  }
}
