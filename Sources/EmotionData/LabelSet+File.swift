public import Foundation
internal import Yams

extension LabelSet {
  /// Reads a JSON or YAML map from name to description; the order in the file is that of the ids.
  ///
  /// A map from id to name or from name to id, a list of names, and a Hugging Face config.json with
  /// `id2label` are recognised; such labels have their names as descriptions, which `noticed` is told.
  /// Files named `.json` are JSON, `.yaml` and `.yml` YAML; any other is JSON if it starts with `{` or `[`.
  /// Throws a `DataError` for a file that cannot be read, anything but such a map, and all that
  /// `init(names:descriptions:source:)` refuses.
  public init(contentsOf file: URL, noticed: RowRejection? = nil) throws(DataError) {
    let source = try Source(file: file)
    let isJSON =
      switch file.pathExtension.lowercased() {
      case "json": true
      case "yaml", "yml": false
      default: source.bytes.first { $0 > Byte.space }.map { "{[".utf8.contains($0) } ?? false
      }
    let map = isJSON ? try LabelMap(json: source) : try Self.yamlMap(of: source)
    let entries = try map.labels(noticed)
    try self.init(
      names: entries.map(\.name), descriptions: entries.map(\.description), source: source.name)
  }

  private static func yamlMap(of source: Source) throws(DataError) -> LabelMap {
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
    if let names = root?.sequence?.map({ $0.scalar?.string }) {
      return try LabelMap(list: names, source)
    }
    guard let mapping = root?.mapping else {
      throw DataError(source.name, "this is not a YAML map; " + LabelMap.shape)
    }
    let entries = try mapping.map { (key, value) throws(DataError) -> LabelMap.Entry in
      guard let name = key.scalar?.string else {
        throw DataError(
          source.name, line: key.mark?.line, "a label name is not text; " + LabelMap.shape)
      }
      guard let description = value.scalar?.string else {
        throw DataError(
          source.name, line: value.mark?.line,
          "the description of label \(DataError.excerpt(name)) is not text")
      }
      return LabelMap.Entry(key: name, value: description)
    }
    return LabelMap(entries: entries, source: source)
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
