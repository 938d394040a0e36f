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
      configuration: try files.json("tokenizer_config.json", allowsDuplicateKeys: false)
        ?? .object([]),
      specialTokens: try files.json("special_tokens_map.json", allowsDuplicateKeys: false),
      addedTokens: try files.json("added_tokens.json", allowsDuplicateKeys: false),
      model: try files.json("config.json") ?? .object([]), path: files.path)
    let completed: Companions.Completed
    let source: String
    if let document = try files.json("tokenizer.json") {
      source = "tokenizer.json"
      completed = try companions.completed(document)
    } else {
      // What the files beside it add is added by the same rules as beside tokenizer.json.
      let older: JSON
      (older, source) = try files.older(companions.merged)
      completed = try companions.completed(older, from: source)
    }
    try self.init(
      document: completed.document, configuration: completed.configuration, file: files.path(source)
    )
    appended = completed.appended
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
    let configuration = JSON.object([.init("do_lower_case", .bool(lowercase))])
    let tokens = wordPieceVocabulary.map { Array($0.utf8) }
    func entry(_ token: String) -> (content: Bytes, id: Int)? {
      let content = Array(token.utf8)
      return tokens.lastIndex(of: content).map { (content, $0) }
    }
    let added = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap(entry)
      .sorted { $0.id < $1.id }
    var document = OlderFiles.wordPiece(tokens, configuration)
    document["added_tokens"] = .array(
      added.map { AddedToken(content: $0.content, id: Int32(clamping: $0.id)).json })
    if let first = entry("[CLS]"), let last = entry("[SEP]") {
      document["post_processor"] = .object([
        .init("type", .text("BertProcessing")),
        .init("sep", .array([.string(last.content), .integer(last.id)])),
        .init("cls", .array([.string(first.content), .integer(first.id)])),
      ])
    }
    try self.init(
      document: document, configuration: configuration, file: "built-in vocabulary")
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

  func json(_ name: String, allowsDuplicateKeys: Bool = true) throws(TokenizerError) -> JSON? {
    guard let bytes = try bytes(name) else { return nil }
    let value = try JSONParser.parse(
      bytes, file: path(name), allowsDuplicateKeys: allowsDuplicateKeys)
    guard value.members != nil else {
      throw TokenizerError(file: path(name), problem: "is not a JSON object")
    }
    return value
  }

  /// The contents of `tokenizer.json` that the older files stand for, and the name of the first of these.
  func older(_ configuration: JSON) throws(TokenizerError) -> (document: JSON, source: String) {
    if let lines = try lines("vocab.txt") {
      return (OlderFiles.wordPiece(lines.map(\.withoutBlanksAtEnd), configuration), "vocab.txt")
    }
    guard let vocabulary = try json("vocab.json")?.members else {
      throw TokenizerError(
        file: folder.path,
        problem: "has no tokenizer.json, no vocab.txt and no vocab.json with merges.txt")
    }
    guard let merges = try lines("merges.txt") else {
      throw TokenizerError(file: path("merges.txt"), problem: "is missing; vocab.json needs it")
    }
    return (
      OlderFiles.bytePairEncoding(vocabulary, merges: merges, configuration), "vocab.json"
    )
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
