internal import JSONText

/// The added tokens of a tokenizer, in the order and with the ids that transformers gives them.
extension Companions {
  /// The tokens that the files list with their ids, then the special ones that only have a name.
  func addedTokens(
    beside document: JSON, _ kind: TokenizerClass, _ older: String?
  ) throws(TokenizerError) -> AddedTokenList {
    let source = older ?? "tokenizer.json"
    var list = AddedTokenList(vocabulary: document["model"]?["vocab"]?.members ?? [])
    // The older files have no list of their own: the class names what it adds.
    let written = older == nil ? document["added_tokens"] ?? .array([]) : .array([])
    guard let own = written.elements else {
      throw refusal(source, "added_tokens is \(written.short), which is no list of tokens")
    }
    let named = named(kind)
    let entries = try listed(own)
    try requireSameFlags(own, entries)
    if kind == .asWritten {
      for element in own { try add(element, element["id"]?.integer, source, named, source, &list) }
    }
    for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
      try add(entry.token, id, entry.file, named, source, &list)
    }
    let listed = Set(entries.values.compactMap { $0.token["content"]?.bytes })
    try add(named, listed: listed, source, to: &list)
    // Another version of transformers keeps what this one drops.
    for element in own {
      guard let content = element["content"]?.bytes, list[content] == nil else { continue }
      throw refusal(
        "tokenizer_config.json",
        "added_tokens_decoder lacks \"\(content.text)\", which tokenizer.json adds; add it there")
    }
    return list
  }

  /// The tokens that the files list, by id; of two entries, the later counts.
  private func listed(
    _ own: [JSON]
  ) throws(TokenizerError) -> [Int: (token: JSON, file: String)] {
    var entries: [Int: (token: JSON, file: String)] = [:]
    guard !hasDecoder else {
      let file = "tokenizer_config.json"
      for member in configuration["added_tokens_decoder"]?.members ?? [] {
        let key = member.key.text
        guard let id = Int(key), "\(id)" == key, member.value.members != nil else {
          throw refusal(
            file, "added_tokens_decoder has an entry \"\(key)\" that is no id with a token")
        }
        try checkToken(member.value, "added_tokens_decoder.\(key)", file, isTyped: false)
        entries[id] = (member.value, file)
      }
      return entries
    }
    let special = contentsOfRolesAndList
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
      if let id = element["id"]?.integer { entries[id] = (element, "tokenizer.json") }
    }
    return entries
  }

  /// Refuses two descriptions of a token between which versions of transformers choose differently.
  private func requireSameFlags(
    _ own: [JSON], _ entries: [Int: (token: JSON, file: String)]
  ) throws(TokenizerError) {
    for element in own {
      guard let content = element["content"]?.bytes,
        let other = entries.values.first(where: { $0.token["content"]?.bytes == content }),
        let flag = AddedToken(content: content, flags: element)
          .difference(from: AddedToken(content: content, flags: other.token))
      else { continue }
      throw refusal(
        other.file, "\(flag) of \"\(content.text)\" differs from that in tokenizer.json")
    }
  }

  /// Adds the special tokens that have a name, where they are not there yet.
  ///
  /// A role or a text takes the flags that a file lists for its token. Of other descriptions that differ, one version
  /// of transformers takes the first, another the last.
  private func add(
    _ named: [Named], listed: Set<Bytes>, _ source: String, to list: inout AddedTokenList
  ) throws(TokenizerError) {
    for named in named {
      let token = named.token
      guard let present = list[token.content] else {
        guard list.append(token) else { throw collision(token.content, source) }
        continue
      }
      guard !(named.isRole || named.isText) || !listed.contains(token.content),
        let flag = token.difference(from: present)
      else { continue }
      throw refusal(
        file(of: named.key),
        "the token \"\(token.content.text)\" is named twice, here or in the files beside it, with another "
          + "\(flag); versions of transformers choose differently, so let them agree")
    }
  }

  /// Adds a token that a file lists, which must be given the id that it has there.
  private func add(
    _ element: JSON, _ id: Int?, _ file: String, _ named: [Named], _ source: String,
    _ list: inout AddedTokenList
  ) throws(TokenizerError) {
    guard let content = element["content"]?.bytes, !content.isEmpty else { return }
    let isNamed = named.contains { !$0.isInList && $0.token.content == content }
    let token = AddedToken(content: content, flags: element, isSpecial: isNamed)
    if list[content] == nil, !list.append(token, isListed: true) {
      throw collision(content, source)
    }
    guard let id, let given = list[content]?.id, Int(given) != id else { return }
    throw refusal(
      file,
      "the added token \"\(content.text)\" is to have the id \(id), but transformers gives it \(given): "
        + "ids of added tokens follow the vocabulary without a gap")
  }

  private func collision(_ token: Bytes, _ source: String) -> TokenizerError {
    refusal(
      source,
      "the vocabulary's ids have gaps, so that the added token \"\(token.text)\" would share its id with "
        + "another one; write another token into each gap")
  }
}
