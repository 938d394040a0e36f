public import EmotionData
internal import Encoders
public import Foundation
internal import ObjectiveCatalogue
internal import Objectives
internal import Safetensors
public import Tensors
internal import Tokenizers
public import Training

/// A trained model on disk: a folder that `AutoModel.from_pretrained` opens, plus `taco.json` (labels and
/// settings) and `taco.safetensors` (heads and the labels' embeddings).
public struct ModelFolder: Sendable {
  /// The model.
  public let model: TacoModel
  /// Tokenizer and truncation.
  public let sequences: SequenceBuilder
  /// Names and descriptions.
  public let labels: LabelSet
  /// The settings that it was trained with.
  public let settings: TrainingSettings
  /// The labels' embeddings, `[E, d]`; no rows where labels are not encoded.
  public let labelEmbeddings: DoubleMatrix

  /// The format of `taco.json` that is written and read.
  private static let format = 1

  /// The part of `taco.json` that every version reads.
  private struct Format: Decodable {
    let format: Int
  }

  /// The contents of `taco.json`.
  private struct Description: Codable {
    struct Label: Codable {
      let name: String
      let description: String
    }
    var format = ModelFolder.format
    let labels: [Label]
    let settings: TrainingSettings
  }

  /// Where the encoder beside adapters is; nil for the built-in one, or without adapters.
  private let base: URL?

  /// A model to be written; beside adapters, `base` is where its encoder is.
  public init(
    _ model: TacoModel, _ sequences: SequenceBuilder, _ labels: LabelSet,
    _ settings: TrainingSettings, labelEmbeddings: DoubleMatrix, base: URL? = nil
  ) {
    self.base = base
    self.model = model
    self.sequences = sequences
    self.labels = labels
    self.settings = settings
    self.labelEmbeddings = labelEmbeddings
  }

  /// Whether a folder holds a trained model.
  public static func exists(at folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("taco.json").path)
  }

  /// Opens a trained model.
  ///
  /// - Parameter folder: As `write` made it.
  /// - Throws: An error that names the file or tensor that is wrong.
  public init(contentsOf folder: URL) throws {
    let file = folder.appendingPathComponent("taco.json")
    guard let data = try? Data(contentsOf: file) else {
      throw ModelFolderError(
        "\(folder.path): no taco.json. This command wants a model that 'taco-dist train' wrote, "
          + "such as RUN/model.")
    }
    // What a later version means by the rest is not known.
    if let format = try? JSONDecoder().decode(Format.self, from: data).format,
      format != Self.format
    {
      throw ModelFolderError(
        "\(file.path): format \(format); this program knows format \(Self.format). "
          + (format > Self.format
            ? "Use the version of taco-dist that wrote it, or a later one." : "It is damaged."))
    }
    let description: Description
    do {
      description = try JSONDecoder().decode(Description.self, from: data)
    } catch let error as UnknownObjective {
      throw ModelFolderError("\(file.path): \(error)")
    } catch {
      throw ModelFolderError(
        "\(file.path): damaged, or written by another version of this program. Train again, or copy "
          + "the model folder again.")
    }
    settings = description.settings
    base = nil
    labels = try LabelSet(
      names: description.labels.map(\.name), descriptions: description.labels.map(\.description),
      source: file.path)
    let pretrained =
      try settings.adapter == nil
      ? PretrainedEncoder(folder: folder) : PretrainedEncoder(adapter: AdapterFolder(folder))
    (model, sequences) = try pretrained.model(
      settings, labelCount: labels.count, trains: false)
    let heads = try SafetensorsFile(
      contentsOf: folder.appendingPathComponent("taco.safetensors"))
    for entry in model.layout.entries where model.isStored(entry) {
      let tensor = try heads.tensor(entry.name)
      guard tensor.shape == entry.shape else {
        throw ModelFolderError(
          "\(folder.path)/taco.safetensors: '\(entry.name)' has shape \(tensor.shape), "
            + "expected \(entry.shape).")
      }
      try tensor.copyFloats(into: model.parameters[entry.range].buffer)
    }
    let rows = model.objective.encodesLabels ? labels.count : 0
    let embeddings = try heads.tensor("labels.embeddings")
    guard embeddings.shape == [rows, model.outputSize] else {
      throw ModelFolderError(
        "\(folder.path)/taco.safetensors: 'labels.embeddings' has shape \(embeddings.shape), "
          + "expected \([rows, model.outputSize]).")
    }
    labelEmbeddings = DoubleMatrix(
      rows: rows, columns: model.outputSize, floats: try embeddings.floats())
  }

  /// Whether a folder holds this model: it opens, and has these labels, settings and numbers.
  public func isKept(in folder: URL) -> Bool {
    guard let kept = try? ModelFolder(contentsOf: folder) else { return false }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return kept.labels.names == labels.names && kept.labels.descriptions == labels.descriptions
      && (try? encoder.encode(kept.settings)) == (try? encoder.encode(settings))
      && kept.model.keptDigest == model.keptDigest
      && kept.labelEmbeddings.values.map { Float($0) } == labelEmbeddings.values.map { Float($0) }
  }

  /// Writes the folder beside its place, then moves it there: it is never seen half written.
  ///
  /// - Parameters:
  ///   - folder: Replaced when it exists.
  ///   - card: The text of its README.md, or nil for none.
  /// - Throws: An error that names the file that cannot be written.
  public func write(to folder: URL, card: String? = nil) throws {
    try replaceFolder(folder) { temporary in
      if let card { try Data(card.utf8).write(to: temporary.appendingPathComponent("README.md")) }
      if let adapter = settings.adapter {
        try AdapterFolder.write(model, adapter, base: base, to: temporary)
      } else {
        try writeEncoder(to: temporary)
      }
      try sequences.tokenizer.write(to: temporary)
      let description = Description(
        labels: zip(labels.names, labels.descriptions).map { .init(name: $0, description: $1) },
        settings: settings)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(description).write(to: temporary.appendingPathComponent("taco.json"))
      var heads = SafetensorsWriter(metadata: ["format": "pt"])
      try heads.add(model.layout.entries.filter(model.isStored), of: model.parameters)
      try heads.add(
        "labels.embeddings", shape: [labelEmbeddings.rows, labelEmbeddings.columns],
        values: labelEmbeddings.values.map { Float($0) })
      try heads.write(to: temporary.appendingPathComponent("taco.safetensors"))
    }
  }

  /// Writes what `AutoModel` and sentence-transformers open.
  private func writeEncoder(to folder: URL) throws {
    let readers = ForeignReaders(folder: self)
    try readers.configuration().write(to: folder.appendingPathComponent("config.json"))
    try readers.writeModules(to: folder)
    var weights = SafetensorsWriter(metadata: ["format": "pt"])
    try weights.add(model.layout.entries.filter(model.isFirstEncoder), of: model.parameters)
    try weights.write(to: folder.appendingPathComponent("model.safetensors"))
  }

  /// The same model with its adapters added into the encoder's weights, which `AutoModel` opens.
  public func merged() -> ModelFolder {
    var settings = settings
    settings.adapter = nil
    return ModelFolder(
      model.merged(), sequences, labels, settings, labelEmbeddings: labelEmbeddings)
  }
}

extension SafetensorsWriter {
  /// Adds parameters of a flat buffer.
  mutating func add(_ entries: [ParameterLayout.Entry], of parameters: Vector) throws {
    for entry in entries {
      let values = parameters[entry.range]
      try add(entry.name, shape: entry.shape, type: .float32) { sink in
        try sink(UnsafeRawBufferPointer(values.buffer))
      }
    }
  }
}

/// A model folder that cannot be used.
public struct ModelFolderError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, and what to do.
  public let description: String

  /// An error with this message.
  public init(_ description: String) {
    self.description = description
  }
}
