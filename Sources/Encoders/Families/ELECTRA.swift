internal import Foundation

extension EncoderFamily {
  /// ELECTRA's discriminator (Clark and others, 2020): embeddings may be projected.
  public static let electra: EncoderFamily = EncoderFamily(
    modelType: "electra", classPrefix: "Electra",
    names: EncoderNames(prefixes: ["", "electra.", "model.", "encoder."]),
    read: { try $0.bertLike(.electra, embeddingSize: 128) },
    write: {
      var fields = $0.bertLikeFields(class: "ElectraModel")
      fields["embedding_size"] = $0.embeddingSize
      return fields
    })
}
