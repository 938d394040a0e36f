/// The WordPiece vocabulary of the built-in `nano` encoder: 2000 lower-case pieces.
///
/// `scripts/fixtures/nano-vocabulary` makes it, a resource that is compiled in.
public enum NanoVocabulary {
  /// The pieces in the order of their ids, [PAD], [UNK], [CLS], [SEP] and [MASK] first.
  public static let tokens =
    String(decoding: PackageResources.nano_vocabulary_txt, as: UTF8.self)
    .split(separator: "\n").map(String.init)
}
