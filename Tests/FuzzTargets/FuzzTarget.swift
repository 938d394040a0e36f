internal import Distribution
internal import EmotionData
internal import Encoders
public import Foundation
internal import Hyperbolic
internal import Objectives
internal import Runs
internal import Safetensors
internal import Settings
internal import Tokenizers
internal import Training
internal import Verification

/// A reader of the program, fed with the bytes of one file; its raw value is the file's name.
public enum FuzzTarget: String, CaseIterable, Sendable {
  case csv = "train.csv"
  case tsv = "train.tsv"
  case lines = "train.jsonl"
  case dialogues = "dialogues.csv"
  case answers = "answers.jsonl"
  case labelMap = "labels.json"
  case labelDocument = "labels.yaml"
  case options = "config.yaml"
  case configuration = "config.json"
  case tokenizer = "tokenizer.json"
  case wordPieces = "vocab.txt"
  case bytePairs = "vocab.json"
  case merges = "merges.txt"
  case tensors = "model.safetensors"
  case checkpoint = "checkpoint.json"
  case model = "taco.json"
  case metrics = "metrics.jsonl"
  case replay = "replay.json"
  case tree = "tree.tsv"
  case lexicon = "words.txt"
  case debias = "debias.json"
}

/// Feeds readers with files in a folder of its own.
public final class Readers: Sendable {
  private let folder: URL
  private let labels = LabelSet.named("goemotions")

  /// The state of a run after its tenth step.
  private static let state = """
    {"step":10,"evaluatedStep":10,"bestStep":10,"patience":{"limit":2,"best":0.5,"worse":0}}
    """

  /// Makes the folders that the files are to stand in.
  ///
  /// - Parameter folder: An empty folder, on a disk that is quick.
  /// - Throws: When they cannot be written.
  public init(in folder: URL) throws {
    self.folder = folder
    // A model whose other files are sound.
    let settings = TrainingSettings(.paper)
    guard let labels else { return }
    let (model, sequences) = try PretrainedEncoder.nano().model(
      settings, labelCount: labels.count)
    let embeddings = try Scorer(model, threads: 1, ranks: SingleRank())
      .embed(sequences.labels(labels), .labels)
    try ModelFolder(model, sequences, labels, settings, labelEmbeddings: embeddings)
      .write(to: folder.appendingPathComponent(FuzzTarget.model.rawValue + ".folder"))
    for target in FuzzTarget.allCases where target != .model {
      try FileManager.default.createDirectory(
        at: place(of: target), withIntermediateDirectories: true)
    }
    let merges = place(of: .bytePairs).appendingPathComponent(FuzzTarget.merges.rawValue)
    try Data("#version: 0.2\na b\n".utf8).write(to: merges)
    let vocabulary = place(of: .merges).appendingPathComponent(FuzzTarget.bytePairs.rawValue)
    try Data(#"{"<s>":0,"</s>":1,"a":2,"b":3,"ab":4,"abb":5}"#.utf8).write(to: vocabulary)
    for (target, kind) in [
      (FuzzTarget.wordPieces, "Bert"), (.bytePairs, "Roberta"), (.merges, "Roberta"),
    ] {
      try Data(#"{"tokenizer_class": "\#(kind)Tokenizer"}"#.utf8)
        .write(to: place(of: target).appendingPathComponent("tokenizer_config.json"))
    }
  }

  private func place(of target: FuzzTarget) -> URL {
    folder.appendingPathComponent(target.rawValue + ".folder")
  }

  /// The file that a target's bytes are written to.
  public func file(of target: FuzzTarget) -> URL {
    place(of: target).appendingPathComponent(target.rawValue)
  }

  /// Reads a file with these bytes.
  ///
  /// - Parameters:
  ///   - bytes: The file's contents.
  ///   - target: The reader.
  /// - Throws: What the reader finds wrong.
  public func read(_ bytes: Data, as target: FuzzTarget) throws {
    let file = file(of: target)
    try bytes.write(to: file)
    switch target {
    case .csv, .tsv, .lines:
      guard let labels else { return }
      _ = try? readTexts(file: file)
      _ = try readExamples(file: file, labels: labels)
    case .dialogues:
      guard let labels else { return }
      let columns = DialogueColumns(speaker: "who", dialogue: "id", turn: "n")
      let options = ReadingOptions(columns: ColumnNames(dialogue: columns))
      _ = try? readUtterances(file: file, options)
      _ = try readExamples(file: file, labels: labels, options)
    case .answers:
      _ = try? readAnswers(file: file, count: 3, acceptsMissing: true)
      _ = try readAnswers(file: file, count: 3)
    case .labelMap, .labelDocument:
      _ = try LabelSet(contentsOf: file)
    case .options:
      let text = String(decoding: bytes, as: UTF8.self)
      for option in try YAMLOption.options(in: text, source: file.path) {
        // Which form an option has is the parser's to know; what fits none is refused whatever it is.
        let forms = [OptionForm.value, .list, .flag(isInvertible: true)]
        if !forms.contains(where: { (try? option.arguments(for: $0)) != nil }) {
          _ = try option.arguments(for: .list)
        }
      }
    case .configuration:
      _ = try EncoderConfiguration(contentsOf: file)
    case .tokenizer, .wordPieces, .bytePairs, .merges:
      let tokenizer = try Tokenizer(folder: file.deletingLastPathComponent())
      _ = tokenizer.encode("Ab abb aabb, caf\u{E9} \u{1F600}\u{4F60} [CLS]<s> ##b  \t\n \u{0}")
    case .tensors:
      let file = try SafetensorsFile(contentsOf: file)
      for name in file.names {
        let tensor = try file.tensor(name)
        _ = try? tensor.floats()
        _ = try? tensor.int64s()
      }
    case .checkpoint:
      _ = try Checkpoint(contentsOf: place(of: target), verifies: false)
    case .model:
      _ = try ModelFolder(contentsOf: place(of: target))
    case .metrics:
      let state = try JSONDecoder().decode(TrainingState.self, from: Data(Self.state.utf8))
      _ = try MetricsLog(file: file, keeping: state)
    case .replay:
      _ = try Replay(contentsOf: file).batch
    case .lexicon:
      let words = try SentimentLexicon(contentsOf: file.path)
      let text = CounterfactualTexts(mask: "<mask>", lexicon: words)
      _ = text.hidingSentiment(of: String(decoding: bytes, as: UTF8.self))
    case .debias:
      _ = try DebiasFile(bytes, file: file.path)
    case .tree:
      var settings = HyperbolicSettings(.paper)
      (settings.tree, settings.size, settings.treeEpochs) = (SettingFile(path: file.path), 2, 1)
      _ = try settings.tables(labels: ["joy", "pride", "fear"]) { _ in Array(bytes) }?.make()
    }
  }
}
