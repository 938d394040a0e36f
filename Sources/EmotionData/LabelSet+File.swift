public import Foundation
internal import Yams

extension LabelSet {
  /// Reads a JSON or YAML map from name to description; the order in the file is that of the ids.
  ///
  /// Files named `.json` are JSON, `.yaml` and `.yml` YAML; any other is JSON if it starts with `{`.
  /// Throws a `DataError` for a file that cannot be read, anything but such a map, and all that
  /// `init(names:descriptions:source:)` refuses.
  public init(contentsOf file: URL) throws(DataError) {
    let source = try Source(file: file)
    let isJSON =
      switch file.pathExtension.lowercased() {
      case "json": true
      case "yaml", "yml": false
      default: source.bytes.first { $0 > Byte.space } == UInt8(ascii: "{")
      }
    let entries = isJSON ? try Self.jsonEntries(of: source) : try Self.yamlEntries(of: source)
    try self.init(
      names: entries.map(\.name), descriptions: entries.map(\.description), source: source.name)
  }

  private typealias Entry = (name: String, description: String)

  private static let shape = "the file must be a map from label name to description"

  private static func jsonEntries(of source: Source) throws(DataError) -> [Entry] {
    guard
      case .object(let members) = try JSONReader.value(
        of: source, in: source.bytes.indices, line: 1)
    else { throw DataError(source.name, "this is not a JSON object; " + shape) }
    return try members.map { (name, value) throws(DataError) in
      guard case .string(let description) = value else {
        throw DataError(source.name, "the description of label '\(name)' is not text")
      }
      return (name, description)
    }
  }

  private static func yamlEntries(of source: Source) throws(DataError) -> [Entry] {
    let text = source.string(source.bytes.indices)
    if let found = excessiveYAMLAliases(in: text) {
      throw DataError(source.name, line: found.line, found.problem)
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw yamlError(error, in: source)
    }
    guard let mapping = root?.mapping else {
      throw DataError(source.name, "this is not a YAML map; " + shape)
    }
    return try mapping.map { (key, value) throws(DataError) in
      guard let name = key.scalar?.string else {
        throw DataError(source.name, line: key.mark?.line, "a label name is not text; " + shape)
      }
      guard let description = value.scalar?.string else {
        throw DataError(
          source.name, line: value.mark?.line, "the description of label '\(name)' is not text")
      }
      return (name, description)
    }
  }

  private static func yamlError(_ error: any Error, in source: Source) -> DataError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      DataError(source.name, line: mark.line, "broken YAML: \(problem)")
    case .duplicatedKeysInMapping(let names, let context):
      DataError(
        source.name, line: context.mark.line,
        "label \(DataError.list(names)) is defined twice; keep one")
    default:
      DataError(source.name, "broken YAML: \(error)")
    }
  }
}
