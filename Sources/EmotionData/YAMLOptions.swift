internal import Yams

/// One entry of a YAML map of long options and their values.
public struct YAMLOption: Sendable, Equatable {
  /// The option's name, without dashes.
  public let name: String
  /// The line that it stands on, counted from 1.
  public let line: Int
  /// What it is on a command line, such as `["--without=ldl", "--without=ccl"]`.
  public let arguments: [String]

  /// Reads a map of options; an empty text has none.
  ///
  /// - Parameters:
  ///   - text: YAML.
  ///   - source: Its name for messages.
  /// - Returns: The options in the order of the text.
  /// - Throws: `DataError` for anything but such a map.
  public static func options(in text: String, source: String) throws(DataError) -> [YAMLOption] {
    try map(in: text, source).map { (key, value) throws(DataError) in
      let line = key.mark?.line ?? 1
      guard let name = key.string else {
        throw DataError(source, line: line, "an option's name is wanted here.")
      }
      guard name != "config" else {
        throw DataError(source, line: line, "'config': a file cannot name another one.")
      }
      guard let arguments = arguments(name, value) else {
        throw DataError(source, line: line, "'\(name)' wants one value, or a list of values.")
      }
      return YAMLOption(name: name, line: line, arguments: arguments)
    }
  }

  private static func map(in text: String, _ source: String) throws(DataError) -> Node.Mapping {
    if let found = excessiveYAMLAliases(in: text) {
      throw DataError(source, line: found.line, found.problem)
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw problem(error, in: source)
    }
    guard let root else { return [:] }
    guard let mapping = root.mapping else {
      throw DataError(source, "a map of option names and values is wanted.")
    }
    return mapping
  }

  private static func problem(_ error: any Error, in source: String) -> DataError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      DataError(source, line: mark.line, "broken YAML: \(problem)")
    case .duplicatedKeysInMapping(let names, let context):
      DataError(
        source, line: context.mark.line, "'\(names.joined(separator: ", "))' stands there twice.")
    default:
      DataError(source, "broken YAML: \(error)")
    }
  }

  /// What the entry is on a command line; nil when it cannot stand there.
  private static func arguments(_ name: String, _ value: Node) -> [String]? {
    if let list = value.sequence {
      // Lists in lists mean nothing, and aliases could make them grow beyond any bound.
      let all = list.map { $0.sequence == nil ? arguments(name, $0) : nil }
      return all.contains { $0 == nil } ? nil : all.flatMap { $0 ?? [] }
    }
    guard let text = value.scalar?.string else { return nil }
    if value.tag.description.hasSuffix(":null") { return [] }
    switch (value.bool, text) {
    case (true, "true"): return ["--\(name)"]
    case (false, "false"): return ["--no-\(name)"]
    default: return ["--\(name)=\(text)"]
    }
  }
}
