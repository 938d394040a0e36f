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

  private func refusal(_ file: String, _ problem: String) -> TokenizerError {
    TokenizerError(file: path(file), problem: problem)
  }

  var hasDecoder: Bool { configuration["added_tokens_decoder"]?.members != nil }

  /// `tokenizer_config.json` as transformers takes it: the older map of special tokens wins where there is no
  /// list of added tokens.
  var merged: JSON {
    guard !hasDecoder else { return configuration }
    var result = configuration
    for member in specialTokens?.members ?? [] { result[member.key.text] = member.value }
    return result
  }

  /// What a `tokenizer.json` becomes.
  ///
  /// - Parameters:
  ///   - document: Its contents.
  ///   - older: The older file that it was made of, for messages; nil for a `tokenizer.json`.
  /// - Returns: The contents that decide the ids, and the tokens that only transformers itself adds.
  /// - Throws: `TokenizerError` that names what cannot be followed.
  func completed(
    _ document: JSON, from older: String? = nil
  ) throws(TokenizerError) -> (document: JSON, appended: [Bytes]) {
    try refuseWhatIsNotKnown()
    let kind = try TokenizerClass(configuration, model: model) {
      refusal("tokenizer_config.json", $0)
    }
    var document = document
    switch kind {
    case .bert, .mpnet: try rebuildWordPiece(&document, kind, older)
    case .roberta: try rebuildByteLevel(&document, kind, older)
    case .asWritten: break
    }
    var list = AddedTokenList(vocabulary: document["model"]?["vocab"]?.members ?? [])
    // The older files have no list of their own: a class that is known names what it adds.
    let own = older != nil && kind != .asWritten ? [] : document["added_tokens"]?.elements ?? []
    let source = older == nil ? "tokenizer.json" : "added_tokens.json"
    if kind == .asWritten {
      for element in own { try add(element, id: element["id"]?.integer, source, &list) }
    }
    let listed = try addListed(own, kind, to: &list, source)
    try addNamed(kind, to: &list, listed: listed)
    if kind != .asWritten {
      // Another version of transformers keeps what this one drops.
      for element in own {
        guard let content = element["content"]?.bytes, list[content] == nil else { continue }
        throw refusal(
          "tokenizer_config.json",
          "added_tokens_decoder lacks \"\(content.text)\", which tokenizer.json adds; add it there")
      }
    }
    document["added_tokens"] = .array(list.tokens.map(\.json))
    if kind != .asWritten { document["post_processor"] = try ends(kind, list, older) }
    return (document, list.appended)
  }

  /// The configuration of a folder with the older files, once it is known to ask for nothing unknown.
  func requireKnown() throws(TokenizerError) -> JSON {
    try refuseWhatIsNotKnown()
    let kind = try TokenizerClass(configuration, model: model) {
      refusal("tokenizer_config.json", $0)
    }
    if kind == .asWritten,
      let name = configuration["tokenizer_class"]?.text ?? model["tokenizer_class"]?.text
    {
      throw refusal(
        "tokenizer_config.json",
        "tokenizer_class \(name) is what tokenizer.json says, which is missing; bring it, or name the model's "
          + "own class, such as BertTokenizer")
    }
    return merged
  }

  private func refuseWhatIsNotKnown() throws(TokenizerError) {
    let file = "tokenizer_config.json"
    if configuration["split_special_tokens"]?.bool == true {
      throw refusal(file, "split_special_tokens is not supported; remove it or set it to false")
    }
    if let side = configuration["truncation_side"]?.text, side != "right" {
      throw refusal(file, "truncation_side \(side) is not supported; texts are cut on the right")
    }
    if let map = configuration["auto_map"], map != .null {
      throw refusal(file, "auto_map names a tokenizer of its own, in Python; it cannot be run here")
    }
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
    let unknown = merged["unk_token"].flatMap { $0.bytes ?? $0["content"]?.bytes }
    let wanted = unknown ?? kind.usualTokens[.unknown] ?? []
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
    for key in ["fuse_unk", "ignore_merges"] where section[key]?.bool == true {
      throw replaced(key, kind)
    }
    splitter["add_prefix_space"] = merged["add_prefix_space"] ?? .bool(false)
    document["pre_tokenizer"] = splitter
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

  private func ends(
    _ kind: TokenizerClass, _ list: AddedTokenList, _ older: String?
  ) throws(TokenizerError) -> JSON {
    var result = JSON.object([
      .init("type", .text(kind == .bert ? "BertProcessing" : "RobertaProcessing"))
    ])
    for (key, role) in [("sep", SpecialTokenRole.separator), ("cls", .classification)] {
      let named = role.token(in: merged)?.content ?? kind.usualTokens[role] ?? []
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

  // MARK: Added tokens

  /// Adds the tokens that the files list with their ids, and returns them.
  private func addListed(
    _ own: [JSON], _ kind: TokenizerClass, to list: inout AddedTokenList, _ source: String
  ) throws(TokenizerError) -> Set<Bytes> {
    // By id: of two entries, the later counts.
    var entries: [Int: (token: JSON, file: String)] = [:]
    if hasDecoder {
      for member in configuration["added_tokens_decoder"]?.members ?? [] {
        guard let id = Int(member.key.text), member.value["content"]?.bytes != nil else {
          throw refusal(
            "tokenizer_config.json",
            "added_tokens_decoder has an entry \"\(member.key.text)\" that is no id with a token")
        }
        entries[id] = (member.value, "tokenizer_config.json")
      }
    } else {
      let special = named(kind).map(\.token.content)
      for member in addedTokens?.members ?? [] {
        guard let id = member.value.integer else {
          throw refusal("added_tokens.json", "\"\(member.key.text)\" has no id")
        }
        let isSpecial = special.contains(member.key)
        let token = AddedToken(
          content: member.key, id: 0, normalized: !isSpecial, special: isSpecial)
        entries[id] = (token.json, "added_tokens.json")
      }
      for element in own {
        if let id = element["id"]?.integer { entries[id] = (element, source) }
      }
    }
    if kind != .asWritten { try requireSameFlags(own, entries.mapValues(\.token)) }
    for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
      try add(entry.token, id: id, entry.file, &list)
    }
    return Set(entries.values.compactMap { $0.token["content"]?.bytes })
  }

  /// Refuses two descriptions of a token between which versions of transformers choose differently.
  private func requireSameFlags(_ own: [JSON], _ entries: [Int: JSON]) throws(TokenizerError) {
    for element in own {
      guard let content = element["content"]?.bytes,
        let other = entries.values.first(where: { $0["content"]?.bytes == content })
      else { continue }
      for key in ["single_word", "lstrip", "rstrip", "normalized"] {
        let usual = key == "normalized" && element["special"]?.bool != true
        guard (element[key]?.bool ?? usual) == (other[key]?.bool ?? usual) else {
          throw refusal(
            "tokenizer_config.json",
            "\(key) of \"\(content.text)\" differs between added_tokens_decoder and tokenizer.json")
        }
      }
    }
  }

  /// Adds the special tokens that have a name, where they are not there yet.
  ///
  /// A role takes the flags that a file lists for its token. Of other descriptions that differ, one version of
  /// transformers takes the first, another the last.
  private func addNamed(
    _ kind: TokenizerClass, to list: inout AddedTokenList, listed: Set<Bytes>
  ) throws(TokenizerError) {
    for named in named(kind) {
      let token = named.token
      guard let present = list[token.content] else {
        guard list.append(token) else { throw collision(token.content) }
        continue
      }
      guard !(named.isRole && listed.contains(token.content)),
        let flag = token.difference(from: present)
      else { continue }
      throw refusal(
        "tokenizer_config.json",
        "the token \"\(token.content.text)\" is named twice, here or in the files beside it, with another "
          + "\(flag); versions of transformers choose differently, so let them agree")
    }
  }

  private func add(
    _ element: JSON, id: Int?, _ file: String, _ list: inout AddedTokenList
  ) throws(TokenizerError) {
    guard let content = element["content"]?.bytes, !content.isEmpty else { return }
    let special = element["special"]?.bool ?? false
    let token = AddedToken(
      content: content, id: 0, singleWord: element["single_word"]?.bool ?? false,
      stripsLeft: element["lstrip"]?.bool ?? false, stripsRight: element["rstrip"]?.bool ?? false,
      normalized: element["normalized"]?.bool ?? !special, special: special)
    if list[content] == nil, !list.append(token, isListed: true) { throw collision(content) }
    guard let id, let given = list[content]?.id, Int(given) != id else { return }
    throw refusal(
      file,
      "the added token \"\(content.text)\" is to have the id \(id), but transformers gives it \(given): "
        + "ids of added tokens follow the vocabulary without a gap")
  }

  private func collision(_ token: Bytes) -> TokenizerError {
    refusal(
      "tokenizer.json",
      "the vocabulary's ids have gaps, so that the added token \"\(token.text)\" would share its id with "
        + "another one")
  }
}

/// Added tokens as the library `tokenizers` numbers them.
struct AddedTokenList {
  private(set) var tokens: [AddedToken] = []
  /// Tokens that no file lists and the vocabulary lacks.
  private(set) var appended: [Bytes] = []
  private var places: [Bytes: Int] = [:]
  private var vocabulary: [Bytes: Int32] = [:]
  private var taken: Set<Int32> = []
  private var highest: Int32 = -1

  /// None yet, beside a vocabulary.
  init(vocabulary members: [JSON.Member]) {
    for member in members {
      let id = Int32(clamping: member.value.integer ?? -1)
      vocabulary[member.key] = id
      taken.insert(id)
    }
  }

  /// The token of a content.
  subscript(content: Bytes) -> AddedToken? { places[content].map { tokens[$0] } }

  /// The id that the vocabulary has for a token.
  func vocabularyID(of content: Bytes) -> Int32? { vocabulary[content] }

  /// Adds a token: with its id in the vocabulary, else the next one.
  ///
  /// - Returns: False when the next one is taken.
  mutating func append(_ token: AddedToken, isListed: Bool = false) -> Bool {
    var token = token
    let count = Int32(clamping: vocabulary.count)
    let known = vocabulary[token.content]
    token.id = known ?? (highest >= count ? highest + 1 : count)
    guard known != nil || !taken.contains(token.id) else { return false }
    if known == nil, !isListed { appended.append(token.content) }
    highest = max(highest, token.id)
    places[token.content] = tokens.count
    tokens.append(token)
    return true
  }
}
