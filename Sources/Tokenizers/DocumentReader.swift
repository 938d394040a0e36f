internal import JSONText

/// Reads the sections of a `tokenizer.json`.
struct DocumentReader {
  /// The name of the file, for messages.
  let file: String

  /// Ids from here on are taken for damage: the tables are as large as the highest id.
  private static let idLimit = 1 << 24

  func failure(_ problem: String) -> TokenizerError { TokenizerError(file: file, problem: problem) }

  /// The id that a value holds, checked.
  func id(_ value: JSON?, of token: Bytes) throws(TokenizerError) -> Int32 {
    guard let id = value?.integer, 0..<Self.idLimit ~= id else {
      throw failure(
        "token \"\(token.text)\" has no usable id (0 to \(Self.idLimit - 1))"
      )
    }
    return Int32(id)
  }

  /// A value that is true or false, where it is there.
  private func flag(
    _ section: JSON, _ key: String, else usual: Bool
  ) throws(TokenizerError) -> Bool {
    guard let value = section[key] else { return usual }
    guard let flag = value.bool else {
      throw failure("\(key) is \(value.short), which is neither true nor false")
    }
    return flag
  }

  // MARK: Model

  func model(_ document: JSON) throws(TokenizerError) -> Tokenizer.Model {
    guard let model = document["model"] else {
      throw failure("has no \"model\"; is it a tokenizer.json?")
    }
    if let version = document["version"], version != .text("1.0") {
      throw failure("is of version \(version.short); \"1.0\" is supported")
    }
    let vocabulary = try vocabulary(of: model)
    let byteLevel = try preTokenizers(document["pre_tokenizer"]).byteLevel
    // Older files leave the type out; only byte-pair encoding has merges.
    let type = model["type"]?.text ?? (model["merges"] == nil ? "WordPiece" : "BPE")
    switch (type, byteLevel) {
    case ("WordPiece", nil): return .wordPiece(try wordPiece(model, vocabulary))
    case ("BPE", let byteLevel?):
      return .bytePairEncoding(try bytePairEncoding(model, vocabulary, byteLevel))
    default:
      throw failure(
        "model \(type) \(byteLevel == nil ? "without" : "with") a ByteLevel pre_tokenizer is not "
          + "supported; WordPiece without and BPE with one are"
      )
    }
  }

  func vocabulary(of model: JSON) throws(TokenizerError) -> Vocabulary {
    guard let members = model["vocab"]?.members else {
      throw failure("the model has no \"vocab\" that maps tokens to ids")
    }
    var vocabulary = Vocabulary(capacity: members.count)
    for member in members {
      let id = try id(member.value, of: member.key)
      if let other = vocabulary.token(for: id), other != member.key {
        throw failure(
          "the tokens \"\(other.text)\" and \"\(member.key.text)\" have the same id, \(id)")
      }
      vocabulary.insert(member.key, id: id)
    }
    return vocabulary
  }

  func wordPiece(_ model: JSON, _ vocabulary: Vocabulary) throws(TokenizerError) -> WordPiece {
    for key in ["unk_token", "continuing_subword_prefix"] {
      guard let value = model[key], value.bytes == nil else { continue }
      throw failure("\(key) is \(value.short), which is no text")
    }
    let unknown = model["unk_token"]?.bytes ?? Array("[UNK]".utf8)
    guard let unknownID = vocabulary.id(of: unknown) else {
      throw failure(
        "the unknown token \"\(unknown.text)\" is not in the vocabulary"
      )
    }
    return WordPiece(
      vocabulary: vocabulary, unknown: unknownID,
      continuationPrefix: model["continuing_subword_prefix"]?.bytes ?? Array("##".utf8),
      longestWord: model["max_input_chars_per_word"]?.integer ?? 100)
  }

  func bytePairEncoding(
    _ model: JSON, _ vocabulary: Vocabulary, _ byteLevel: ByteLevel
  ) throws(TokenizerError) -> BytePairEncoding {
    for option in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let value = model[option]?.text, !value.isEmpty {
        throw failure("the BPE model's \(option) \"\(value)\" is not supported")
      }
    }
    if let dropout = model["dropout"], dropout != .null, dropout != .integer(0) {
      throw failure("the BPE model's dropout makes other ids every time; set it to null")
    }
    // Where every byte has a token there is nothing to fall back from.
    if try flag(model, "byte_fallback", else: false),
      ByteLevel.alphabet.contains(where: { vocabulary.id(of: Array("\($0)".utf8)) == nil })
    {
      throw failure("the BPE model's byte_fallback is not supported where bytes lack a token")
    }
    guard let list = model["merges"]?.elements else { throw failure("the model has no \"merges\"") }
    var merges = MergeTable(capacity: list.count)
    for (number, element) in list.enumerated() {
      guard let pair = Self.pair(element) else {
        throw failure("merge \(number + 1) is not a pair of tokens")
      }
      guard let left = vocabulary.id(of: pair.left),
        let right = vocabulary.id(of: pair.right),
        let id = vocabulary.id(of: pair.left + pair.right)
      else {
        let text = (pair.left + [0x20] + pair.right).text
        throw failure("merge \(number + 1), \"\(text)\", is not of tokens of the vocabulary")
      }
      merges.append(left, right, becoming: id)
    }
    let options = BytePairEncoding.Options(
      unknown: model["unk_token"]?.bytes.flatMap { vocabulary.id(of: $0) },
      fusesUnknown: try flag(model, "fuse_unk", else: false),
      ignoresMerges: try flag(model, "ignore_merges", else: false))
    return BytePairEncoding(
      vocabulary: vocabulary, byteLevel: byteLevel, merges: merges, options: options)
  }

  /// A merge is written as `["a", "b"]`, in older files as `"a b"`.
  private static func pair(_ element: JSON) -> (left: Bytes, right: Bytes)? {
    if let pair = element.elements, pair.count == 2, let left = pair[0].bytes,
      let right = pair[1].bytes
    {
      return (left, right)
    }
    guard let bytes = element.bytes else { return nil }
    let parts = bytes.split(separator: 0x20, omittingEmptySubsequences: false)
    return parts.count == 2 ? (Bytes(parts[0]), Bytes(parts[1])) : nil
  }

  // MARK: Text

  func normalizer(_ value: JSON?) throws(TokenizerError) -> Normalizer? {
    guard let value, value != .null else { return nil }
    switch value["type"]?.text {
    case "BertNormalizer":
      let lowercases = try flag(value, "lowercase", else: true)
      return .bert(
        BertNormalizer(
          cleansText: try flag(value, "clean_text", else: true),
          separatesChinese: try flag(value, "handle_chinese_chars", else: true),
          stripsAccents: value["strip_accents"] == .null
            ? lowercases : try flag(value, "strip_accents", else: lowercases),
          lowercases: lowercases))
    case "Lowercase": return .lowercase
    case "StripAccents": return .stripAccents
    case "Sequence":
      var normalizers: [Normalizer] = []
      for element in value["normalizers"]?.elements ?? [] {
        if let normalizer = try normalizer(element) { normalizers.append(normalizer) }
      }
      return .sequence(normalizers)
    case let type?:
      if let form = NormalForm(rawValue: type) { return .form(form) }
      throw failure(
        "normalizer \(type) is not supported; BertNormalizer, Lowercase, StripAccents, NFC, NFD, "
          + "NFKC, NFKD and a Sequence of them are"
      )
    case nil: throw failure("the normalizer has no type")
    }
  }

  /// The pre-tokenizers: any number that split, then perhaps the byte-level one.
  func preTokenizers(
    _ value: JSON?
  ) throws(TokenizerError) -> (splitters: [Splitter], byteLevel: ByteLevel?) {
    guard let value, value != .null else { return ([], nil) }
    switch value["type"]?.text {
    case "BertPreTokenizer": return ([.bert], nil)
    case "Whitespace": return ([.wordsAndSymbols], nil)
    case "WhitespaceSplit": return ([.whitespace], nil)
    case "Digits":
      return ([.digits(individual: try flag(value, "individual_digits", else: false))], nil)
    case "Split": return ([try split(value)], nil)
    case "ByteLevel":
      let byteLevel = ByteLevel(
        addsPrefixSpace: try flag(value, "add_prefix_space", else: true),
        splits: try flag(value, "use_regex", else: true))
      return ([], byteLevel)
    case "Sequence":
      var splitters: [Splitter] = []
      var byteLevel: ByteLevel?
      for element in value["pretokenizers"]?.elements ?? [] {
        guard byteLevel == nil else {
          throw failure("a pre_tokenizer after ByteLevel is not supported")
        }
        let steps = try preTokenizers(element)
        splitters += steps.splitters
        byteLevel = steps.byteLevel
      }
      return (splitters, byteLevel)
    case let type?:
      throw failure(
        "pre_tokenizer \(type) is not supported; BertPreTokenizer, Whitespace, WhitespaceSplit, Digits, "
          + "Llama 3's Split, ByteLevel and a Sequence of them are"
      )
    case nil: throw failure("the pre_tokenizer has no type")
    }
  }

  /// The one expression whose matches are words of their own.
  private func split(_ value: JSON) throws(TokenizerError) -> Splitter {
    guard let expression = value["pattern"]?["Regex"]?.text, expression == Splitter.llamaExpression,
      value["behavior"]?.text == "Isolated", try !flag(value, "invert", else: false)
    else {
      throw failure(
        "a pre_tokenizer Split with another expression than Llama 3's, or another behavior than Isolated, is not "
          + "supported")
    }
    return .llama
  }

  // MARK: Added tokens

  func addedTokens(_ value: JSON?) throws(TokenizerError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    for element in value?.elements ?? [] {
      guard let content = element["content"]?.bytes, !content.isEmpty else { continue }
      var token = AddedToken(content: content, flags: element)
      token.id = try id(element["id"], of: content)
      tokens.append(token)
    }
    return tokens
  }
}
