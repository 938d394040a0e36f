public import EmotionData
public import Evaluation
public import Foundation
internal import Safetensors

/// The weights of TFD that were found for a model, as `debias.json` in its folder keeps them.
public struct DebiasFile: Sendable, Equatable, Codable {
  /// The file's name in a model folder.
  public static let name = "debias.json"
  private static let format = 1

  /// The sentiment words that they were found with.
  public struct Lexicon: Sendable, Equatable, Codable {
    /// How many.
    public let words: Int
    /// Their digest.
    public let sha256: String
  }

  /// The rows that they were found on, and what they did there.
  public struct Validation: Sendable, Equatable, Codable {
    /// How many rows.
    public let rows: Int
    /// The scores of the model as it is.
    public let before: HeadlineScores
    /// The scores without the biases.
    public let after: HeadlineScores
  }

  private var format = DebiasFile.format
  /// x, y and z.
  public let weights: DebiasWeights
  /// The sentiment words.
  public let lexicon: Lexicon
  /// The model's fingerprint.
  public let model: String
  /// The rows.
  public let validation: Validation

  /// What was found for a model.
  ///
  /// - Parameters:
  ///   - record: Weights and scores on the validation rows.
  ///   - rows: How many rows these are.
  ///   - lexicon: The sentiment words.
  ///   - folder: The model.
  /// - Throws: When a part of the model cannot be written as JSON.
  public init(
    _ record: DebiasRecord, rows: Int, _ lexicon: SentimentLexicon, of folder: ModelFolder
  ) throws {
    weights = record.weights
    self.lexicon = Lexicon(words: lexicon.words.count, sha256: lexicon.digest)
    model = try folder.fingerprint
    validation = Validation(rows: rows, before: record.before, after: record.after)
  }

  /// Reads the contents of a file.
  ///
  /// - Parameters:
  ///   - data: The contents.
  ///   - file: The name for messages.
  /// - Throws: `ModelFolderError` for what `contents` does not write.
  public init(_ data: Data, file: String) throws {
    let decoder = JSONDecoder()
    if let format = try? decoder.decode(Format.self, from: data).format, format != Self.format {
      throw ModelFolderError(
        "\(file): format \(format); this program knows format \(Self.format). Use the version of taco-dist that wrote "
          + "it, or \(Self.remedy).")
    }
    do {
      self = try decoder.decode(Self.self, from: data)
    } catch {
      throw ModelFolderError(
        "\(file): is damaged: \(Self.reason(error)). Copy it again, or \(Self.remedy).")
    }
    guard weights.isFinite, validation.rows > 0,
      validation.before.areShares, validation.after.areShares
    else {
      throw ModelFolderError(
        "\(file): is damaged: it has numbers that no search comes to. Copy it again, or \(Self.remedy)."
      )
    }
  }

  /// The contents of the file: JSON with sorted keys, so that equal results are equal bytes.
  public var contents: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }

  /// Writes the file into a model's folder, whole or not at all.
  ///
  /// - Parameter folder: The model's.
  /// - Throws: An error with the system's answer; an old file stays then.
  public func write(to folder: URL) throws {
    try AtomicFile.write(try contents, to: folder.appendingPathComponent(Self.name))
  }

  /// Refuses weights of another model or with other sentiment words.
  ///
  /// - Parameters:
  ///   - folder: The model that is used.
  ///   - lexicon: The sentiment words that are used.
  ///   - file: The name for messages.
  /// - Throws: `ModelFolderError` that tells what differs.
  public func require(_ folder: ModelFolder, _ lexicon: SentimentLexicon, file: String) throws {
    guard try model == folder.fingerprint else {
      throw ModelFolderError(
        "\(file): its weights were found for another model than the one beside it; \(Self.remedy).")
    }
    guard self.lexicon.sha256 == lexicon.digest else {
      let found = self.lexicon.sha256 == SentimentLexicon.builtIn.digest
      throw ModelFolderError(
        "\(file): its weights were found with another lexicon, "
          + (found
            ? "the built-in one; leave out --lexicon"
            : "one of \(self.lexicon.words) words, than \(lexicon.name) of \(lexicon.words.count); give that one with "
              + "--lexicon") + ", or \(Self.remedy).")
    }
  }

  /// What to do about weights that cannot be used.
  public static let remedy =
    "find them anew with 'taco-dist evaluate MODEL --data VALID --find-debias'"

  private struct Format: Decodable {
    let format: Int
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      context.codingPath.isEmpty
        ? "it is no JSON object"
        : "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is not of its kind"
    default: "it is no JSON"
    }
  }
}
