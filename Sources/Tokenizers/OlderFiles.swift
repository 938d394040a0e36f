internal import JSONText

/// Converts the files that preceded `tokenizer.json` to its contents.
struct OlderFiles {
  /// `tokenizer_config.json`, completed by `special_tokens_map.json`.
  var configuration = JSON.object([])
  /// `added_tokens.json`: ids by token.
  var addedTokens = JSON.object([])

  /// The contents of `tokenizer.json` for WordPiece, whose tokens are the lines of `vocab.txt`.
  func wordPiece(_ tokens: [Bytes]) -> JSON {
    let vocabulary = tokens.enumerated().map { JSON.Member(key: $1, value: .integer($0)) }
    let lowercases = configuration["do_lower_case"]?.bool ?? true
    let normalizer = JSON.object([
      .init("type", .text("BertNormalizer")),
      .init("clean_text", .bool(true)),
      .init("handle_chinese_chars", configuration["tokenize_chinese_chars"] ?? .bool(true)),
      .init("strip_accents", configuration["strip_accents"] ?? .null),
      .init("lowercase", .bool(lowercases)),
    ])
    let added = addedTokens(vocabulary)
    let unknown = token(.unknown, in: vocabulary)?.content ?? Array("[UNK]".utf8)
    return document(
      normalizer: normalizer, preTokenizer: .object([.init("type", .text("BertPreTokenizer"))]),
      added: added, vocabulary: vocabulary, postProcessor: "BertProcessing",
      decoder: .object([
        .init("type", .text("WordPiece")), .init("prefix", .text("##")),
        .init("cleanup", .bool(true)),
      ]),
      model: [
        .init("type", .text("WordPiece")), .init("unk_token", .string(unknown)),
        .init("continuing_subword_prefix", .text("##")),
        .init("max_input_chars_per_word", .integer(100)),
        .init("vocab", .object(vocabulary)),
      ])
  }

  /// The contents of `tokenizer.json` for byte-level BPE.
  ///
  /// - Parameters:
  ///   - vocabulary: the members of `vocab.json`.
  ///   - merges: the lines of `merges.txt`.
  /// - Returns: the contents.
  func bytePairEncoding(_ vocabulary: [JSON.Member], merges: [Bytes]) -> JSON {
    let prefix = JSON.Member(
      "add_prefix_space", configuration["add_prefix_space"] ?? .bool(false))
    let byteLevel = JSON.object([
      .init("type", .text("ByteLevel")), prefix, .init("trim_offsets", .bool(true)),
      .init("use_regex", .bool(true)),
    ])
    let pairs = merges.filter { !$0.isEmpty && !$0.starts(with: "#version".utf8) }
    return document(
      normalizer: .null, preTokenizer: byteLevel, added: addedTokens(vocabulary),
      vocabulary: vocabulary, postProcessor: "RobertaProcessing", decoder: byteLevel,
      model: [
        .init("type", .text("BPE")), .init("dropout", .null), .init("unk_token", .null),
        .init("continuing_subword_prefix", .null), .init("end_of_word_suffix", .null),
        .init("fuse_unk", .bool(false)), .init("byte_fallback", .bool(false)),
        .init("ignore_merges", .bool(false)), .init("vocab", .object(vocabulary)),
        .init("merges", .array(pairs.map { .string($0) })),
      ])
  }

  private func document(
    normalizer: JSON, preTokenizer: JSON, added: [AddedToken], vocabulary: [JSON.Member],
    postProcessor: String, decoder: JSON, model: [JSON.Member]
  ) -> JSON {
    func end(_ role: SpecialTokenRole) -> JSON? {
      guard let token = token(role, in: vocabulary),
        let id = added.last(where: { $0.content == token.content })?.id
      else { return nil }
      return .array([.string(token.content), .integer(Int(id))])
    }
    var processor = JSON.null
    if let first = end(.classification), let last = end(.separator) {
      processor = .object([
        .init("type", .text(postProcessor)), .init("sep", last), .init("cls", first),
      ])
      if postProcessor == "RobertaProcessing" {
        processor["trim_offsets"] = .bool(true)
        processor["add_prefix_space"] = preTokenizer["add_prefix_space"]
      }
    }
    return .object([
      .init("version", .text("1.0")), .init("truncation", .null), .init("padding", .null),
      .init("added_tokens", .array(added.map(\.json))), .init("normalizer", normalizer),
      .init("pre_tokenizer", preTokenizer), .init("post_processor", processor),
      .init("decoder", decoder), .init("model", .object(model)),
    ])
  }

  /// The token for a role: the configured one, else the first usual one that the vocabulary has.
  private func token(_ role: SpecialTokenRole, in vocabulary: [JSON.Member]) -> AddedToken? {
    if let token = role.token(in: configuration) { return token }
    let usual = role.usualTokens.first { token in vocabulary.contains { $0.key == token } }
    return usual.map { role.token($0) }
  }

  /// All added tokens, each with its id; one that has none yet gets the next.
  private func addedTokens(_ vocabulary: [JSON.Member]) -> [AddedToken] {
    var tokens: [AddedToken] = []
    func add(_ token: AddedToken, id: Int?) {
      guard !tokens.contains(where: { $0.content == token.content }) else { return }
      var token = token
      let known = id ?? vocabulary.last { $0.key == token.content }?.value.integer
      let highest = (vocabulary.lazy.compactMap(\.value.integer) + tokens.map { Int($0.id) }).max()
      token.id = Int32(clamping: known ?? highest.map { $0 &+ 1 } ?? 0)
      tokens.append(token)
    }
    for member in configuration["added_tokens_decoder"]?.members ?? [] {
      guard let content = member.value["content"]?.bytes else { continue }
      var token = SpecialTokenRole.unknown.token(content, flags: member.value)
      token.special = member.value["special"]?.bool ?? false
      token.normalized = member.value["normalized"]?.bool ?? !token.special
      add(token, id: Int(member.key.text))
    }
    for role in SpecialTokenRole.allCases {
      if let token = token(role, in: vocabulary) {
        add(token, id: addedTokens.members?.last { $0.key == token.content }?.value.integer)
      }
    }
    for member in addedTokens.members ?? [] {
      let token = AddedToken(content: member.key, id: 0, normalized: true, special: false)
      add(token, id: member.value.integer)
    }
    return tokens.sorted { $0.id < $1.id }
  }
}

extension AddedToken {
  /// The token as an element of `added_tokens` in `tokenizer.json`.
  var json: JSON {
    .object([
      .init("id", .integer(Int(id))), .init("content", .string(content)),
      .init("single_word", .bool(singleWord)), .init("lstrip", .bool(stripsLeft)),
      .init("rstrip", .bool(stripsRight)), .init("normalized", .bool(normalized)),
      .init("special", .bool(special)),
    ])
  }
}

extension [Bytes] {
  /// The first line of a `vocab.txt` that ends in white space, which the library `tokenizers` takes off.
  ///
  /// What is left may be a token that is there already, and one token less moves the ids of all that are added.
  var firstEndingInSpace: Int? {
    firstIndex { line in
      guard let final = line.last, final <= 0x20 || final >= 0x80 else { return false }
      let text = String(decoding: line, as: UTF8.self)
      return text.unicodeScalars.last?.properties.isWhitespace == true
    }
  }
}
