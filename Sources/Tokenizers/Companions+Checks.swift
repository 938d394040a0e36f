internal import JSONText

/// What the files beside a tokenizer may say: all else would be an error of transformers, or is not followed here.
extension Companions {
  func refusal(_ file: String, _ problem: String) -> TokenizerError {
    TokenizerError(file: path(file), problem: problem)
  }

  /// The file that has the last word on a key.
  func file(of key: String) -> String {
    !hasDecoder && specialTokens?[key] != nil ? "special_tokens_map.json" : "tokenizer_config.json"
  }

  /// Refuses values of the wrong kind and what is not followed.
  func refuseWhatIsNotKnown() throws(TokenizerError) {
    for member in merged.members ?? [] {
      let key = member.key.text
      if let wanted = Self.wanted(key, member.value) {
        throw refusal(file(of: key), "\(key) is \(member.value.short), \(wanted)")
      }
    }
    try checkTokens(of: configuration, "tokenizer_config.json", areTyped: true)
    guard !hasDecoder else { return }
    if let specialTokens {
      try checkTokens(of: specialTokens, "special_tokens_map.json", areTyped: false)
    }
  }

  /// What a key's value should be, where it is not.
  private static func wanted(_ key: String, _ value: JSON) -> String? {
    switch key {
    case "do_lower_case", "tokenize_chinese_chars", "add_prefix_space", "trim_offsets":
      value.bool == nil ? "which is neither true nor false" : nil
    case "strip_accents":
      value.bool == nil && value != .null ? "which is neither true, false nor null" : nil
    case "split_special_tokens":
      value.bool != false ? "which is not supported; remove it or set it to false" : nil
    case "truncation_side":
      value.text != "right" ? "which is not supported; texts are cut on the right" : nil
    case "padding_side":
      ["left", "right"].contains(value.text) ? nil : "which is neither \"left\" nor \"right\""
    case "model_max_length", "max_len":
      value.digits == nil && value != .null ? "which is no number" : nil
    case "model_input_names":
      value.elements?.allSatisfy({ $0.bytes != nil }) == true ? nil : "which is no list of names"
    case "added_tokens_decoder":
      value.members == nil ? "which is no map from ids to tokens" : nil
    case "tokenizer_class":
      value.bytes == nil && value != .null ? "which is no name of a class" : nil
    case "auto_map", "init_inputs":
      value == .object([]) || value == .array([])
        ? nil : "which asks for a tokenizer of its own, in Python; it cannot be run here"
    case "fast_tokenizer_files", "gguf_file", "merges", "model_specific_special_tokens",
      "post_processor", "tokenizer_object", "tokenizer_padding", "tokenizer_truncation", "vocab",
      "_json_padding", "_json_truncation":
      "which would replace parts of the tokenizer; remove it"
    case "add_special_tokens", "add_tokens", "decode", "encode", "model", "pad", "tokenize":
      "which transformers refuses, as it is the name of one of its functions; remove it"
    default: nil
    }
  }

  /// Refuses names and lists of tokens that are not understood.
  private func checkTokens(
    of contents: JSON, _ file: String, areTyped: Bool
  ) throws(TokenizerError) {
    for member in contents.members ?? [] {
      let (key, value) = (member.key.text, member.value)
      switch key {
      case Self.newerList where value.members != nil:
        for member in value.members ?? [] {
          let name = member.key.text
          guard SpecialTokenRole(rawValue: name) == nil else {
            throw refusal(file, "\(key) names \(name), which is a key of its own; write it there")
          }
          try checkToken(member.value, "\(key).\(name)", file, isTyped: true)
        }
      case Self.newerList, Self.olderList:
        guard value == .null || value.elements != nil else {
          throw refusal(file, "\(key) is \(value.short), which is no list of tokens")
        }
        let isTyped = areTyped || key == Self.olderList
        for element in value.elements ?? [] {
          try checkToken(element, key, file, isTyped: isTyped)
          if !isTyped, element["special"] != nil {
            throw refusal(
              file, "\(key) has a token with the flag special, which transformers refuses there")
          }
        }
      default:
        let isRole = SpecialTokenRole(rawValue: key) != nil
        let isToken = value.bytes != nil || value.members != nil
        if isRole ? value != .null : isToken && Self.isOwn(key) {
          try checkToken(value, key, file, isTyped: areTyped)
        } else if value["__type"]?.text == "AddedToken" || !areTyped && value.members != nil {
          // transformers makes a token of it, if only to leave it.
          try checkToken(value, key, file, isTyped: false)
        }
      }
    }
  }

  /// Refuses what is neither a text nor an object with a content and flags.
  func checkToken(
    _ value: JSON, _ key: String, _ file: String, isTyped: Bool
  ) throws(TokenizerError) {
    guard let content = value.bytes ?? value["content"]?.bytes, !content.isEmpty else {
      throw refusal(file, "\(key) is \(value.short), which is no token")
    }
    for flag in ["single_word", "lstrip", "rstrip", "normalized", "special"] {
      guard let given = value[flag], given.bool == nil else { continue }
      throw refusal(
        file, "\(flag) of \"\(content.text)\" is \(given.short), which is neither true nor false")
    }
    if isTyped, value.members != nil, value["__type"]?.text != "AddedToken" {
      throw refusal(
        file,
        "\(key) is an object without \"__type\": \"AddedToken\", which transformers does not take for the "
          + "token \"\(content.text)\"; add it")
    }
  }
}

extension JSON {
  /// The value as it may stand in a message.
  var short: String {
    if let text { return "\"\(text)\"" }
    if members != nil { return "an object" }
    return elements != nil ? "a list" : digits ?? bool.map { "\($0)" } ?? "null"
  }
}
