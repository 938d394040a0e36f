internal import JSONText

extension Tokenizer {
  /// The contents of `tokenizer.json`: the settings, the vocabulary, the merges, the added tokens.
  var document: JSON {
    let vocabulary = model.vocabulary
    func text(_ id: Int32) -> Bytes { vocabulary.token(for: id) ?? [] }
    var section = settings["model"] ?? .object([])
    let members = vocabulary.ids.enumerated().map { entry, id in
      JSON.Member(key: vocabulary.token(at: entry), value: .integer(Int(id)))
    }
    section["vocab"] = .object(members + fillers)
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
    complete("cls_token", classificationToken.flatMap(token).map(JSON.text))
    complete("sep_token", separatorToken.flatMap(token).map(JSON.text))
    for role in SpecialTokenRole.allCases {
      complete(role.rawValue, role.usualTokens.first { special.contains($0) }.map { .string($0) })
      // tokenizer.json lists the token with its flags.
      if let content = result[role.rawValue]?["content"] { result[role.rawValue] = content }
    }
    switch model {
    case .bytePairEncoding(let model):
      complete("tokenizer_class", .text("RobertaTokenizer"))
      complete("add_prefix_space", .bool(model.byteLevel.addsPrefixSpace))
    case .wordPiece:
      complete("tokenizer_class", .text("BertTokenizer"))
      if case .bert(let normalizer) = normalizer {
        complete("do_lower_case", .bool(normalizer.lowercases))
        complete("strip_accents", .bool(normalizer.stripsAccents))
        complete("tokenize_chinese_chars", .bool(normalizer.separatesChinese))
      }
    }
    // What named or listed tokens beside tokenizer.json, which has them all now.
    let lists = [Companions.newerList, Companions.olderList, "added_tokens_decoder"]
    result = .object(
      (result.members ?? []).filter { member in
        let isToken = member.value.bytes != nil || member.value.members != nil
        return !lists.contains(member.key.text)
          && !(isToken && Companions.isOwn(member.key.text))
      })
    let roles = SpecialTokenRole.allCases.compactMap { result[$0.rawValue]?.bytes }
    let others = special.filter { !roles.contains($0) }
    if !others.isEmpty { result[Companions.olderList] = .array(others.map { .string($0) }) }
    return result
  }

  /// Names for the ids that no token of the vocabulary has.
  ///
  /// transformers numbers added tokens by the number of the others, which must then be the highest id + 1.
  private var fillers: [JSON.Member] {
    let vocabulary = model.vocabulary
    return (0..<vocabulary.idBound).compactMap { id in
      guard vocabulary.token(for: Int32(id)) == nil else { return nil }
      let added = added.tokens.last { $0.id == id }?.content
      return JSON.Member(key: added ?? Array("[unlisted-\(id)]".utf8), value: .integer(id))
    }
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
