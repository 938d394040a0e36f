internal import Foundation

extension EncoderFamily {
  /// RoBERTa (Liu and others, 2019): positions start after the padding id.
  public static let roberta: EncoderFamily = EncoderFamily(
    modelType: "roberta", classPrefix: "Roberta",
    names: EncoderNames(prefixes: ["", "roberta.", "model.", "encoder."]),
    read: { try $0.bertLike(.roberta, startsAfterPadding: true) },
    write: { $0.robertaLikeFields(class: "RobertaModel") })
}
