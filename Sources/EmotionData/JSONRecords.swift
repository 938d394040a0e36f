internal import JSONText

/// Hands each object of `source` to `body`: one a line, or the objects of one array.
func forEachJSONRecord(
  of source: Source, _ columns: ColumnNames, _ wishes: RecordWishes,
  _ body: (Record) throws(DataError) -> Void
) throws(DataError) {
  func hand(_ found: FoundJSON, line: Int) throws(DataError) {
    let record = try record(of: source, found.value, line: line, columns, wishes)
    if found.hasHalfCharacter {
      wishes.noticed?(
        DataError(
          source.name, line: line,
          "half a character (a surrogate without its other half, such as \\ud83d); read as U+FFFD"))
    }
    try body(record)
  }
  if source.bytes.first(where: { $0 > Byte.space }) == UInt8(ascii: "[") {
    try sift(wishes.rejected) { () throws(DataError) in
      try source.forEachJSONElement { (found, line) throws(DataError) in
        try sift(wishes.rejected) { () throws(DataError) in try hand(found, line: line) }
      }
    }
    return
  }
  if let problem = oneObject(source) { throw problem }
  try forEachLine(of: source) { (line, range) throws(DataError) in
    guard source.bytes[range].contains(where: { $0 > Byte.space }) else { return }
    try sift(wishes.rejected) { () throws(DataError) in
      try hand(source.json(in: range, line: line), line: line)
    }
  }
}

/// One object over several lines is a table by columns, or the like: one error, not one a line.
private func oneObject(_ source: Source) -> DataError? {
  var firstLine: Range<Int>?
  try? forEachLine(of: source) { (_, range) throws(DataError) in
    if firstLine == nil, source.bytes[range].contains(where: { $0 > Byte.space }) {
      firstLine = range
    }
  }
  guard let firstLine, (try? source.json(in: firstLine)) == nil,
    let whole = try? source.json(),
    case .object(let members) = whole.value
  else { return nil }
  return DataError(
    source.name, line: 1,
    "one JSON object over several lines, with \(DataError.list(members.map(\.name), limit: 5)); one object a "
      + "line, or one array of objects, is wanted")
}

private func record(
  of source: Source, _ found: JSON, line: Int, _ columns: ColumnNames, _ wishes: RecordWishes
) throws(DataError) -> Record {
  guard case .object(let members) = found else {
    throw DataError(
      source.name, line: line,
      "not a JSON object; each line, or each entry of one array, must be one")
  }
  func value(_ key: String, _ option: String) throws(DataError) -> JSON {
    guard let member = members.last(where: { $0.name == key }) else {
      throw DataError(
        source.name, line: line,
        "no key '\(visible(key))'; the object has \(DataError.list(members.map(\.name))); "
          + "name the key to read with \(option)")
    }
    return member.value
  }
  let textValue = try value(columns.text, "--text-column")
  guard let text = textValue.text else {
    throw DataError(
      source.name, line: line,
      "the value of '\(visible(columns.text))' is not text but \(textValue.kind); fill it in or delete the row",
      cause: "text \(textValue.kind.prefix(5))")
  }
  var record = Record(line: line, text: text)
  let own = columns.dialogue
  func field(_ key: String?, _ option: String) throws(DataError) -> String? {
    guard let key else { return nil }
    let found = try value(key, option)
    if let text = found.text ?? found.digits { return text }
    if case .null = found { return nil }
    throw DataError(
      source.name, line: line,
      "the value of '\(visible(key))' is neither text nor a number but \(found.kind); correct it, or write null for "
        + "none")
  }
  if let view = columns.view,
    view.isRequired || members.contains(where: { $0.name == view.name })
  {
    record.view = try field(view.name, "--view-column") ?? ""
  }
  record.turn = TurnFields(
    speaker: try field(own.speaker, "--speaker-column"),
    dialogue: try field(own.dialogue, "--dialogue-column"),
    turn: try field(own.turn, "--turn-column"))
  if wishes.keepsFields { record.fields = members.map { ($0.name, .init($0.value)) } }
  guard wishes.isLabelled else { return record }
  let label = try value(columns.label, "--label-column")
  guard let field = LabelField(label) else {
    throw DataError(
      source.name, line: line,
      "the value of '\(visible(columns.label))' is neither an id nor a name but \(label.kind)",
      cause: "label \(label.kind.prefix(5))")
  }
  record.label = field
  return record
}

extension LabelField {
  /// A member's value; nil for what cannot be a label.
  init?(_ value: JSON) {
    switch value {
    case .string(let text): self = LabelField(String(decoding: text, as: UTF8.self))
    case .null: self = .missing("is null")
    case .integer(let number): self = .text("\(number)")
    case .decimal(let digits):
      let digits = String(decoding: digits, as: UTF8.self)
      self = digits == "NaN" ? .missing("is NaN") : .text(digits)
    case .array(let entries):
      let parts = entries.compactMap { $0.text ?? $0.digits }
      guard parts.count == entries.count else { return nil }
      self = .list(parts)
    case .bool, .object: return nil
    }
  }
}

extension JSON.Member {
  /// The key as text.
  var name: String { String(decoding: key, as: UTF8.self) }
}

extension JSON {
  /// What it is, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let number): "the number \(number)"
    case .decimal(Array("NaN".utf8)): "NaN"
    case .decimal(let digits): "the number \(String(decoding: digits, as: UTF8.self))"
    case .string: "text"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// The value as JSON.
  var json: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let number): "\(number)"
    case .decimal(let digits):
      // JSON has no such numbers; Python's do not come back.
      digits.contains(UInt8(ascii: "N")) || digits.contains(UInt8(ascii: "I"))
        ? "null" : String(decoding: digits, as: UTF8.self)
    case .string(let text): JSON.quoted(String(decoding: text, as: UTF8.self))
    case .array(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { JSON.quoted($0.name) + ":" + $0.value.json }.joined(separator: ",")
        + "}"
    }
  }

  /// A string as JSON.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
        let code = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
