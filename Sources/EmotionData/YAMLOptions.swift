public import Yams

/// What an option takes.
public enum OptionForm: Sendable, Equatable {
  /// One value.
  case value
  /// Any number of values.
  case list
  /// Nothing; whether it can be turned off again by `--no-`.
  case flag(isInvertible: Bool)
}

/// A YAML file of options that cannot be used.
public struct YAMLOptionError: Error, CustomStringConvertible, Sendable, Equatable {
  /// What is wrong and where.
  public let error: DataError
  /// Whether the file can be read and an option in it is wrong, as it could be on a command line.
  public let isUsage: Bool

  /// The message.
  public var description: String { error.description }

  init(_ error: DataError, isUsage: Bool) { (self.error, self.isUsage) = (error, isUsage) }
}

/// One entry of a YAML map of long options and their values.
public struct YAMLOption: Sendable, Equatable {
  /// The option's name, without dashes.
  public let name: String
  /// The line that it stands on, counted from 1.
  public let line: Int
  private let source: String
  private let content: Content

  private enum Content: Equatable {
    case nothing, map
    case one(Scalar)
    case list([Scalar])
  }

  private struct Scalar: Equatable {
    let text: String
    let truth: Bool?
    let isPlain: Bool
  }

  /// Reads an entry.
  ///
  /// - Parameters:
  ///   - key: The option's name.
  ///   - value: What stands after it.
  ///   - source: The file's name for messages.
  /// - Throws: `YAMLOptionError` for a key that is no name.
  public init(_ key: Node, _ value: Node, source: String) throws(YAMLOptionError) {
    line = key.mark?.line ?? 1
    self.source = source
    guard let name = key.string else {
      throw YAMLOptionError(
        DataError(source, line: line, "an option's name is wanted here."), isUsage: true)
    }
    self.name = name
    content = Self.content(value)
  }

  /// Its values as they are written.
  public var values: [String] {
    switch content {
    case .nothing, .map: []
    case .one(let scalar): [scalar.text]
    case .list(let scalars): scalars.map(\.text)
    }
  }

  /// The entry as a command line has it, such as `["--without=ldl", "--without=ccl"]`.
  ///
  /// - Parameter form: What the option takes.
  /// - Returns: Its arguments.
  /// - Throws: `YAMLOptionError` for anything else.
  public func arguments(for form: OptionForm) throws(YAMLOptionError) -> [String] {
    switch (form, content) {
    case (_, .nothing):
      throw problem("it has no value; give one, or leave the line out.")
    case (_, .map):
      throw problem(
        "it has a map or a list of lists; \(form == .list ? "values are" : "one value is") wanted.")
    case (.value, .list(let scalars)):
      throw problem("it takes one value, not a list (of \(scalars.count)); give one.")
    case (.flag, .list):
      throw problem("it is on or off; give true or false, not a list.")
    case (.value, .one(let scalar)): return try arguments(scalar)
    case (.list, .one(let scalar)): return try arguments(scalar)
    case (.list, .list(let scalars)):
      var all: [String] = []
      for scalar in scalars { all += try arguments(scalar) }
      return all
    case (.flag(let isInvertible), .one(let scalar)):
      guard let truth = scalar.truth else {
        throw problem("it is on or off; give true or false, not '\(scalar.text)'.")
      }
      if truth { return ["--\(name)"] }
      return isInvertible ? ["--no-\(name)"] : []
    }
  }

  /// What is wrong with this option.
  public func problem(_ text: String) -> YAMLOptionError {
    YAMLOptionError(DataError(source, line: line, "'\(name)': \(text)"), isUsage: true)
  }

  private func arguments(_ scalar: Scalar) throws(YAMLOptionError) -> [String] {
    let digits = scalar.text.drop { $0 == "-" || $0 == "+" }
    // Ten or eight: readers of YAML do not agree.
    if scalar.isPlain, digits.count > 1, digits.first == "0",
      digits.allSatisfy({ $0.isASCII && $0.isNumber })
    {
      throw problem(
        "\(scalar.text) may be octal; write it without the leading 0, or in quotes if it is a name."
      )
    }
    // Nothing after `=` is a missing value to the parser, an empty argument is the empty text.
    return scalar.text.isEmpty ? ["--\(name)", ""] : ["--\(name)=\(scalar.text)"]
  }

  private static func content(_ value: Node) -> Content {
    if let list = value.sequence {
      var scalars: [Scalar] = []
      for element in list {
        // Lists in lists mean nothing, and aliases could make them grow beyond any bound.
        guard element.sequence == nil, case .one(let scalar) = content(element) else {
          return isNull(element) ? .nothing : .map
        }
        scalars.append(scalar)
      }
      return .list(scalars)
    }
    guard let scalar = value.scalar else { return .map }
    if isNull(value) { return .nothing }
    let isPlain = scalar.style == .plain
    return .one(
      Scalar(text: scalar.string, truth: isPlain ? value.bool : nil, isPlain: isPlain))
  }

  private static func isNull(_ value: Node) -> Bool {
    value.scalar != nil && value.tag.description.hasSuffix(":null")
  }
}

extension YAMLOption {
  /// Reads a map of options; an empty text has none.
  ///
  /// - Parameters:
  ///   - text: YAML.
  ///   - source: Its name for messages.
  /// - Returns: The options in the order of the text.
  /// - Throws: `YAMLOptionError` for anything but such a map.
  public static func options(
    in text: String, source: String
  ) throws(YAMLOptionError) -> [YAMLOption] {
    guard let root = try root(of: text, source: source) else { return [] }
    guard let mapping = root.mapping else {
      throw YAMLOptionError(
        DataError(source, "a map of option names and values is wanted."), isUsage: false)
    }
    return try mapping.map { (key, value) throws(YAMLOptionError) in
      try YAMLOption(key, value, source: source)
    }
  }

  /// Reads YAML.
  ///
  /// - Returns: The document; nil for an empty text.
  /// - Throws: `YAMLOptionError` for what is no YAML, or has a key twice.
  public static func root(of text: String, source: String) throws(YAMLOptionError) -> Node? {
    if let found = excessiveYAMLAliases(in: text) {
      throw YAMLOptionError(
        DataError(source, line: found.line, found.problem), isUsage: false)
    }
    do {
      // The parser would count an editor's byte order mark as a column of the first line alone.
      return try Yams.compose(yaml: String(text.trimmingPrefix("\u{FEFF}")))
    } catch {
      throw problem(error, in: text, source)
    }
  }

  private static func problem(
    _ error: any Error, in text: String, _ source: String
  ) -> YAMLOptionError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      YAMLOptionError(
        DataError(source, line: mark.line, "broken YAML: \(problem)"), isUsage: false)
    case .duplicatedKeysInMapping(let names, let context):
      YAMLOptionError(
        DataError(
          source, line: lastLine(of: names.last ?? "", in: text) ?? context.mark.line,
          "'\(names.joined(separator: ", "))' stands there twice."),
        isUsage: true)
    case .reader(let problem, _, _, _):
      YAMLOptionError(DataError(source, "broken YAML: \(problem)"), isUsage: false)
    default:
      YAMLOptionError(DataError(source, "broken YAML: \(error)"), isUsage: false)
    }
  }

  /// The parser tells where the map begins that has a key twice, not where the key stands.
  private static func lastLine(of key: String, in text: String) -> Int? {
    let lines = text.split(separator: /\r\n|\n|\r/, omittingEmptySubsequences: false)
    return lines.lastIndex { line in
      let words = line.split(separator: ":", maxSplits: 1)
      return words.count > 1
        && words[0].trimmingPrefix(/[ \t"']*/).prefixMatch(of: /[^ \t"']*/).map {
          $0.output == key
        } ?? false
    }.map { $0 + 1 }
  }
}
