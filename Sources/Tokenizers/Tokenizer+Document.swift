internal import JSONText

extension Tokenizer {
  /// The contents of `tokenizer.json`: the settings, the vocabulary, the merges, the added tokens.
  var document: JSON {
    let vocabulary = model.vocabulary
    func text(_ id: Int32) -> Bytes { vocabulary.token(for: id) ?? [] }
    var section = settings["model"] ?? .object([])
    section["vocab"] = .object(
      vocabulary.ids.enumerated().map { entry, id in
        JSON.Member(key: vocabulary.token(at: entry), value: .integer(Int(id)))
      })
    if case .bytePairEncoding(let model) = model {
      section["merges"] = .array(
        model.merges.pairs.map { left, right in
          .array([.string(text(left)), .string(text(right))])
        })
    }
    var document = settings
    document["added_tokens"] = .array(added.tokens.sorted { $0.id < $1.id }.map(\.json))
    document["model"] = section
    return document
  }

  /// The contents of `tokenizer_config.json`, with what `AutoTokenizer` needs to know.
  var completeConfiguration: JSON {
    var result = configuration
    func complete(_ key: String, _ value: JSON?) {
      if result[key] == nil, let value { result[key] = value }
    }
    let special = added.tokens.filter(\.special).map(\.content)
    for role in SpecialTokenRole.allCases {
      complete(role.rawValue, role.usualTokens.first { special.contains($0) }.map { .string($0) })
    }
    switch model {
    case .bytePairEncoding(let model):
      complete("tokenizer_class", .text("RobertaTokenizer"))
      complete("add_prefix_space", .bool(model.byteLevel.addsPrefixSpace))
    case .wordPiece:
      let isBERT = token(for: classificationToken) == "[CLS]"
      complete("tokenizer_class", .text(isBERT ? "BertTokenizer" : "MPNetTokenizer"))
      if case .bert(let normalizer) = normalizer {
        complete("do_lower_case", .bool(normalizer.lowercases))
        complete("strip_accents", .bool(normalizer.stripsAccents))
        complete("tokenize_chinese_chars", .bool(normalizer.separatesChinese))
      }
    }
    // A key that another file had overruled would add its token now.
    let roles = SpecialTokenRole.allCases.map(\.rawValue)
    result = .object(
      (result.members ?? []).filter { member in
        let key = member.key.text
        guard key.hasSuffix("_token"), !roles.contains(key) else { return true }
        let content = member.value.bytes ?? member.value["content"]?.bytes
        return content.map { special.contains($0) } ?? true
      })
    let named = SpecialTokenRole.allCases.compactMap { $0.token(in: result)?.content }
    let others = added.tokens.filter { $0.special && !named.contains($0.content) }
    if !others.isEmpty { result["additional_special_tokens"] = .array(others.map(\.named)) }
    if var decoder = result["added_tokens_decoder"] {
      for token in added.tokens {
        var entry = token.json
        entry["id"] = nil
        decoder[String(token.id)] = entry
      }
      result["added_tokens_decoder"] = decoder
    }
    return result
  }
}

extension JSON {
  /// The contents of `tokenizer.json` without what a tokenizer keeps in a better form.
  var withoutVocabulary: JSON {
    var result = self
    var model = self["model"] ?? .object([])
    for key in ["vocab", "merges"] where model[key] != nil { model[key] = .array([]) }
    result["added_tokens"] = .array([])
    result["model"] = model
    return result
  }
}
