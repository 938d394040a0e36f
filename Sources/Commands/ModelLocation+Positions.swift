import Encoders
import Foundation

extension ModelLocation {
  /// The longest sequence that the encoder has positions for; nil where its configuration cannot be read, which
  /// opening it will tell.
  var positions: Int? {
    switch self {
    case .nano: EncoderConfiguration.nano(vocabularySize: 1).maximumLength
    case .folder(let url):
      (try? EncoderConfiguration(contentsOf: url.appendingPathComponent("config.json")))?
        .maximumLength
    }
  }
}
