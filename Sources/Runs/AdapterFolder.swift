internal import Encoders
internal import Foundation
internal import Safetensors
internal import Tensors
internal import Training

/// What `model/` holds where adapters were trained: a folder that PEFT opens, which names the encoder beside them.
struct AdapterFolder {
  let url: URL

  private static let configuration = "adapter_config.json"
  private static let weights = "adapter_model.safetensors"
  /// Of encoders that are built in, the numbers stand here.
  private static let builtIn = "base"
  private static let prefix = "base_model.model."
  /// The field that PEFT does not know, by which a folder of this program is told.
  static let digest = "taco_base_digest"

  init(_ url: URL) { self.url = url }

  private func fields() throws -> [String: Any] {
    let file = url.appendingPathComponent(Self.configuration)
    guard let data = try? Data(contentsOf: file),
      let fields = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else {
      throw ModelFolderError("\(file.path): missing or damaged. Copy the model folder again.")
    }
    return fields
  }

  /// The folder of the encoder beside the adapters.
  ///
  /// - Throws: `ModelFolderError` where it is not there.
  func base() throws -> URL {
    let own = url.appendingPathComponent(Self.builtIn)
    if FileManager.default.fileExists(atPath: own.path) { return own }
    guard let recorded = try fields()["base_model_name_or_path"] as? String, !recorded.isEmpty
    else {
      throw ModelFolderError(
        "\(url.path)/\(Self.configuration): no 'base_model_name_or_path', the encoder's folder.")
    }
    // What is beside the adapters is so wherever the program runs.
    let path = recorded.hasPrefix("/") ? recorded : url.appendingPathComponent(recorded).path
    guard FileManager.default.fileExists(atPath: path) else {
      throw ModelFolderError(
        "\(url.path): the encoder that its adapters were trained beside is not in \(path). Bring it there, or "
          + "give its place as 'base_model_name_or_path' in \(Self.configuration).")
    }
    return URL(fileURLWithPath: path)
  }

  /// Refuses what PEFT would take for other adapters than were trained.
  private func requireSettings(_ adapter: AdapterSettings) throws {
    let fields = try fields()
    let expected = Self.describe(adapter)
    for (name, value) in expected where !(fields[name] as? NSObject ?? NSNull()).isEqual(value) {
      throw ModelFolderError(
        "\(url.path)/\(Self.configuration): '\(name)' is not the \(value) that taco.json says. Copy the model folder "
          + "again.")
    }
  }

  /// The fields that change what adapters give.
  private static func describe(_ adapter: AdapterSettings) -> [String: NSObject] {
    let alpha = adapter.scale * Double(adapter.rank)
    return [
      "peft_type": "LORA" as NSString, "r": adapter.rank as NSNumber,
      "lora_alpha": (Int(exactly: alpha).map { $0 as NSNumber }) ?? alpha as NSNumber,
      "target_modules": adapter.targets as NSArray, "fan_in_fan_out": false as NSNumber,
      "use_rslora": false as NSNumber, "use_dora": false as NSNumber,
      "rank_pattern": [String: Int]() as NSDictionary,
      "alpha_pattern": [String: Double]() as NSDictionary,
    ]
  }

  /// Copies the adapters into a model.
  ///
  /// - Parameters:
  ///   - model: Of the encoder that they belong to.
  ///   - adapter: Its adapters' settings.
  /// - Throws: `ModelFolderError` where it is another encoder or a tensor does not fit.
  func load(into model: TacoModel, _ adapter: AdapterSettings) throws {
    let file = url.appendingPathComponent(Self.weights)
    if let expected = try fields()[Self.digest] as? String, expected != (try model.baseDigest) {
      throw ModelFolderError(
        "\(url.path): its adapters were trained beside other weights, or another config.json, than those in "
          + "\(try base().path) now. Bring these back, or train again.")
    }
    try requireSettings(adapter)
    let tensors = try SafetensorsFile(contentsOf: file)
    for entry in model.layout.entries where entry.isAdapter && !model.isOwn(entry) {
      let tensor = try tensors.tensor(Self.prefix + entry.name)
      guard tensor.shape == entry.shape else {
        throw ModelFolderError(
          "\(file.path): '\(Self.prefix + entry.name)' has shape \(tensor.shape), expected \(entry.shape)."
        )
      }
      try tensor.copyFloats(into: model.parameters[entry.range].buffer)
    }
  }

  /// Writes the adapters of a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - adapter: Its adapters' settings.
  ///   - base: The encoder's folder; nil for a built-in encoder, which is written too.
  ///   - folder: The folder being filled.
  /// - Throws: An error that names the file that cannot be written.
  static func write(
    _ model: TacoModel, _ adapter: AdapterSettings, base: URL?, to folder: URL
  ) throws {
    let fields: [String: Any] = [
      "task_type": "FEATURE_EXTRACTION", "inference_mode": true,
      "base_model_name_or_path": base?.path ?? builtIn, "lora_dropout": adapter.dropout,
      "bias": "none", "init_lora_weights": true, "modules_to_save": NSNull(),
      digest: try model.baseDigest,
    ].merging(describe(adapter)) { own, _ in own }
    try JSONSerialization.data(
      withJSONObject: fields, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    ).write(to: folder.appendingPathComponent(configuration))
    var weights = SafetensorsWriter(metadata: ["format": "pt"])
    for entry in model.layout.entries where entry.isAdapter && !model.isOwn(entry) {
      let values = model.parameters[entry.range]
      try weights.add(prefix + entry.name, shape: entry.shape, type: .float32) { sink in
        try sink(UnsafeRawBufferPointer(values.buffer))
      }
    }
    try weights.write(to: folder.appendingPathComponent(Self.weights))
    if base == nil { try writeBase(model, to: folder.appendingPathComponent(builtIn)) }
  }

  private static func writeBase(_ model: TacoModel, to folder: URL) throws {
    guard let frozen = model.frozen else { return }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    var configuration = model.encoder.configuration
    configuration.vocabularySize = model.encoder.parameters.tokenEmbeddings.rows
    try configuration.json().write(to: folder.appendingPathComponent("config.json"))
    var weights = SafetensorsWriter(metadata: ["format": "pt"])
    for entry in model.layout.frozenEntries {
      let room = Storage(count: entry.count)
      try weights.add(entry.name, shape: entry.shape, type: .float32) { sink in
        frozen.copy(entry, into: room.vector)
        try sink(UnsafeRawBufferPointer(room.vector.buffer))
      }
    }
    try weights.write(to: folder.appendingPathComponent("model.safetensors"))
  }
}

extension TacoModel {
  /// A fingerprint of the weights beside the adapters, and of the shape that gives them their meaning.
  fileprivate var baseDigest: String {
    get throws {
      var digest = Digest()
      for byte in try encoder.configuration.json() { digest.add(UInt64(byte)) }
      return [frozen?.digest ?? 0, digest.value].map { String(UInt64($0), radix: 16) }
        .joined(separator: "-")
    }
  }

  /// The same model with `scale * B A` added to the weights, in single precision, and all of them in the buffer.
  func merged() -> TacoModel {
    let model = TacoModel(
      encoder.configuration, pooling: encoder.pooling, objective: objective, seed: 0,
      startsEncoder: false)
    let adapters = encoder.parameters.layers.flatMap(\.linears).flatMap(\.adapters)
    for entry in model.layout.entries {
      var target = model.parameters[entry.range]
      if let own = layout.entry(named: entry.name) {
        target.copy(from: parameters[own.range])
        continue
      }
      guard let frozen, let base = layout.frozenEntries.first(where: { $0.name == entry.name })
      else { continue }
      // Added tokens stand after the others.
      if let added = encoder.parameters.addedTokenEmbeddings, base.count < entry.count {
        target[base.count..<entry.count].copy(from: added.vector(in: parameters))
        target = target[0..<base.count]
      }
      frozen.copy(base, into: target)
    }
    for adapter in adapters {
      guard let entry = model.layout.entry(named: "\(adapter.module).weight") else { continue }
      adapter.add(to: model.parameters[entry.range], parameters)
    }
    return model
  }
}
