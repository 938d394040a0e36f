import EmotionData
import Foundation
import Runs
import Tokenizers
import Training

/// What `--model` names: the built-in encoder, a folder, one that scripts/fetch-model made, or one of the
/// Hugging Face hub that is in its local cache.
enum ModelLocation {
  /// The built-in encoder.
  case nano
  /// A Hugging Face folder.
  case folder(URL)

  /// Looks a name up.
  ///
  /// - Parameter name: `nano`, a path, or a name such as `minilm` or `google-bert/bert-base-uncased`.
  /// - Throws: `DataProblem` that says where was looked.
  init(_ name: String) throws {
    let name = try Path.parse(name).text
    if name == "nano" {
      self = .nano
      return
    }
    let manager = FileManager.default
    if manager.fileExists(atPath: name) {
      let folder = URL(fileURLWithPath: name)
      self = .folder(try HubCache.snapshot(in: folder) ?? folder)
      return
    }
    let isHubName = HubCache.isName(name)
    guard isHubName || !name.contains("/") else {
      throw DataProblem("model \(name): no such folder.")
    }
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? "."
    let places = [environment["TACO_MODELS"], "models", "\(home)/.cache/taco-dist/models"]
      .compactMap { $0 }.filter { !$0.isEmpty }
    for place in places where !name.contains("/") {
      let folder = try Path.parse(place).url.appendingPathComponent(name)
      if manager.fileExists(atPath: folder.path) {
        self = .folder(folder)
        return
      }
    }
    let cache = HubCache(environment)
    if isHubName, let folder = try cache.folder(of: name) {
      self = .folder(folder)
      return
    }
    if name.contains("/") {
      throw DataProblem(
        "model \(name): no such folder, and no such model in the local cache of the Hugging Face hub "
          + "(\(cache.place.path)). 'hf download \(name)' brings it there, or give the folder of a copy."
      )
    }
    throw DataProblem(
      "model \(name): no such folder, here or in \(places.joined(separator: ", ")), and no such model in "
        + "the hub's cache \(cache.place.path). 'scripts/fetch-model minilm' brings an encoder; 'nano' is "
        + "built in; 'hf download OWNER/NAME' brings a model of the hub.")
  }

  /// Opens it.
  ///
  /// - Parameter needsWeights: Whether it has to hold weights, not its shape and tokenizer alone.
  /// - Returns: The encoder.
  /// - Throws: An error that tells what is wrong with the folder.
  func encoder(needsWeights: Bool = true) throws -> PretrainedEncoder {
    switch self {
    case .nano: try .nano()
    case .folder(let url): try PretrainedEncoder(folder: url, needsWeights: needsWeights)
    }
  }

  /// Its tokenizer alone, which needs no weights.
  func tokenizer() throws -> Tokenizer {
    switch self {
    case .nano: try Tokenizer(wordPieceVocabulary: NanoVocabulary.tokens)
    case .folder(let url): try Self.tokenizer(in: url)
    }
  }

  /// The tokenizer of a folder, or of the model in a run's folder.
  private static func tokenizer(in folder: URL) throws -> Tokenizer {
    let inner = folder.appendingPathComponent("model")
    let isRun =
      ModelFolder.exists(at: inner)
      && FileManager.default.fileExists(atPath: folder.appendingPathComponent("config.yaml").path)
    let place = isRun ? inner : folder
    try ModelExamination.check(place, needsWeights: false)
    return try Tokenizer(folder: place)
  }

  /// Whether training starts from random weights.
  var isFromScratch: Bool {
    if case .nano = self { return true }
    return false
  }
}

extension ModelFolder {
  /// Opens the model of a run: the run's folder or the model's folder in it.
  init(of path: String, _ input: BroadcastInput? = nil) throws {
    try self.init(
      contentsOf: input?.place { try Self.existingPlace(of: path) } ?? Self.existingPlace(of: path))
  }

  private static func existingPlace(of path: String) throws -> URL {
    guard FileManager.default.fileExists(atPath: URL(fileURLWithPath: path).path) else {
      throw DataProblem("model \(path): no such folder.")
    }
    return place(of: path)
  }

  /// The model's own folder, for a run's folder or the model's folder in it.
  static func place(of path: String) -> URL {
    let folder = URL(fileURLWithPath: path)
    let inner = folder.appendingPathComponent("model")
    return !exists(at: folder) && exists(at: inner) ? inner : folder
  }
}
