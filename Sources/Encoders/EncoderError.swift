/// A model folder that cannot be used: one message that names the file or tensor and says what to do.
public struct EncoderError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The message.
  public let description: String

  /// An error with this message.
  public init(_ description: String) {
    // What was found may be as long as the file.
    self.description =
      description.count > 1200
      ? "\(description.prefix(900)) ... \(description.suffix(200))" : description
  }
}
