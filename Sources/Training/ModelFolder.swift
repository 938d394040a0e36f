public import EmotionData
public import Encoders
public import Foundation
internal import ObjectiveCatalogue
internal import Objectives
internal import Safetensors
public import Tensors
internal import Tokenizers

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

  /// A model to be written.
  public init(
    _ model: TacoModel, _ sequences: SequenceBuilder, _ labels: LabelSet,
    _ settings: TrainingSettings, labelEmbeddings: DoubleMatrix
  ) {
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
    labels = try LabelSet(
      names: description.labels.map(\.name), descriptions: description.labels.map(\.description),
      source: file.path)
    let pretrained = try PretrainedEncoder(folder: folder)
    (model, sequences) = try pretrained.model(settings, labelCount: labels.count)
    let heads = try SafetensorsFile(
      contentsOf: folder.appendingPathComponent("taco.safetensors"))
    for entry in model.layout.entries where !model.isEncoder(entry) {
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
      && Digest(kept.model.parameters).value == Digest(model.parameters).value
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
      let readers = ForeignReaders(folder: self)
      try readers.configuration().write(to: temporary.appendingPathComponent("config.json"))
      try readers.writeModules(to: temporary)
      try sequences.tokenizer.write(to: temporary)
      let description = Description(
        labels: zip(labels.names, labels.descriptions).map { .init(name: $0, description: $1) },
        settings: settings)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(description).write(to: temporary.appendingPathComponent("taco.json"))
      var weights = SafetensorsWriter(metadata: ["format": "pt"])
      var heads = SafetensorsWriter(metadata: ["format": "pt"])
      for entry in model.layout.entries {
        let values = model.parameters[entry.range]
        let isHead = !model.isEncoder(entry)
        let write = { (sink: (UnsafeRawBufferPointer) throws -> Void) in
          try sink(UnsafeRawBufferPointer(values.buffer))
        }
        if isHead {
          try heads.add(entry.name, shape: entry.shape, type: .float32, produce: write)
        } else {
          try weights.add(entry.name, shape: entry.shape, type: .float32, produce: write)
        }
      }
      try heads.add(
        "labels.embeddings", shape: [labelEmbeddings.rows, labelEmbeddings.columns],
        values: labelEmbeddings.values.map { Float($0) })
      try weights.write(to: temporary.appendingPathComponent("model.safetensors"))
      try heads.write(to: temporary.appendingPathComponent("taco.safetensors"))
    }
  }
}

/// An encoder as training starts from it: pre-trained, or built in with random weights.
public struct PretrainedEncoder: Sendable {
  /// The shape.
  public let configuration: EncoderConfiguration
  private let tokenizer: Tokenizer
  private let folder: URL?

  /// Opens a Hugging Face folder.
  public init(folder: URL) throws {
    try ModelExamination.check(folder)
    self.folder = folder
    configuration = try EncoderConfiguration(
      contentsOf: folder.appendingPathComponent("config.json"))
    tokenizer = try Tokenizer(folder: folder)
    guard tokenizer.listedSize <= configuration.vocabularySize else {
      throw ModelFolderError(
        "\(folder.path): the tokenizer has \(tokenizer.listedSize) tokens, the embeddings in "
          + "config.json only \(configuration.vocabularySize). They do not belong together.")
    }
    guard configuration.vocabularySize - tokenizer.vocabularySize <= 1 << 14 else {
      throw ModelFolderError(
        "\(folder.path): the embeddings in config.json have \(configuration.vocabularySize) rows, the "
          + "tokenizer only \(tokenizer.vocabularySize) tokens. They do not belong together.")
    }
  }

  /// The built-in encoder, whose vocabulary comes with the sample corpus.
  public static func nano() throws -> PretrainedEncoder {
    let tokenizer = try Tokenizer(wordPieceVocabulary: NanoVocabulary.tokens)
    return PretrainedEncoder(
      configuration: .nano(vocabularySize: tokenizer.vocabularySize), tokenizer: tokenizer)
  }

  private init(configuration: EncoderConfiguration, tokenizer: Tokenizer) {
    self.configuration = configuration
    self.tokenizer = tokenizer
    folder = nil
  }

  /// The model to train: the encoder's weights, one more word for the marker, new heads.
  ///
  /// - Parameters:
  ///   - settings: The run's.
  ///   - labelCount: How many labels there are.
  ///   - tables: What the objective's constant tables hold; none where a file will tell.
  /// - Returns: The model, and what makes sequences of texts.
  /// - Throws: An error that names the file or setting that does not fit.
  public func model(
    _ settings: TrainingSettings, labelCount: Int, tables: [[Float]] = []
  ) throws -> (model: TacoModel, sequences: SequenceBuilder) {
    let sequences = SequenceBuilder(
      tokenizer, settings, longestSequence: configuration.maximumLength,
      rows: configuration.vocabularySize)
    var configuration = configuration
    configuration.vocabularySize = max(
      configuration.vocabularySize, sequences.tokenizer.vocabularySize)
    let objective = settings.objective(labelCount: labelCount)
    try settings.requireFrozenLayers(within: configuration.layerCount)
    try settings.requirePooling(of: configuration.parts.isCausal)
    var weights: WeightFile?
    if let folder {
      let file = try WeightFile(folder: folder, family: configuration.family)
      // Rows that only the marker needs are new; any other must come from the file.
      guard try file.wordCount() >= self.configuration.vocabularySize else {
        throw ModelFolderError(
          "\(file.url.path): the embedding table has \(try file.wordCount()) rows, "
            + "but vocab_size in config.json is \(self.configuration.vocabularySize). They do not "
            + "belong together.")
      }
      // A config.json may name any size; memory is taken for what the file has.
      try file.check(
        TacoModel.layout(configuration, pooling: settings.pooling),
        layerCount: configuration.layerCount)
      weights = file
    }
    let model = TacoModel(
      configuration, pooling: settings.pooling, objective: objective, seed: settings.seed,
      frozenLayers: settings.frozenLayers ?? 0, startsEncoder: weights == nil)
    try weights?.load(
      model.layout, into: model.parameters, seed: settings.seed, where: model.isEncoder)
    model.fillTables(tables)
    return (model, sequences)
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
