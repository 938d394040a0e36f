internal import JSONText

/// The files beside `tokenizer.json`, and what they change in it by the rules of `AutoTokenizer`.
///
/// Where two versions of transformers would give different ids, or a file asks for what is not known here, the
/// folder is refused by name.
struct Companions {
  /// `tokenizer_config.json`.
  var configuration = JSON.object([])
  /// `special_tokens_map.json`.
  var specialTokens: JSON?
  /// `added_tokens.json`: ids by token.
  var addedTokens: JSON?
  /// `config.json` of the model.
  var model = JSON.object([])
  /// A file's path, for messages.
  var path: (String) -> String = { $0 }

  /// The token that the padding of a `tokenizer.json` names, which counts where no other file names one.
  var paddingToken: Bytes?

  var hasDecoder: Bool { configuration["added_tokens_decoder"] != nil }

  /// `tokenizer_config.json` as transformers takes it: the older map of special tokens wins where there is no
  /// list of added tokens.
  var merged: JSON {
    guard !hasDecoder else { return configuration }
    var result = configuration
    for member in specialTokens?.members ?? [] { result[member.key.text] = member.value }
    return result
  }

  /// What a `tokenizer.json` becomes: its contents, those of `tokenizer_config.json` with the class, and how many
  /// tokens only transformers itself adds.
  typealias Completed = (document: JSON, configuration: JSON, appended: Int)

  /// What a `tokenizer.json` becomes.
  ///
  /// - Parameters:
  ///   - document: Its contents.
  ///   - older: The older file that it was made of, for messages; nil for a `tokenizer.json`.
  /// - Returns: The contents that decide the ids.
  /// - Throws: `TokenizerError` that names what cannot be followed.
  func completed(
    _ document: JSON, from older: String? = nil
  ) throws(TokenizerError) -> Completed {
    try refuseWhatIsNotKnown()
    let kind = try TokenizerClass(self)
    var document = document
    switch kind {
    case .bert, .mpnet: try rebuildWordPiece(&document, kind, older)
    case .roberta: try rebuildByteLevel(&document, kind, older)
    case .asWritten:
      if let older { throw classIsMissing(older) }
    }
    let side = document["truncation"]?["direction"]?.text ?? "Right"
    guard side == "Right" else {
      throw refusal(
        "tokenizer.json", "truncation has the direction \(side); texts are cut on the right")
    }
    var companions = self
    if kind == .asWritten { companions.paddingToken = document["padding"]?["pad_token"]?.bytes }
    let list = try companions.addedTokens(beside: document, kind, older)
    document["added_tokens"] = .array(list.tokens.map(\.json))
    if kind != .asWritten { document["post_processor"] = try ends(kind, list, older) }
    var configuration = merged
    for role in SpecialTokenRole.allCases where configuration[role.rawValue] == nil {
      configuration[role.rawValue] = kind.usualTokens[role].map(JSON.string)
    }
    if configuration["tokenizer_class"] == nil || configuration["tokenizer_class"] == .null {
      configuration["tokenizer_class"] = .text(kind.name)
    }
    return (document, configuration, list.appended.count)
  }

  /// Without `tokenizer.json` only the class tells what to do with the older files.
  private func classIsMissing(_ older: String) -> TokenizerError {
    let advice = "name the model's own tokenizer_class, such as BertTokenizer or RobertaTokenizer"
    for (contents, file) in [(merged, file(of: "tokenizer_class")), (model, "config.json")] {
      guard let name = contents["tokenizer_class"]?.text else { continue }
      return refusal(
        file,
        "tokenizer_class \(name) is what tokenizer.json says, which is missing; bring it, or \(advice)"
      )
    }
    return refusal(
      older, "no file beside it tells how to read it; \(advice), in tokenizer_config.json")
  }

  // MARK: What a class makes anew

  private func rebuildWordPiece(
    _ document: inout JSON, _ kind: TokenizerClass, _ older: String?
  ) throws(TokenizerError) {
    let section = document["model"] ?? .object([])
    guard section["merges"] == nil, (section["type"]?.text ?? "WordPiece") == "WordPiece" else {
      throw replaced("the model \(section["type"]?.text ?? "BPE")", kind, older)
    }
    let normalizer = document["normalizer"] ?? .null
    guard normalizer["type"]?.text == "BertNormalizer", normalizer["clean_text"]?.bool ?? true
    else {
      throw replaced("the normalizer \(normalizer["type"]?.text ?? "null") as it is written", kind)
    }
    guard document["pre_tokenizer"]?["type"]?.text == "BertPreTokenizer" else {
      throw replaced(
        "the pre_tokenizer \(document["pre_tokenizer"]?["type"]?.text ?? "null")", kind)
    }
    // Of a damaged section transformers does not make another.
    _ = try DocumentReader(file: path(older ?? "tokenizer.json")).normalizer(normalizer)
    let wanted = try content(of: .unknown, kind)
    guard (section["unk_token"]?.bytes ?? Array("[UNK]".utf8)) == wanted else {
      throw replaced("unk_token \"\(section["unk_token"]?.text ?? "")\"", kind, older)
    }
    for (key, usual) in [
      ("continuing_subword_prefix", JSON.text("##")), ("max_input_chars_per_word", .integer(100)),
    ] where section[key] ?? usual != usual {
      throw replaced("\(key) of another value than the usual one", kind)
    }
    let configuration = merged
    func flag(_ key: String, _ usual: JSON) -> JSON {
      configuration[key].flatMap { $0 == .null ? nil : $0 } ?? usual
    }
    document["normalizer"] = .object([
      .init("type", .text("BertNormalizer")), .init("clean_text", .bool(true)),
      .init("handle_chinese_chars", flag("tokenize_chinese_chars", .bool(true))),
      .init("strip_accents", flag("strip_accents", .null)),
      .init("lowercase", flag("do_lower_case", .bool(true))),
    ])
  }

  private func rebuildByteLevel(
    _ document: inout JSON, _ kind: TokenizerClass, _ older: String?
  ) throws(TokenizerError) {
    let section = document["model"] ?? .object([])
    guard section["merges"] != nil, (section["type"]?.text ?? "BPE") == "BPE" else {
      throw replaced("the model \(section["type"]?.text ?? "WordPiece")", kind, older)
    }
    if let normalizer = document["normalizer"], normalizer != .null {
      throw replaced("the normalizer \(normalizer["type"]?.text ?? "")", kind)
    }
    guard var splitter = document["pre_tokenizer"], splitter["type"]?.text == "ByteLevel",
      splitter["use_regex"]?.bool ?? true
    else {
      throw replaced(
        "the pre_tokenizer \(document["pre_tokenizer"]?["type"]?.text ?? "null")", kind)
    }
    _ = try DocumentReader(file: path(older ?? "tokenizer.json")).preTokenizers(splitter)
    for key in ["fuse_unk", "ignore_merges"] where section[key]?.bool == true {
      throw replaced(key, kind)
    }
    splitter["add_prefix_space"] = merged["add_prefix_space"] ?? .bool(false)
    document["pre_tokenizer"] = splitter
    // The class names none to the model: a byte that the vocabulary lacks vanishes.
    var model = section
    model["unk_token"] = .null
    document["model"] = model
  }

  private func replaced(
    _ what: String, _ kind: TokenizerClass, _ older: String? = nil
  ) -> TokenizerError {
    if let older {
      return refusal(
        older, "transformers does not use \(what) with a tokenizer of this class (\(kind))")
    }
    return refusal(
      "tokenizer.json",
      "transformers does not use \(what) with a tokenizer of this class (\(kind)); to keep it, name "
        + "PreTrainedTokenizerFast as tokenizer_class in tokenizer_config.json")
  }

  /// The token of a role that the class cannot do without.
  private func content(
    of role: SpecialTokenRole, _ kind: TokenizerClass
  ) throws(TokenizerError) -> Bytes {
    guard let value = merged[role.rawValue] else { return kind.usualTokens[role] ?? [] }
    guard let content = value.bytes ?? value["content"]?.bytes else {
      throw refusal(
        file(of: role.rawValue),
        "\(role.rawValue) is null, but a tokenizer of this class (\(kind)) needs one; name it, or remove the key"
      )
    }
    return content
  }

  private func ends(
    _ kind: TokenizerClass, _ list: AddedTokenList, _ older: String?
  ) throws(TokenizerError) -> JSON {
    var result = JSON.object([
      .init("type", .text(kind == .bert ? "BertProcessing" : "RobertaProcessing"))
    ])
    for (key, role) in [("sep", SpecialTokenRole.separator), ("cls", .classification)] {
      let named = try content(of: role, kind)
      guard let id = list[named]?.id ?? list.vocabularyID(of: named),
        !list.appended.contains(named)
      else {
        throw refusal(
          older ?? "tokenizer.json",
          "has no token \"\(named.text)\", the \(role.rawValue) of a tokenizer of this class (\(kind))"
        )
      }
      result[key] = .array([.string(named), .integer(Int(id))])
    }
    if kind != .bert {
      result["trim_offsets"] = .bool(true)
      result["add_prefix_space"] = merged["add_prefix_space"] ?? .bool(false)
    }
    return result
  }
}
