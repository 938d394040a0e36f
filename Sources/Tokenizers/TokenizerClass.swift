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

  /// The class of a folder.
  ///
  /// - Parameters:
  ///   - configuration: `tokenizer_config.json`.
  ///   - model: `config.json`.
  ///   - refuse: Makes an error about `tokenizer_config.json`.
  /// - Throws: What `refuse` makes, for a class that is not known.
  init(
    _ configuration: JSON, model: JSON, refuse: (String) -> TokenizerError
  ) throws(TokenizerError) {
    guard let full = configuration["tokenizer_class"]?.text ?? model["tokenizer_class"]?.text
    else {
      switch model["model_type"]?.text {
      case "bert", "electra": self = .bert
      case "mpnet": self = .mpnet
      case "roberta": self = .roberta
      default: self = .asWritten
      }
      return
    }
    switch full.hasSuffix("Fast") ? String(full.dropLast(4)) : full {
    case "BertTokenizer", "ElectraTokenizer", "DistilBertTokenizer": self = .bert
    case "MPNetTokenizer": self = .mpnet
    case "RobertaTokenizer": self = .roberta
    case "PreTrainedTokenizer", "TokenizersBackend": self = .asWritten
    default:
      throw refuse(
        "tokenizer_class \(full) is not supported; BertTokenizer, ElectraTokenizer, MPNetTokenizer, "
          + "RobertaTokenizer and PreTrainedTokenizerFast are")
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
