/// A tokenizer that cannot be read, understood or written: one sentence that names the file.
public struct TokenizerError: Error, Equatable, CustomStringConvertible {
  /// The file (or other source) at fault.
  public let file: String
  /// What was found there and what to do about it.
  public let problem: String

  init(file: String, problem: String) {
    self.file = file
    // A token may be as long as the file.
    self.problem =
      problem.count > 1000 ? "\(problem.prefix(700)) ... \(problem.suffix(200))" : problem
  }

  /// The whole message, `file: problem`.
  public var description: String { "\(file): \(problem)" }
}
