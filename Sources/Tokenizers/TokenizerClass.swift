internal import JSONText

/// How transformers' `AutoTokenizer` treats a folder: by the class that it names, or that its model has.
enum TokenizerClass: Sendable, Equatable {
  /// `BertTokenizer`, ELECTRA's and DistilBERT's: normalizer and ends of sequences are made anew.
  case bert
  /// `MPNetTokenizer`: the same with RoBERTa's special tokens.
  case mpnet
  /// `RobertaTokenizer`: byte-level pre-tokenizer and ends of sequences are made anew.
  case roberta
  /// `PreTrainedTokenizerFast`: `tokenizer.json` counts as it stands.
  case asWritten

  /// The class of a folder: what `tokenizer_config.json` names, else `config.json`, else that of its model.
  ///
  /// - Throws: `TokenizerError` for a class or a model that is not known.
  init(_ files: Companions) throws(TokenizerError) {
    var usual = TokenizerClass.asWritten
    switch files.model["model_type"] {
    case nil, .null: break
    case let type?:
      switch type.text {
      case "bert", "electra", "distilbert": usual = .bert
      case "mpnet": usual = .mpnet
      case "roberta": usual = .roberta
      case "llama": usual = .asWritten
      default:
        throw files.refusal(
          "config.json",
          "model_type \(type.short) is not supported; bert, electra, distilbert, mpnet, roberta "
            + "and llama are"
        )
      }
    }
    let named = files.merged["tokenizer_class"].flatMap { $0 == .null ? nil : $0 }
    guard let value = named ?? files.model["tokenizer_class"], value != .null else {
      self = usual
      return
    }
    let full = value.text ?? ""
    switch full.hasSuffix("Fast") ? String(full.dropLast(4)) : full {
    case "BertTokenizer", "ElectraTokenizer", "DistilBertTokenizer": self = .bert
    case "MPNetTokenizer": self = .mpnet
    case "RobertaTokenizer": self = .roberta
    case "PreTrainedTokenizer", "TokenizersBackend": self = .asWritten
    // Beside a byte-level tokenizer.json, and no other can be read here, the class changes nothing.
    case "LlamaTokenizer": self = .asWritten
    default:
      throw files.refusal(
        named == nil ? "config.json" : files.file(of: "tokenizer_class"),
        "tokenizer_class \(value.short) is not supported; BertTokenizer, ElectraTokenizer, MPNetTokenizer, "
          + "RobertaTokenizer and PreTrainedTokenizerFast are")
    }
  }

  /// Its name in `tokenizer_config.json`.
  var name: String {
    switch self {
    case .bert: "BertTokenizer"
    case .mpnet: "MPNetTokenizer"
    case .roberta: "RobertaTokenizer"
    case .asWritten: "PreTrainedTokenizerFast"
    }
  }

  /// The special tokens that the class has where the configuration does not name others.
  var usualTokens: [SpecialTokenRole: Bytes] {
    let names: [SpecialTokenRole: String] =
      switch self {
      case .bert:
        [
          .unknown: "[UNK]", .separator: "[SEP]", .padding: "[PAD]", .classification: "[CLS]",
          .mask: "[MASK]",
        ]
      case .mpnet:
        [
          .start: "<s>", .end: "</s>", .unknown: "[UNK]", .separator: "</s>", .padding: "<pad>",
          .classification: "<s>", .mask: "<mask>",
        ]
      case .roberta:
        [
          .start: "<s>", .end: "</s>", .unknown: "<unk>", .separator: "</s>", .padding: "<pad>",
          .classification: "<s>", .mask: "<mask>",
        ]
      case .asWritten: [:]
      }
    return names.mapValues { Array($0.utf8) }
  }
}
