public import EmotionData
internal import Encoders
internal import Foundation
internal import Objectives
internal import Safetensors
internal import Tensors
internal import Tokenizers
public import Training

/// What decides a run's numbers, part by part: compared with the checkpoint's at a resume, and over all ranks
/// before the first step.
///
/// A part has a name, what people are shown of it, and what is compared. Others may be added by name.
public struct Fingerprints: Sendable, Codable, Equatable {
  /// One part.
  public struct Part: Sendable, Codable, Equatable {
    /// What it is, such as `training split` or `--alpha`.
    public let name: String
    /// What is told of it, such as `52 rows`; nil where the value says it.
    public let note: String?
    /// What is compared.
    public let value: String
  }

  /// The parts, in the order in which they were added.
  public private(set) var parts: [Part] = []

  /// No part yet.
  public init() {}

  /// Adds a part that is told as it is compared.
  public mutating func add(_ name: String, _ value: String) {
    parts.append(Part(name: name, note: nil, value: value))
  }

  /// Adds a part by the digest of its bytes.
  ///
  /// - Parameters:
  ///   - name: What it is.
  ///   - note: What is told of it.
  ///   - bytes: The contents.
  public mutating func add(_ name: String, note: String, digestOf bytes: some Sequence<UInt8>) {
    var digest = StreamDigest()
    digest.add(bytes)
    add(name, note: note, digest.value)
  }

  /// Adds a part by a digest.
  public mutating func add(_ name: String, note: String, _ digest: String) {
    parts.append(Part(name: name, note: note, value: digest))
  }

  /// Adds the parts of another one.
  public mutating func add(_ other: Fingerprints) { parts += other.parts }

  /// The part of a name.
  public subscript(name: String) -> Part? { parts.first { $0.name == name } }

  /// Tells the parts that both have and that differ, one sentence each.
  ///
  /// - Parameters:
  ///   - before: What was.
  ///   - place: Where it was, such as `in the checkpoint`.
  /// - Returns: Sentences such as `training split: 52 rows in the checkpoint, 60 rows now`.
  public func changes(since before: Fingerprints, _ place: String) -> [(name: String, text: String)]
  {
    parts.compactMap { part in
      guard let old = before[part.name], old.value != part.value else { return nil }
      let (was, now) = (old.note ?? old.value, part.note ?? part.value)
      return (
        part.name,
        was == now
          ? "\(part.name): \(now), but not the same ones as \(place)"
          : "\(part.name): \(was) \(place), \(now) now"
      )
    }
  }
}

extension Fingerprints {
  /// The names of the parts of a run, which messages use.
  public enum Name {
    /// The rows that are trained on.
    public static let training = "training split"
    /// The rows that choose the best model.
    public static let validation = "validation split"
    /// The rows that it is measured on.
    public static let test = "test split"
    /// Names and descriptions.
    public static let labels = "labels"
    /// From text to ids.
    public static let tokenizer = "tokenizer"
    /// The encoder's shape and rates.
    public static let encoder = "encoder configuration"
    /// What the objective is a function of beside rows and parameters, such as label vectors.
    public static let tables = "constant tables"
    /// All parameters before the first step.
    public static let weights = "starting weights"
  }

  /// The parts of a run: splits, labels, tokenizer, encoder, starting weights.
  ///
  /// - Parameters:
  ///   - data: The data set.
  ///   - sequences: Tokenizer and truncation.
  ///   - model: With the weights that training starts from.
  /// - Throws: When the configuration cannot be written as JSON.
  public init(_ data: DataSet, _ sequences: SequenceBuilder, _ model: TacoModel) throws {
    self.init(data)
    try add(sequences, model)
    add(weights: model)
  }

  /// Adds rows, labels and a model to train: what decides a step.
  public mutating func add(
    _ examples: [Example], _ labels: LabelSet, _ sequences: SequenceBuilder, _ model: TacoModel
  ) throws {
    add("utterances", examples)
    add(labels)
    try add(sequences, model)
    add(weights: model)
  }

  /// Adds all parameters of a model, and its constant tables by their names.
  public mutating func add(weights model: TacoModel) {
    for (table, slot) in zip(model.objective.tables, model.heads.tables) {
      add(
        "\(Name.tables): \(table.name)", note: "\(slot.rows) rows",
        String(UInt64(Digest(slot.vector(in: model.parameters)).value), radix: 16))
    }
    add(
      Name.weights, note: "\(model.parameterCount) numbers", model.digest)
  }

  /// The parts that a data set makes: splits and labels.
  public init(_ data: DataSet) {
    add(Name.training, data.train.examples)
    add(Name.validation, data.validation.examples)
    if let test = data.test { add(Name.test, test.examples) } else { add(Name.test, "none") }
    add(data.labels)
  }

  /// Adds some labelled rows.
  public mutating func add(_ name: String, _ examples: [Example]) {
    var digest = StreamDigest()
    for example in examples {
      digest.add(example.text.utf8)
      digest.add("\u{0}\(example.label)\u{0}".utf8)
      if let view = example.view { digest.add("\(view)\u{0}".utf8) }
      digest.addContext(of: example.utterance)
    }
    add(name, note: Self.rows(examples.count), digest.value)
  }

  /// Adds some texts.
  public mutating func add(_ name: String, _ texts: [String]) {
    add(name, texts.map { Utterance($0) })
  }

  /// Adds some utterances, with their dialogues.
  public mutating func add(_ name: String, _ utterances: [Utterance]) {
    var digest = StreamDigest()
    for utterance in utterances {
      digest.add(utterance.text.utf8)
      digest.add(CollectionOfOne(0))
      digest.addContext(of: utterance)
    }
    add(name, note: Self.rows(utterances.count), digest.value)
  }

  /// Adds names and descriptions of labels.
  public mutating func add(_ labels: LabelSet) {
    var digest = StreamDigest()
    for text in labels.names + labels.descriptions {
      digest.add(text.utf8)
      digest.add(CollectionOfOne(0))
    }
    add(Name.labels, note: "\(labels.count) labels", digest.value)
  }

  /// Adds what turns texts into rows: tokenizer and encoder configuration.
  public mutating func add(_ sequences: SequenceBuilder, _ model: TacoModel) throws {
    add(
      Name.tokenizer, note: "\(sequences.tokenizer.vocabularySize) tokens",
      digestOf: sequences.tokenizer.contents)
    let configuration = model.encoder.configuration
    add(
      Name.encoder, note: "\(configuration.family), \(configuration.layerCount) layers",
      digestOf: try configuration.json())
  }

  /// Adds a trained model: labels, settings, tokenizer, encoder, all weights.
  ///
  /// - Parameters:
  ///   - folder: The model.
  ///   - name: What to call it, before the names of its parts.
  /// - Throws: When a part cannot be written as JSON.
  public mutating func add(_ folder: ModelFolder, as name: String) throws {
    var own = Fingerprints()
    own.add(folder.labels)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    own.add("settings", note: "taco.json", digestOf: try encoder.encode(folder.settings))
    try own.add(folder.sequences, folder.model)
    own.add(
      "weights", note: "\(folder.model.parameterCount) numbers", folder.model.digest)
    parts += own.parts.map { Part(name: "\(name): \($0.name)", note: $0.note, value: $0.value) }
  }

  private static func rows(_ count: Int) -> String { "\(count) row\(count == 1 ? "" : "s")" }
}

/// The digest of a stream of bytes: SHA-256 of the digests of its pieces.
private struct StreamDigest {
  private static let piece = 1 << 24
  private var bytes: [UInt8] = []
  private var digests = ""
  /// The dialogue whose turns were added last.
  private var dialogue: [Turn] = []

  mutating func add(_ more: some Sequence<UInt8>) {
    bytes += more
    if bytes.count >= Self.piece { finishPiece() }
  }

  /// Adds what stands around an utterance, if anything does: a dialogue once for those in it that follow one another.
  mutating func addContext(of utterance: Utterance) {
    guard utterance.hasContext else { return }
    add("\u{0}\(utterance.place)\u{0}".utf8)
    guard utterance.dialogue != dialogue else { return }
    dialogue = utterance.dialogue
    for turn in dialogue {
      add((turn.speaker ?? "").utf8)
      add("\u{0}".utf8)
      add(turn.text.utf8)
      add("\u{0}".utf8)
    }
  }

  private mutating func finishPiece() {
    digests += SHA256.digest(of: Data(bytes))
    bytes.removeAll(keepingCapacity: true)
  }

  var value: String {
    var copy = self
    copy.finishPiece()
    return String(SHA256.digest(of: Data(copy.digests.utf8)).prefix(32))
  }
}
