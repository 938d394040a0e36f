/// What a special token is for, by its key in `tokenizer_config.json`, in the order in which transformers adds them.
enum SpecialTokenRole: String, CaseIterable {
  case start = "bos_token"
  case end = "eos_token"
  case unknown = "unk_token"
  case separator = "sep_token"
  case padding = "pad_token"
  case classification = "cls_token"
  case mask = "mask_token"

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
}
