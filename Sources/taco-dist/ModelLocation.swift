import EmotionData
import Foundation
import Tokenizers
import Training

/// What `--model` names: the built-in encoder, a folder, or a folder that scripts/fetch-model made.
enum ModelLocation {
  /// The built-in encoder.
  case nano
  /// A Hugging Face folder.
  case folder(URL)

  /// Looks a name up.
  ///
  /// - Parameter name: `nano`, a path, or a bare name such as `minilm`.
  /// - Throws: `DataProblem` that says where was looked.
  init(_ name: String) throws {
    let name = try Path.parse(name).text
    if name == "nano" {
      self = .nano
      return
    }
    let manager = FileManager.default
    if manager.fileExists(atPath: name) {
      self = .folder(URL(fileURLWithPath: name))
      return
    }
    guard !name.contains("/") else { throw DataProblem("model \(name): no such folder.") }
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? "."
    let places = [environment["TACO_MODELS"], "models", "\(home)/.cache/taco-dist/models"]
    for place in places.compactMap({ $0 }) {
      let folder = URL(fileURLWithPath: place).appendingPathComponent(name)
      if manager.fileExists(atPath: folder.path) {
        self = .folder(folder)
        return
      }
    }
    throw DataProblem(
      "model \(name): no such folder, here or in \(places.compactMap { $0 }.joined(separator: ", "))."
        + " 'scripts/fetch-model minilm' brings an encoder; 'nano' is built in.")
  }

  /// Opens it.
  func encoder() throws -> PretrainedEncoder {
    switch self {
    case .nano: try .nano()
    case .folder(let url): try PretrainedEncoder(folder: url)
    }
  }

  /// Its tokenizer alone, which needs no weights.
  func tokenizer() throws -> Tokenizer {
    switch self {
    case .nano: try Tokenizer(wordPieceVocabulary: NanoVocabulary.tokens)
    case .folder(let url): try Tokenizer(folder: url)
    }
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
    try self.init(contentsOf: input?.place { try Self.place(of: path) } ?? Self.place(of: path))
  }

  private static func place(of path: String) throws -> URL {
    let folder = URL(fileURLWithPath: path)
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw DataProblem("model \(path): no such folder.")
    }
    let inner = folder.appendingPathComponent("model")
    return !exists(at: folder) && exists(at: inner) ? inner : folder
  }
}
