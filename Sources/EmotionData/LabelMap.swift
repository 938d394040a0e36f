internal import JSONText

/// What a label file holds, before it is known which of its sides are the names.
struct LabelMap {
  /// A key and its value, a number as it is written.
  struct Entry {
    let key: String
    let value: String
  }

  static let shape = "the file must be a map from label name to description"

  private let entries: [Entry]
  private let source: Source
  /// Whether the file says that the keys are ids.
  private let isByID: Bool

  init(entries: [Entry], source: Source, isByID: Bool = false) {
    (self.entries, self.source, self.isByID) = (entries, source, isByID)
  }

  /// A list of names in id order.
  init(list: [String?], _ source: Source) throws(DataError) {
    let names = list.compactMap { $0 }
    guard names.count == list.count else {
      throw DataError(source.name, "this is a list, but not of names; " + Self.shape)
    }
    self.init(
      entries: names.enumerated().map { Entry(key: String($0), value: $1) }, source: source)
  }

  /// The map in a JSON text, or the `id2label` or `label2id` in it.
  init(json source: Source) throws(DataError) {
    let found = try source.json()
    guard !found.hasHalfCharacter else {
      throw DataError(
        source.name, "half a character (a surrogate without its other half); write it whole")
    }
    switch found.value {
    case .array(let values):
      try self.init(
        list: values.map(\.text), source)
    case .object(let members):
      let byID = members.last { $0.name == "id2label" }?.value
      let inner = byID ?? members.last { $0.name == "label2id" }?.value
      guard case .object(let map) = inner ?? found.value else {
        throw DataError(source.name, "'id2label' is not a map from id to name")
      }
      let entries = try map.map { (member) throws(DataError) in
        Entry(key: member.name, value: try Self.text(member, map, source))
      }
      self.init(entries: entries, source: source, isByID: byID != nil)
    default: throw DataError(source.name, "this is not a JSON object; " + Self.shape)
    }
  }

  /// A value as text; numbers are ids, and stand for nothing else.
  private static func text(
    _ member: JSON.Member, _ map: [JSON.Member], _ source: Source
  ) throws(DataError) -> String {
    if let text = member.value.text { return text }
    if let digits = member.value.digits, map.allSatisfy({ $0.value.digits != nil }),
      LabelSet.wholeNumber(digits) != nil
    {
      return digits
    }
    throw DataError(
      source.name,
      "the description of label \(DataError.excerpt(member.name)) is not text but \(member.value.kind)"
    )
  }

  /// Names and descriptions in id order.
  func labels(_ noticed: RowRejection?) throws(DataError) -> [(name: String, description: String)] {
    let keys = entries.map { LabelSet.wholeNumber($0.key) }
    let values = entries.map { LabelSet.wholeNumber($0.value) }
    if !values.isEmpty, values.allSatisfy({ $0 != nil }) {
      return try named(values.compactMap { $0 }, entries.map(\.key), "from name to id", noticed)
    }
    let ids = keys.compactMap { $0 }
    if !ids.isEmpty, ids.count == entries.count, isByID || hasNamesAsValues {
      return try named(ids, entries.map(\.value), "from id to name", noticed)
    }
    return entries.map { ($0.key, $0.value) }
  }

  /// Names by their ids.
  private func named(
    _ ids: [Int], _ names: [String], _ kind: String, _ noticed: RowRejection?
  ) throws(DataError) -> [(name: String, description: String)] {
    guard Set(ids) == Set(0..<entries.count), ids.count == Set(ids).count else {
      let found = ids.sorted().prefix(10).map(String.init).joined(separator: ", ")
      throw DataError(
        source.name,
        "this is a map \(kind) with the ids \(found)" + (ids.count > 10 ? ", ..." : "")
          + "; 0 to \(entries.count - 1), once each, are wanted")
    }
    noticed?(
      DataError(
        source.name,
        "read as a map \(kind), without descriptions: names alone stand for the labels; a map from name to "
          + "description, a sentence each, gives better labels"))
    var result = [String](repeating: "", count: names.count)
    for (id, name) in zip(ids, names) { result[id] = name }
    return result.map { ($0, $0) }
  }

  /// Whether the values look like names rather than sentences about labels that are called 0, 1, 2.
  private var hasNamesAsValues: Bool {
    entries.allSatisfy { entry in
      let text = trimmed(entry.value)
      return text.count <= 40 && text.split(separator: " ").count <= 4
        && !(text.last.map { ".!?".contains($0) } ?? true)
    }
  }
}
