public import Foundation
internal import JSONText

extension Tokenizer {
  /// Reads the tokenizer of a Hugging Face model folder.
  ///
  /// The folder holds `tokenizer.json`, or `vocab.txt` (WordPiece), or `vocab.json` and
  /// `merges.txt` (BPE). Where present, `tokenizer_config.json`, `special_tokens_map.json` and
  /// `added_tokens.json` are read too.
  ///
  /// - Parameter folder: the folder.
  /// - Throws: ``TokenizerError`` when a file is missing, damaged or of an unknown kind.
  public init(folder: URL) throws {
    let files = TokenizerFiles(folder: folder)
    let companions = Companions(
      configuration: try files.json("tokenizer_config.json") ?? .object([]),
      specialTokens: try files.json("special_tokens_map.json"),
      addedTokens: try files.json("added_tokens.json"),
      model: try files.json("config.json") ?? .object([]), path: files.path)
    if let document = try files.json("tokenizer.json") {
      let (completed, appended) = try companions.completed(document)
      try self.init(
        document: completed, configuration: companions.merged, file: files.path("tokenizer.json"))
      self.appended = appended.count
      return
    }
    let older = OlderFiles(
      configuration: try companions.requireKnown(),
      addedTokens: companions.addedTokens ?? .object([]))
    let document: JSON
    let source: String
    var doubtful: (line: Int, count: Int)?
    if let lines = try files.lines("vocab.txt") {
      (document, source) = (older.wordPiece(lines), "vocab.txt")
      doubtful = lines.firstEndingInSpace.map { ($0 + 1, lines.count) }
    } else if let vocabulary = try files.json("vocab.json")?.members {
      guard let merges = try files.lines("merges.txt") else {
        throw TokenizerError(
          file: files.path("merges.txt"), problem: "is missing; vocab.json needs it")
      }
      (document, source) = (older.bytePairEncoding(vocabulary, merges: merges), "vocab.json")
    } else {
      throw TokenizerError(
        file: folder.path,
        problem: "has no tokenizer.json, no vocab.txt and no vocab.json with merges.txt")
    }
    // What the files beside it add is added by the same rules as beside tokenizer.json.
    let (completed, appended) = try companions.completed(document, from: source)
    let added = completed["added_tokens"]?.elements?.compactMap { $0["id"]?.integer } ?? []
    if let doubtful, added.contains(where: { $0 >= doubtful.count }) {
      throw TokenizerError(
        file: "\(files.path(source)):\(doubtful.line)",
        problem: "ends in white space, which transformers takes off: then the ids of added tokens "
          + "are not those that follow the lines; write another token there")
    }
    try self.init(
      document: completed, configuration: older.configuration, file: files.path(source))
    self.appended = appended.count
  }

  /// WordPiece from a vocabulary in memory, with BERT's normalizer and pre-tokenizer.
  ///
  /// - Parameters:
  ///   - wordPieceVocabulary: the tokens in the order of their ids, with `[UNK]`, `[CLS]`, `[SEP]`.
  ///   - lowercase: whether texts become lower case and lose their accents.
  /// - Throws: ``TokenizerError`` when one of the three tokens is missing.
  public init(
    wordPieceVocabulary: [String], lowercase: Bool = true
  ) throws {
    var older = OlderFiles()
    older.configuration["do_lower_case"] = .bool(lowercase)
    try self.init(
      document: older.wordPiece(wordPieceVocabulary.map { Array($0.utf8) }),
      configuration: older.configuration, file: "built-in vocabulary")
  }

  /// What decides the ids, as bytes: the contents of `tokenizer.json`.
  public var contents: [UInt8] { document.serialized() }

  /// Writes `tokenizer.json` and `tokenizer_config.json`, which `AutoTokenizer` opens.
  ///
  /// - Parameter folder: an existing folder; files of these names in it are replaced.
  /// - Throws: ``TokenizerError`` when a file cannot be written.
  public func write(to folder: URL) throws {
    let files = TokenizerFiles(folder: folder)
    try files.write(document, to: "tokenizer.json")
    try files.write(completeConfiguration, to: "tokenizer_config.json")
  }
}

/// The files of a tokenizer in a folder.
private struct TokenizerFiles {
  let folder: URL

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// The contents of a file, or nil when there is none.
  func bytes(_ name: String) throws(TokenizerError) -> Bytes? {
    let path = path(name)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return Bytes(try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw TokenizerError(file: path, problem: "cannot be read (\(error.localizedDescription))")
    }
  }

  func json(_ name: String) throws(TokenizerError) -> JSON? {
    guard let bytes = try bytes(name) else { return nil }
    let value = try JSONParser.parse(bytes, file: path(name))
    guard value.members != nil else {
      throw TokenizerError(file: path(name), problem: "is not a JSON object")
    }
    return value
  }

  /// The lines of a text file, ended by LF or CRLF.
  func lines(_ name: String) throws(TokenizerError) -> [Bytes]? {
    guard let bytes = try bytes(name) else { return nil }
    guard bytes.isValidUTF8 else {
      throw TokenizerError(file: path(name), problem: "is not valid UTF-8; save it again as UTF-8")
    }
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { $0.last == 0x0D ? Bytes($0.dropLast()) : Bytes($0) }
  }

  func write(_ value: JSON, to name: String) throws(TokenizerError) {
    do {
      try Data(value.serialized()).write(
        to: folder.appendingPathComponent(name), options: .atomic)
    } catch {
      throw TokenizerError(
        file: path(name), problem: "cannot be written (\(error.localizedDescription))")
    }
  }
}
