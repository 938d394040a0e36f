/// What is wrong with a data set or a label file, and what to do about it.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, folder or stream, as the user gave it.
  public let source: String
  /// The line that the trouble starts on, counted from 1, where there is one.
  public let line: Int?
  /// What was found and what to do.
  public let problem: String
  /// What rows with the same trouble have in common.
  let cause: String

  /// An error about `source`, at `line` of it if that is known.
  public init(_ source: String, line: Int? = nil, _ problem: String) {
    self.init(source, line: line, problem, cause: nil)
  }

  /// An error like others with the same `cause`; without one, those whose messages differ in numbers and
  /// in what stands in quotes.
  init(_ source: String, line: Int? = nil, _ problem: String, cause: String?) {
    // What was found may be as long as the file.
    self.init(
      source, line: line,
      message: problem.count > 1000 ? "\(problem.prefix(700)) ... \(problem.suffix(200))" : problem,
      cause: cause ?? Self.skeleton(problem))
  }

  /// An error with a message of known length.
  init(_ source: String, line: Int?, message: String, cause: String) {
    (self.source, self.line, problem, self.cause) = (source, line, message, cause)
  }

  /// `file:line: problem`, as compilers print it.
  public var description: String {
    terminalSafe(line.map { "\(source):\($0): \(problem)" } ?? "\(source): \(problem)")
  }

  private static func skeleton(_ problem: String) -> String {
    var (result, isQuoted) = ("", false)
    for character in problem.prefix(1000) {
      if character == "'" { isQuoted.toggle() }
      if !isQuoted, !("0"..."9" ~= character) { result.append(character) }
    }
    return result
  }
}

extension DataError {
  /// `'a', 'b', 'c'`, cut short after `limit` entries; invisible characters are shown by code.
  static func list(_ names: [String], limit: Int = 60) -> String {
    let shown = names.prefix(limit).map { "'\(visible($0))'" }.joined(separator: ", ")
    return names.count > limit ? shown + " and \(names.count - limit) more" : shown
  }

  /// `text` in quotes, cut to a length that fits a message; invisible characters are shown by code.
  static func excerpt(_ text: String) -> String {
    text.count > 40 ? "'\(visible(String(text.prefix(40))))...'" : "'\(visible(text))'"
  }
}
