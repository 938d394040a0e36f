/// A tokenizer that cannot be read, understood or written: one sentence that names the file.
public struct TokenizerError: Error, Equatable, CustomStringConvertible {
  /// The file (or other source) at fault.
  public let file: String
  /// What was found there and what to do about it.
  public let problem: String

  /// The whole message, `file: problem`.
  public var description: String { "\(file): \(problem)" }
}
