internal import Foundation

extension EncoderFamily {
  /// MPNet (Song and others, 2020): learned scores by relative position, no token types.
  public static let mpnet: EncoderFamily = EncoderFamily(
    modelType: "mpnet", classPrefix: "MPNet",
    names: EncoderNames(
      query: "attention.attn.q", key: "attention.attn.k", value: "attention.attn.v",
      attentionOutput: "attention.attn.o", attentionNorm: "attention.LayerNorm",
      prefixes: ["", "mpnet.", "model.", "encoder."]),
    read: {
      var shape = try $0.bertLike(.mpnet, startsAfterPadding: true, hasTypes: false)
      shape.relativeBuckets = try $0.integer(
        "relative_attention_num_buckets", 2...4096, default: 32)
      return shape
    },
    write: {
      var fields = $0.robertaLikeFields(class: "MPNetModel")
      fields["relative_attention_num_buckets"] = $0.relativeBuckets
      return fields
    })
}
