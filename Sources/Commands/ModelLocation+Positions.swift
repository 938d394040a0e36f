import Encoders
import Foundation

extension ModelLocation {
  /// Whether it is a decoder, whose tokens see none after them; false where its configuration cannot be read.
  var isDecoder: Bool { configuration?.parts.isCausal ?? false }

  /// The longest sequence that the encoder has positions for; nil where its configuration cannot be read, which
  /// opening it will tell.
  var positions: Int? {
    configuration?.maximumLength
  }

  /// The encoder's folder; nil for the built-in one.
  var folder: URL? {
    if case .folder(let url) = self { url.standardizedFileURL.absoluteURL } else { nil }
  }

  /// The encoder's family; BERT's where its configuration cannot be read.
  var family: EncoderFamily { configuration?.family ?? .bert }

  private var configuration: EncoderConfiguration? {
    switch self {
    case .nano: EncoderConfiguration.nano(vocabularySize: 1)
    case .folder(let url):
      try? EncoderConfiguration(contentsOf: url.appendingPathComponent("config.json"))
    }
  }
}
