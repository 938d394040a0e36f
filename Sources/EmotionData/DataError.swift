/// What is wrong with a data set or a label file, and what to do about it.
public struct DataError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, folder or stream, as the user gave it.
  public let source: String
  /// The line that the trouble starts on, counted from 1, where there is one.
  public let line: Int?
  /// What was found and what to do.
  public let problem: String

  /// An error about `source`, at `line` of it if that is known.
  public init(_ source: String, line: Int? = nil, _ problem: String) {
    self.source = source
    self.line = line
    // What was found may be as long as the file.
    self.problem =
      problem.count > 1000 ? "\(problem.prefix(700)) ... \(problem.suffix(200))" : problem
  }

  /// `file:line: problem`, as compilers print it.
  public var description: String {
    line.map { "\(source):\($0): \(problem)" } ?? "\(source): \(problem)"
  }
}

extension DataError {
  /// `'a', 'b', 'c'`, cut short after `limit` entries.
  static func list(_ names: [String], limit: Int = 60) -> String {
    let shown = names.prefix(limit).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > limit ? shown + " and \(names.count - limit) more" : shown
  }

  /// `text` in quotes, cut to a length that fits a message.
  static func excerpt(_ text: String) -> String {
    text.count > 40 ? "'\(text.prefix(40))...'" : "'\(text)'"
  }
}
