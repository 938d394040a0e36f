internal import EmotionData
public import Encoders
public import Foundation
internal import ObjectiveCatalogue
internal import Objectives
internal import Settings
internal import Tensors
internal import Tokenizers
public import Training

/// An encoder as training starts from it: pre-trained, or built in with random weights.
public struct PretrainedEncoder: Sendable {
  /// The shape.
  public let configuration: EncoderConfiguration
  private let tokenizer: Tokenizer
  private let folder: URL?
  /// The adapters beside the encoder; nil for new ones.
  private let adapters: AdapterFolder?

  /// Whether there are weights, or a seed gives them; else only a shape and a tokenizer are known.
  public let hasWeights: Bool

  /// Opens a Hugging Face folder.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - needsWeights: Whether it has to hold weights that can be read; its shape can be looked at without.
  /// - Throws: An error that tells what is wrong with the folder.
  public init(folder: URL, needsWeights: Bool = true) throws {
    try self.init(folder: folder, tokenizer: folder, adapters: nil, needsWeights: needsWeights)
  }

  /// Opens the encoder beside adapters that were trained.
  init(adapter folder: AdapterFolder) throws {
    try self.init(folder: try folder.base(), tokenizer: folder.url, adapters: folder)
  }

  private init(
    folder: URL, tokenizer place: URL, adapters: AdapterFolder?, needsWeights: Bool = true
  ) throws {
    hasWeights = ModelExamination.hasWeights(folder)
    let isShape = !needsWeights && !hasWeights && ModelExamination.hasConfiguration(folder)
    try ModelExamination.check(folder, needsWeights: !isShape)
    self.folder = folder
    self.adapters = adapters
    configuration = try EncoderConfiguration(
      contentsOf: folder.appendingPathComponent("config.json"))
    tokenizer = try Tokenizer(folder: place)
    guard adapters != nil || tokenizer.listedSize <= configuration.vocabularySize else {
      throw ModelFolderError(
        "\(folder.path): the tokenizer has \(tokenizer.listedSize) tokens, the embeddings in "
          + "config.json only \(configuration.vocabularySize). They do not belong together.")
    }
    // A shape alone may be looked at with another model's tokenizer.
    guard isShape || configuration.vocabularySize - tokenizer.vocabularySize <= 1 << 14 else {
      throw ModelFolderError(
        "\(folder.path): the embeddings in config.json have \(configuration.vocabularySize) rows, the "
          + "tokenizer only \(tokenizer.vocabularySize) tokens. They do not belong together.")
    }
    guard configuration.parts.isCausal || tokenizer.classificationToken != nil else {
      throw ModelFolderError(
        "\(place.path): the tokenizer puts no token before a text, which \(configuration.family) encoders were "
          + "trained with. Name its own tokenizer_class, such as RobertaTokenizer, in tokenizer_config.json."
      )
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
    (folder, adapters, hasWeights) = (nil, nil, true)
  }

  /// The model to train: the encoder's weights, one more word for the marker, new heads.
  ///
  /// - Parameters:
  ///   - settings: The run's.
  ///   - labelCount: How many labels there are.
  ///   - trains: Whether the model is to be trained, which may take further encoders.
  ///   - tables: What the objective's constant tables hold; none where a file will tell.
  /// - Returns: The model, and what makes sequences of texts.
  /// - Throws: An error that names the file or setting that does not fit.
  public func model(
    _ settings: TrainingSettings, labelCount: Int, trains: Bool = true, tables: [[Float]] = []
  ) throws -> (model: TacoModel, sequences: SequenceBuilder) {
    let (configuration, sequences) = try prepared(settings, trains: trains)
    let addedTokens = configuration.vocabularySize - self.configuration.vocabularySize
    let objective = settings.objective(labelCount: labelCount)
    let layout = TacoModel.layout(
      configuration, pooling: settings.pooling, adapter: settings.adapter,
      addedTokens: addedTokens)
    var weights: WeightFile?
    if let folder {
      let file = try WeightFile(folder: folder, family: configuration.family)
      // Rows that only the marker needs are new; any other must come from the file.
      guard try file.tokenCount() >= self.configuration.vocabularySize else {
        throw ModelFolderError(
          "\(file.url.path): the embedding table has \(try file.tokenCount()) rows, "
            + "but vocab_size in config.json is \(self.configuration.vocabularySize). They do not "
            + "belong together.")
      }
      // A config.json may name any size; memory is taken for what the file has.
      try file.check(
        layout,
        layerCount: configuration.layerCount)
      weights = file
    }
    let model = TacoModel(
      configuration, pooling: settings.pooling, objective: objective, seed: settings.seed,
      frozenLayers: settings.frozenLayers ?? 0, adapter: settings.adapter,
      addedTokens: addedTokens, startsEncoder: weights == nil, trains: trains,
      frozen: try weights?.frozen(layout))
    try weights?.load(
      model.layout, into: model.parameters, seed: settings.seed, where: model.isFirstEncoder)
    if weights != nil { model.startFurtherEncoders() }
    if trains, let weights { try model.loadStored(weights) }
    if let adapter = settings.adapter { try adapters?.load(into: model, adapter) }
    model.fillTables(tables)
    return (model, sequences)
  }

  /// The shape of the model to train, without memory for it.
  ///
  /// - Parameters:
  ///   - settings: The run's.
  ///   - labelCount: How many labels there are.
  /// - Returns: The shape, and what makes sequences of texts.
  /// - Throws: An error that names the setting that does not fit.
  package func shape(
    _ settings: TrainingSettings, labelCount: Int
  ) throws -> (shape: ModelShape, sequences: SequenceBuilder) {
    let (configuration, sequences) = try prepared(settings, trains: true)
    let shape = ModelShape(
      configuration, pooling: settings.pooling,
      objective: settings.objective(labelCount: labelCount),
      frozenLayers: settings.frozenLayers ?? 0, adapter: settings.adapter,
      addedTokens: configuration.vocabularySize - self.configuration.vocabularySize)
    return (shape, sequences)
  }

  /// The bytes that frozen parameters take in the file that is mapped, or would take in one of the type that
  /// config.json names; 0 where they stand in each rank's memory.
  package func mappedBytes(_ shape: ModelShape) throws -> Int {
    guard let folder else { return 0 }
    if hasWeights {
      let file = try WeightFile(folder: folder, family: configuration.family)
      return try file.mappedBytes(shape.layout)
    }
    let size = EncoderConfiguration.elementSize(folder.appendingPathComponent("config.json"))
    return size * shape.layout.frozenEntries.reduce(0) { $0 + $1.count }
  }

  /// The shape with a row for each token that the settings add, and what makes sequences.
  private func prepared(
    _ settings: TrainingSettings, trains: Bool
  ) throws -> (EncoderConfiguration, SequenceBuilder) {
    let sequences = SequenceBuilder(
      tokenizer, settings, longestSequence: configuration.maximumLength,
      rows: configuration.vocabularySize, hasTypes: configuration.typeCount > 1)
    if trains { try settings.requirePairForm(sequences, of: configuration) }
    if let separator = settings.labelSeparator, sequences.addsMarker {
      throw SettingError(
        "label-separator", is: "'\(separator)'", wanted: "a token of the encoder's vocabulary")
    }
    try settings.requireAdapters(of: configuration)
    var configuration = configuration
    configuration.vocabularySize = max(
      configuration.vocabularySize, sequences.tokenizer.vocabularySize)
    try settings.requireFrozenLayers(within: configuration.layerCount)
    try settings.requirePooling(of: configuration.parts.isCausal)
    return (configuration, sequences)
  }
}

extension TacoModel {
  /// Lets the objective's parameters that a pre-trained model may have, such as a pooler, start from those.
  fileprivate func loadStored(_ weights: WeightFile) throws {
    for (parameter, slot) in zip(objective.parameters, heads.own) {
      guard let name = parameter.storedName else { continue }
      let shape = parameter.shape.count == 1 ? [slot.rows] : [slot.rows, slot.columns]
      try weights.load(optional: name, shape: shape, into: slot.vector(in: parameters))
    }
  }
}

extension TrainingSettings {
  /// Refuses an encoder that cannot read what the objective's pairs are.
  ///
  /// - Throws: `ModelFolderError`, `SettingError`.
  fileprivate func requirePairForm(
    _ sequences: SequenceBuilder, of configuration: EncoderConfiguration
  ) throws {
    guard objective(labelCount: 1).pairs != nil else { return }
    guard sequences.pairForm != nil, !configuration.parts.isCausal else {
      throw ModelFolderError(
        "the objective \(objective.name) trains on pairs of texts with hidden tokens, which this \(configuration.family) "
          + "model has no form for: its tokenizer lacks a form for two texts or a mask token. Choose a model such as "
          + "bert-base-cased or roberta-base.")
    }
    guard dialogue == nil else {
      throw SettingError(
        "objective", is: objective.name,
        wanted: "another one for dialogues: it pairs single texts with definitions")
    }
  }
}
