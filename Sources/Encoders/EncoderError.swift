/// A model folder that cannot be used: one message that names the file or tensor and says what to do.
public struct EncoderError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The message.
  public let description: String

  /// An error with this message.
  public init(_ description: String) {
    self.description = description
  }
}
