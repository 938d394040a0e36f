internal import Foundation

extension EncoderFamily {
  /// BERT (Devlin and others, 2019).
  public static let bert: EncoderFamily = EncoderFamily(
    modelType: "bert", classPrefix: "Bert",
    names: EncoderNames(prefixes: ["", "bert.", "model.", "encoder."]),
    read: { try $0.bertLike(.bert) }, write: { $0.bertLikeFields(class: "BertModel") })
}

extension ConfigurationReader {
  /// The shape of an encoder whose layers are BERT's.
  ///
  /// - Parameters:
  ///   - family: Its family.
  ///   - embeddingSize: The columns of the token embeddings where the file does not say; nil for the hidden states'.
  ///   - startsAfterPadding: Whether positions are counted from after the padding id.
  ///   - hasTypes: Whether there are token types.
  /// - Returns: The shape.
  /// - Throws: `EncoderError` for a field that is missing, out of range or not supported.
  func bertLike(
    _ family: EncoderFamily, embeddingSize: Int? = nil, startsAfterPadding: Bool = false,
    hasTypes: Bool = true
  ) throws -> EncoderConfiguration {
    try require("hidden_act", "gelu")
    if let kind = optionalString("position_embedding_type"), kind != "absolute" {
      throw EncoderError(
        "\(path): position_embedding_type is '\(kind)'; only 'absolute' is supported.")
    }
    let hidden = try integer("hidden_size", 1...65536)
    let heads = try integer("num_attention_heads", 1...1024)
    let shape = EncoderConfiguration(
      family: family, parts: BlockParts(),
      vocabularySize: try integer("vocab_size", 1...16_777_216),
      embeddingSize: try integer(
        "embedding_size", 1...65536, default: embeddingSize ?? hidden),
      hiddenSize: hidden, layerCount: try integer("num_hidden_layers", 1...1024), headCount: heads,
      keyHeadCount: heads, headSize: hidden / heads,
      intermediateSize: try integer("intermediate_size", 1...1_048_576),
      positionCount: try integer("max_position_embeddings", 1...1_048_576),
      firstPosition: startsAfterPadding
        ? try integer("pad_token_id", 0...1_000_000, default: 1) + 1 : 0,
      typeCount: hasTypes ? try integer("type_vocab_size", 0...1024, default: 2) : 0,
      relativeBuckets: 0, normEpsilon: try number("layer_norm_eps", 0...1, default: 1e-12),
      hiddenDropout: try number("hidden_dropout_prob", 0...0.99, default: 0.1),
      attentionDropout: try number("attention_probs_dropout_prob", 0...0.99, default: 0.1),
      initializerRange: try number("initializer_range", 0...10, default: 0.02))
    guard hidden.isMultiple(of: heads) else {
      throw EncoderError(
        "\(path): hidden_size \(hidden) is not a multiple of num_attention_heads \(heads).")
    }
    guard shape.embeddingSize == hidden || embeddingSize != nil else {
      throw EncoderError(
        "\(path): embedding_size \(shape.embeddingSize) differs from hidden_size \(hidden), "
          + "which only ELECTRA allows.")
    }
    return shape
  }

  /// Refuses another value than the one that is supported.
  func require(_ name: String, _ value: String) throws {
    guard let found = optionalString(name), found != value else { return }
    throw EncoderError(
      "\(path): \(name) is '\(found)'; only '\(value)' is supported. Choose such a model.")
  }
}

extension EncoderConfiguration {
  /// The fields that all encoders whose layers are BERT's have.
  func bertLikeFields(class name: String) -> [String: Any] {
    var fields: [String: Any] = [
      "model_type": family.modelType, "architectures": [name], "vocab_size": vocabularySize,
      "hidden_size": hiddenSize, "num_hidden_layers": layerCount,
      "num_attention_heads": headCount, "intermediate_size": intermediateSize,
      "max_position_embeddings": positionCount, "layer_norm_eps": normEpsilon,
      "hidden_dropout_prob": hiddenDropout, "attention_probs_dropout_prob": attentionDropout,
      "initializer_range": initializerRange, "hidden_act": "gelu", "torch_dtype": "float32",
      "pad_token_id": firstPosition > 0 ? firstPosition - 1 : 0,
    ]
    if typeCount > 0 { fields["type_vocab_size"] = typeCount }
    return fields
  }

  /// Those of encoders whose positions are counted from after the padding id, too.
  func robertaLikeFields(class name: String) -> [String: Any] {
    var fields = bertLikeFields(class: name)
    fields["bos_token_id"] = 0
    fields["eos_token_id"] = 2
    return fields
  }
}
