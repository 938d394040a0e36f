/// The emotions to tell apart: names and descriptions, each in the order of its id from 0.
public struct LabelSet: Sendable, Equatable {
  /// The names; a label's place here is its id.
  public let names: [String]
  /// One or two sentences about each name, in the same order.
  public let descriptions: [String]
  /// Names as they stand and folded.
  private let ids: [String: Int]

  /// The number of labels, E in the paper.
  public var count: Int { names.count }

  /// Pairs `names` with `descriptions`; `source` stands for them in messages.
  ///
  /// Throws a `DataError` for fewer than two labels, unequal counts, an empty name or description, names with
  /// line ends or other characters that control a terminal, and names that differ only in case, `_`, `-`
  /// or blanks.
  public init(
    names: [String], descriptions: [String], source: String = "label set"
  ) throws(DataError) {
    guard names.count == descriptions.count else {
      throw DataError(
        source, "\(names.count) names but \(descriptions.count) descriptions; one each is needed")
    }
    guard names.count > 1 else {
      throw DataError(
        source, "\(names.count) label\(names.count == 1 ? "" : "s"); at least two are needed")
    }
    var seen: [String: String] = [:]
    for (name, description) in zip(names, descriptions) {
      guard !isBlank(name) else { throw DataError(source, "a label has an empty name") }
      guard terminalSafe(name) == name, !name.contains(where: { $0.isNewline || $0 == "\t" }) else {
        throw DataError(
          source,
          "the name of label '\(visible(name))' holds a line end, a tab or another control character; a "
            + "name is one line of text")
      }
      if let other = seen.updateValue(name, forKey: Self.folded(name)) {
        throw DataError(
          source,
          name == other
            ? "label '\(visible(name))' is defined twice; keep one"
            : "labels '\(visible(other))' and '\(visible(name))' differ only in case or blanks; rename one"
        )
      }
      guard !isBlank(description) else {
        throw DataError(
          source, "label '\(visible(name))' has no description; write a sentence about it")
      }
    }
    self.init(trusted: names, descriptions)
  }

  /// Takes names that are known to be distinct.
  init(trusted names: [String], _ descriptions: [String]) {
    self.names = names
    self.descriptions = descriptions
    var ids: [String: Int] = [:]
    for (id, name) in names.enumerated() {
      ids[name] = id
      ids[Self.folded(name)] = id
    }
    self.ids = ids
  }

  /// The id of a name; upper and lower case, and `_`, `-` and a blank, are the same.
  public func id(of name: String) -> Int? {
    ids[name] ?? ids[Self.folded(name)]
  }

  private static func folded(_ name: String) -> String {
    String(trimmed(name).lowercased().map { $0 == "_" || $0 == "-" ? " " : $0 })
  }
}

/// Whether there is nothing but white space in `text`.
func isBlank(_ text: some StringProtocol) -> Bool {
  text.allSatisfy(\.isWhitespace)
}

/// `text` without the white space around it.
func trimmed(_ text: String) -> Substring {
  guard let first = text.firstIndex(where: { !$0.isWhitespace }),
    let last = text.lastIndex(where: { !$0.isWhitespace })
  else { return "" }
  return text[first...last]
}
