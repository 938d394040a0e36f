import Encoders
import Foundation

extension ModelLocation {
  /// Whether it is a decoder, whose tokens see none behind them; false where its configuration cannot be read.
  var isDecoder: Bool { configuration?.parts.isCausal ?? false }

  /// The longest sequence that the encoder has positions for; nil where its configuration cannot be read, which
  /// opening it will tell.
  var positions: Int? {
    configuration?.maximumLength
  }

  private var configuration: EncoderConfiguration? {
    switch self {
    case .nano: EncoderConfiguration.nano(vocabularySize: 1)
    case .folder(let url):
      try? EncoderConfiguration(contentsOf: url.appendingPathComponent("config.json"))
    }
  }
}
