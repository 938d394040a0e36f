internal import Foundation
internal import Tensors

extension EncoderFamily {
  /// Llama (Touvron and others, 2023) and what is built like it, such as SmolLM2: a decoder whose hidden states are taken.
  public static let llama: EncoderFamily = EncoderFamily(
    modelType: "llama", classPrefix: "Llama",
    names: EncoderNames(
      tokens: "embed_tokens.weight", embeddingNorm: nil, layers: "layers",
      query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj",
      attentionOutput: "self_attn.o_proj", attentionNorm: "input_layernorm",
      intermediate: ["mlp.gate_proj", "mlp.up_proj"], output: "mlp.down_proj",
      outputNorm: "post_attention_layernorm", finalNorm: "norm",
      prefixes: ["", "model.", "base_model.model.model."]),
    read: { try $0.llama() }, write: { $0.llamaFields })
}

extension ConfigurationReader {
  fileprivate func llama() throws -> EncoderConfiguration {
    try require("hidden_act", "silu")
    for name in ["attention_bias", "mlp_bias"] where try flag(name, default: false) {
      throw EncoderError("\(path): \(name) is true; products with biases are not supported here.")
    }
    if has("quantization_config") {
      throw EncoderError(
        "\(path): the weights are quantised (quantization_config). Save them as bfloat16 or float32."
      )
    }
    let hidden = try integer("hidden_size", 1...65536)
    let heads = try integer("num_attention_heads", 1...1024)
    let keyHeads = try integer("num_key_value_heads", 1...1024, default: heads)
    let headSize = try integer("head_dim", 2...1024, default: hidden / heads)
    guard heads.isMultiple(of: keyHeads) else {
      throw EncoderError(
        "\(path): num_attention_heads \(heads) is not a multiple of num_key_value_heads \(keyHeads)."
      )
    }
    guard headSize.isMultiple(of: 2), has("head_dim") || hidden.isMultiple(of: heads) else {
      throw EncoderError(
        "\(path): hidden_size \(hidden) does not give \(heads) heads of an even size.")
    }
    var parts = BlockParts()
    parts.norm = .rootMeanSquare
    parts.normPlace = .before
    parts.isCausal = true
    parts.feedForward = .gated
    parts.biases = []
    parts.rotary = try rotary()
    return EncoderConfiguration(
      family: .llama, parts: parts, vocabularySize: try integer("vocab_size", 1...16_777_216),
      embeddingSize: hidden, hiddenSize: hidden,
      layerCount: try integer("num_hidden_layers", 1...1024), headCount: heads,
      keyHeadCount: keyHeads, headSize: headSize,
      intermediateSize: try integer("intermediate_size", 1...1_048_576),
      positionCount: try integer("max_position_embeddings", 1...16_777_216, default: 2048),
      firstPosition: 0, typeCount: 0, relativeBuckets: 0,
      normEpsilon: try number("rms_norm_eps", 0...1, default: 1e-6), hiddenDropout: 0,
      attentionDropout: try number("attention_dropout", 0...0.99, default: 0),
      initializerRange: try number("initializer_range", 0...10, default: 0.02))
  }

  /// `rope_theta` and `rope_scaling`, which transformers 5 writes together as `rope_parameters`.
  private func rotary() throws -> RotaryPositions {
    let together = try object("rope_parameters")
    let usual = try number("rope_theta", 1...1e12, default: 10000)
    let base = try together?.number("rope_theta", 1...1e12, default: usual) ?? usual
    guard let scaling = try together ?? object("rope_scaling") else {
      return RotaryPositions(base: base)
    }
    let kind = scaling.optionalString("rope_type") ?? scaling.optionalString("type") ?? "default"
    switch kind {
    case "default": return RotaryPositions(base: base)
    case "llama3":
      let low = try scaling.number("low_freq_factor", 0...1e6)
      let high = try scaling.number("high_freq_factor", 0...1e6)
      guard low < high else {
        throw EncoderError(
          "\(path): low_freq_factor \(low) is not below high_freq_factor \(high).")
      }
      return RotaryPositions(
        base: base,
        scaling: RotaryPositions.Scaling(
          factor: try scaling.number("factor", 1...1e6), lowFrequencyFactor: low,
          highFrequencyFactor: high,
          originalLength: try scaling.integer("original_max_position_embeddings", 1...16_777_216)))
    default:
      throw EncoderError(
        "\(path): rope_type is '\(kind)'; 'default' and 'llama3' are supported. Choose such a model."
      )
    }
  }
}

extension EncoderConfiguration {
  fileprivate var llamaFields: [String: Any] {
    var fields: [String: Any] = [
      "model_type": "llama", "architectures": ["LlamaModel"], "vocab_size": vocabularySize,
      "hidden_size": hiddenSize, "num_hidden_layers": layerCount,
      "num_attention_heads": headCount, "num_key_value_heads": keyHeadCount, "head_dim": headSize,
      "intermediate_size": intermediateSize, "max_position_embeddings": positionCount,
      "rms_norm_eps": normEpsilon, "attention_dropout": attentionDropout,
      "initializer_range": initializerRange, "hidden_act": "silu", "attention_bias": false,
      "mlp_bias": false, "torch_dtype": "float32",
    ]
    guard let rotary = parts.rotary else { return fields }
    fields["rope_theta"] = rotary.base
    if let scaling = rotary.scaling {
      fields["rope_scaling"] = [
        "rope_type": "llama3", "factor": scaling.factor,
        "low_freq_factor": scaling.lowFrequencyFactor,
        "high_freq_factor": scaling.highFrequencyFactor,
        "original_max_position_embeddings": scaling.originalLength,
      ]
    }
    return fields
  }
}
