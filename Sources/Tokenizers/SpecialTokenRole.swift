internal import JSONText

/// What a special token is for, by its key in `tokenizer_config.json`.
enum SpecialTokenRole: String, CaseIterable {
  case classification = "cls_token"
  case separator = "sep_token"
  case unknown = "unk_token"
  case padding = "pad_token"
  case mask = "mask_token"
  case start = "bos_token"
  case end = "eos_token"

  /// The usual tokens for it: those of BERT, then those of RoBERTa.
  var usualTokens: [Bytes] {
    let tokens =
      switch self {
      case .classification: ["[CLS]", "<s>"]
      case .separator: ["[SEP]", "</s>"]
      case .unknown: ["[UNK]", "<unk>"]
      case .padding: ["[PAD]", "<pad>"]
      case .mask: ["[MASK]", "<mask>"]
      case .start: ["<s>"]
      case .end: ["</s>"]
      }
    return tokens.map { Array($0.utf8) }
  }

  /// The token that a configuration names for it, as a string or with flags, without an id yet.
  func token(in configuration: JSON) -> AddedToken? {
    guard let value = configuration[rawValue],
      let content = value.bytes ?? value["content"]?.bytes, !content.isEmpty
    else { return nil }
    return token(content, flags: value)
  }

  /// The token with the flags given.
  ///
  /// `<mask>` without flags keeps the blanks on its left, as from version 5 of transformers on; version 4 took them in.
  func token(_ content: Bytes, flags: JSON = .null) -> AddedToken {
    AddedToken(
      content: content, id: 0,
      singleWord: flags["single_word"]?.bool ?? false,
      stripsLeft: flags["lstrip"]?.bool ?? false,
      stripsRight: flags["rstrip"]?.bool ?? false)
  }
}
