/// A kind of pre-trained encoder: what its files call things, and the shape that its `config.json` describes.
///
/// A new family is one file with one such value, and its name in `all`.
public struct EncoderFamily: Sendable {
  /// The name in `config.json`.
  public let modelType: String
  /// What the names of transformers' classes begin with.
  let classPrefix: String
  /// The parameters' names.
  let names: EncoderNames
  /// The shape, from `config.json`.
  let read: @Sendable (ConfigurationReader) throws -> EncoderConfiguration
  /// The fields of a `config.json` of this shape.
  let write: @Sendable (EncoderConfiguration) -> [String: Any]

  /// The modules that adapters are for unless others are named: queries, keys and values.
  public var attentionModules: [String] {
    [names.query, names.key, names.value].map { name in
      name.split(separator: ".").last.map(String.init) ?? name
    }
  }

  /// Whether the sum of the embeddings is normalised.
  public var hasEmbeddingNorm: Bool { names.embeddingNorm != nil }

  /// The families that are known.
  public static let all: [EncoderFamily] = [.bert, .roberta, .electra, .mpnet, .llama]

  /// The family of a name in `config.json`.
  public static func named(_ modelType: String) -> EncoderFamily? {
    all.first { $0.modelType == modelType }
  }

  /// What lacks for families that are close to known ones.
  static let unsupported = [
    "qwen2":
      "Qwen2 has biases in its projections, which could be had, but its tokenizer is another one.",
    "qwen3": "Qwen3 normalises queries and keys, which is not supported.",
    "gemma": "Gemma scales its embeddings and has another gate, which is not supported.",
    "gemma2": "Gemma 2 has norms on both sides of its parts, which is not supported.",
    "gemma3_text": "Gemma 3 has norms on both sides of its parts, which is not supported.",
    "deberta-v2": "DeBERTa's disentangled positions are not supported.",
    "modernbert": "ModernBERT's local attention is not supported.",
    "distilbert": "DistilBERT's names are not supported.",
    "albert": "ALBERT's shared layers are not supported.",
    "xlm-roberta": "XLM-RoBERTa's tokenizer is not supported.",
  ]
}

extension EncoderFamily: Hashable {
  /// Takes in the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(modelType) }

  /// Families are the same when their names are.
  public static func == (left: EncoderFamily, right: EncoderFamily) -> Bool {
    left.modelType == right.modelType
  }
}

extension EncoderFamily: CustomStringConvertible {
  /// The name in `config.json`.
  public var description: String { modelType }
}
