public import Foundation
internal import JSONText

/// The families of encoders that are known, by `model_type` in `config.json`.
public enum EncoderFamily: String, Sendable, CaseIterable {
  /// BERT (Devlin et al. 2019).
  case bert
  /// RoBERTa (Liu et al. 2019): positions start behind the padding id.
  case roberta
  /// ELECTRA's discriminator (Clark et al. 2020): embeddings may be projected.
  case electra
  /// MPNet (Song et al. 2020): learned scores by relative position.
  case mpnet
}

/// The shape and the rates of an encoder, as `config.json` gives them.
public struct EncoderConfiguration: Sendable, Equatable {
  /// The family, which decides names and positions.
  public var family: EncoderFamily
  /// Rows of the word embeddings.
  public var vocabularySize: Int
  /// Columns of the word embeddings; differs from `hiddenSize` in small ELECTRA models.
  public var embeddingSize: Int
  /// Columns of the hidden states, called C elsewhere.
  public var hiddenSize: Int
  /// The number of layers.
  public var layerCount: Int
  /// Attention heads a layer.
  public var headCount: Int
  /// Columns between the two products of the feed-forward part.
  public var intermediateSize: Int
  /// Rows of the position embeddings.
  public var positionCount: Int
  /// The position embedding of the first token.
  public var firstPosition: Int
  /// Rows of the token type embeddings; 0 without.
  public var typeCount: Int
  /// Buckets of relative positions; 0 without.
  public var relativeBuckets: Int
  /// Added to variances in layer normalisations.
  public var normEpsilon: Double
  /// Dropout of hidden states while training.
  public var hiddenDropout: Double
  /// Dropout of attention weights while training.
  public var attentionDropout: Double
  /// Standard deviation of new weights.
  public var initializerRange: Double

  /// The columns of one head.
  public var headSize: Int { hiddenSize / headCount }
  /// The longest sequence that has positions.
  public var maximumLength: Int { positionCount - firstPosition }

  /// The built-in encoder for trying things out: two layers of 64, random weights.
  public static func nano(vocabularySize: Int) -> EncoderConfiguration {
    EncoderConfiguration(
      family: .bert, vocabularySize: vocabularySize, embeddingSize: 64, hiddenSize: 64,
      layerCount: 2, headCount: 4, intermediateSize: 128, positionCount: 256, firstPosition: 0,
      typeCount: 2, relativeBuckets: 0, normEpsilon: 1e-12, hiddenDropout: 0.1,
      attentionDropout: 0.1, initializerRange: 0.02)
  }
}

extension EncoderConfiguration {
  /// Reads `config.json`.
  ///
  /// - Parameter file: The file, as Hugging Face writes it.
  /// - Throws: `EncoderError` when it is unreadable, of an unknown family or inconsistent.
  public init(contentsOf file: URL) throws {
    let reader = try ConfigurationReader(file)
    let type = try reader.modelType()
    guard let family = EncoderFamily(rawValue: type) else {
      let known = EncoderFamily.allCases.map(\.rawValue).joined(separator: ", ")
      throw EncoderError(
        "\(file.path): model_type is '\(type)'; this program knows \(known). Choose such a model.")
    }
    if let activation = reader.optionalString("hidden_act"), activation != "gelu" {
      throw EncoderError(
        "\(file.path): hidden_act is '\(activation)'; only 'gelu' is supported. Choose such a model."
      )
    }
    if let kind = reader.optionalString("position_embedding_type"), kind != "absolute" {
      throw EncoderError(
        "\(file.path): position_embedding_type is '\(kind)'; only 'absolute' is supported.")
    }
    let hidden = try reader.integer("hidden_size", 1...65536)
    let usesPadding = family == .roberta || family == .mpnet
    self.init(
      family: family, vocabularySize: try reader.integer("vocab_size", 1...16_777_216),
      embeddingSize: try reader.integer(
        "embedding_size", 1...65536, default: family == .electra ? 128 : hidden),
      hiddenSize: hidden, layerCount: try reader.integer("num_hidden_layers", 1...1024),
      headCount: try reader.integer("num_attention_heads", 1...1024),
      intermediateSize: try reader.integer("intermediate_size", 1...1_048_576),
      positionCount: try reader.integer("max_position_embeddings", 1...1_048_576),
      firstPosition: usesPadding
        ? try reader.integer("pad_token_id", 0...1_000_000, default: 1) + 1 : 0,
      typeCount: family == .mpnet
        ? 0 : try reader.integer("type_vocab_size", 0...1024, default: 2),
      relativeBuckets: family == .mpnet
        ? try reader.integer("relative_attention_num_buckets", 2...4096, default: 32) : 0,
      normEpsilon: try reader.number("layer_norm_eps", 0...1, default: 1e-12),
      hiddenDropout: try reader.number("hidden_dropout_prob", 0...0.99, default: 0.1),
      attentionDropout: try reader.number("attention_probs_dropout_prob", 0...0.99, default: 0.1),
      initializerRange: try reader.number("initializer_range", 0...10, default: 0.02))
    guard hiddenSize.isMultiple(of: headCount) else {
      throw EncoderError(
        "\(file.path): hidden_size \(hiddenSize) is not a multiple of num_attention_heads "
          + "\(headCount).")
    }
    guard maximumLength > 2 else {
      throw EncoderError(
        "\(file.path): max_position_embeddings \(positionCount) leaves no room for a sequence.")
    }
    guard embeddingSize == hiddenSize || family == .electra else {
      throw EncoderError(
        "\(file.path): embedding_size \(embeddingSize) differs from hidden_size \(hiddenSize), "
          + "which only ELECTRA allows.")
    }
  }
}

/// The fields of a JSON object, checked one by one.
private struct ConfigurationReader {
  let path: String
  let fields: [String: Any]

  init(_ file: URL) throws {
    path = file.path
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw EncoderError(
        "\(file.path): cannot be read. A model folder holds config.json and model.safetensors.")
    }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw EncoderError("\(file.path): not a JSON object.")
    }
    if let key = Self.repeatedKey(data) {
      throw EncoderError("\(file.path): '\(key)' stands in one object twice; keep one.")
    }
    fields = object
  }

  /// Of a key that comes again Foundation's reader takes the last value in silence.
  private static func repeatedKey(_ data: Data) -> String? {
    [UInt8](data).withUnsafeBufferPointer { text in
      var options = JSONReader.Options(maximumDepth: 64)
      options.allowsDuplicateKeys = false
      var reader = JSONReader(text, options)
      do throws(JSONFault) {
        _ = try reader.document()
      } catch {
        if case .duplicateKey(let key) = error.kind { return key }
      }
      return nil
    }
  }

  func optionalString(_ name: String) -> String? { fields[name] as? String }

  /// The family's name; configurations from before 2020 lack it, but the class or the weights tell it.
  func modelType() throws -> String {
    if let value = fields["model_type"] {
      guard let value = value as? String else {
        throw EncoderError("\(path): 'model_type' is not a string.")
      }
      return value
    }
    let classes: [(name: String, type: EncoderFamily)] = [
      ("Bert", .bert), ("Roberta", .roberta), ("Electra", .electra), ("MPNet", .mpnet),
    ]
    let architecture = (fields["architectures"] as? [Any])?.first as? String ?? ""
    // `BertModel`, but not `BertGenerationEncoder`.
    let ends = ["Model", "For", "LMHead"]
    for (name, type) in classes where architecture.hasPrefix(name) {
      let rest = architecture.dropFirst(name.count)
      if ends.contains(where: { rest.hasPrefix($0) }) { return type.rawValue }
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let names = (try? WeightFiles(folder: folder))?.names ?? []
    let found = EncoderFamily.allCases.filter { family in
      let words = "\(family.rawValue).embeddings.word_embeddings.weight"
      return names.contains { $0 == words || $0.hasSuffix(".\(words)") }
    }
    guard architecture.isEmpty, found.count == 1 else {
      throw EncoderError(
        "\(path): 'model_type' is missing, and neither 'architectures' nor the weights' names tell the "
          + "family. Add it, such as \"model_type\": \"bert\".")
    }
    return found[0].rawValue
  }

  func integer(_ name: String, _ range: ClosedRange<Int>, default fallback: Int? = nil) throws
    -> Int
  {
    let everything = -Double.infinity...Double.infinity
    let value = try number(name, everything, default: fallback.map(Double.init))
    guard let integer = Int(exactly: value) else {
      throw EncoderError("\(path): '\(name)' is \(value), expected a whole number.")
    }
    guard range.contains(integer) else {
      throw EncoderError(
        "\(path): '\(name)' is \(integer), expected \(range.lowerBound) to \(range.upperBound).")
    }
    return integer
  }

  func number(_ name: String, _ range: ClosedRange<Double>, default fallback: Double? = nil) throws
    -> Double
  {
    if fields[name] == nil || fields[name] is NSNull, let fallback { return fallback }
    guard let value = (fields[name] as? NSNumber)?.doubleValue else {
      throw EncoderError("\(path): '\(name)' is missing or not a number.")
    }
    guard range.contains(value) else {
      throw EncoderError(
        "\(path): '\(name)' is \(value), expected \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }
}

extension EncoderConfiguration {
  /// The contents of a `config.json` from which transformers builds the same encoder.
  public func json() throws -> Data {
    var fields: [String: Any] = [
      "model_type": family.rawValue, "architectures": [className], "vocab_size": vocabularySize,
      "hidden_size": hiddenSize, "num_hidden_layers": layerCount,
      "num_attention_heads": headCount, "intermediate_size": intermediateSize,
      "max_position_embeddings": positionCount, "layer_norm_eps": normEpsilon,
      "hidden_dropout_prob": hiddenDropout, "attention_probs_dropout_prob": attentionDropout,
      "initializer_range": initializerRange, "hidden_act": "gelu", "torch_dtype": "float32",
      "pad_token_id": firstPosition > 0 ? firstPosition - 1 : 0,
    ]
    if typeCount > 0 { fields["type_vocab_size"] = typeCount }
    if relativeBuckets > 0 { fields["relative_attention_num_buckets"] = relativeBuckets }
    if family == .electra { fields["embedding_size"] = embeddingSize }
    if family == .roberta || family == .mpnet {
      fields["bos_token_id"] = 0
      fields["eos_token_id"] = 2
    }
    return try JSONSerialization.data(
      withJSONObject: fields, options: [.prettyPrinted, .sortedKeys])
  }

  private var className: String {
    switch family {
    case .bert: "BertModel"
    case .roberta: "RobertaModel"
    case .electra: "ElectraModel"
    case .mpnet: "MPNetModel"
    }
  }
}
