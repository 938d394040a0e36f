public import Foundation
internal import Tensors

/// The shape and the rates of an encoder, as `config.json` gives them.
public struct EncoderConfiguration: Sendable, Equatable {
  /// The family, which decides names and fields in files.
  public var family: EncoderFamily
  /// What its layers are made of.
  public var parts: BlockParts
  /// Rows of the token embeddings.
  public var vocabularySize: Int
  /// Columns of the token embeddings; differs from `hiddenSize` in small ELECTRA models.
  public var embeddingSize: Int
  /// Columns of the hidden states, called C elsewhere.
  public var hiddenSize: Int
  /// The number of layers.
  public var layerCount: Int
  /// Attention heads a layer.
  public var headCount: Int
  /// Heads of keys and values a layer: as many, or fewer that query heads share.
  public var keyHeadCount: Int
  /// The columns of one head.
  public var headSize: Int
  /// Columns between the two products of the feed-forward part.
  public var intermediateSize: Int
  /// The positions that there are: rows of a table, or what the model was trained for.
  public var positionCount: Int
  /// The position embedding of the first token.
  public var firstPosition: Int
  /// Rows of the token type embeddings; 0 without.
  public var typeCount: Int
  /// Buckets of relative positions; 0 without.
  public var relativeBuckets: Int
  /// Added to variances in normalisations.
  public var normEpsilon: Double
  /// Dropout of hidden states while training.
  public var hiddenDropout: Double
  /// Dropout of attention weights while training.
  public var attentionDropout: Double
  /// Standard deviation of new weights.
  public var initializerRange: Double

  /// Columns of the queries of all heads.
  public var querySize: Int { headCount * headSize }
  /// Columns of the keys, and of the values, of all heads.
  public var keySize: Int { keyHeadCount * headSize }
  /// The longest sequence that has positions.
  public var maximumLength: Int { positionCount - firstPosition }

  /// The built-in encoder for trying things out: two layers of 64, random weights.
  public static func nano(vocabularySize: Int) -> EncoderConfiguration {
    EncoderConfiguration(
      family: .bert, parts: BlockParts(), vocabularySize: vocabularySize, embeddingSize: 64,
      hiddenSize: 64, layerCount: 2, headCount: 4, keyHeadCount: 4, headSize: 16,
      intermediateSize: 128, positionCount: 256, firstPosition: 0, typeCount: 2, relativeBuckets: 0,
      normEpsilon: 1e-12, hiddenDropout: 0.1, attentionDropout: 0.1, initializerRange: 0.02)
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
    guard let family = EncoderFamily.named(type) else {
      let known = EncoderFamily.all.map(\.modelType).joined(separator: ", ")
      let hint = EncoderFamily.unsupported[type].map { " \($0)" } ?? ""
      throw EncoderError(
        "\(file.path): model_type is '\(type)'; this program knows \(known).\(hint) Choose such a "
          + "model.")
    }
    self = try family.read(reader)
    guard maximumLength > 2 else {
      throw EncoderError(
        "\(file.path): max_position_embeddings \(positionCount) leaves no room for a sequence.")
    }
  }

  /// The bytes of an element of the weights that a `config.json` was written beside: 2 for bfloat16, else 4, for float16
  /// is read as floats; 4 where it does not tell.
  package static func elementSize(_ file: URL) -> Int {
    guard let reader = try? ConfigurationReader(file) else { return 4 }
    let type = reader.optionalString("torch_dtype") ?? reader.optionalString("dtype")
    return type == "bfloat16" ? 2 : 4
  }

  /// The contents of a `config.json` from which transformers builds the same encoder.
  public func json() throws -> Data {
    try JSONSerialization.data(
      withJSONObject: family.write(self), options: [.prettyPrinted, .sortedKeys])
  }
}
