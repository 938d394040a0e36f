/// One row's fields, not yet judged.
struct Record {
  let line: Int
  let text: String
  /// Empty where labels are not asked for.
  let label: String
}

/// Hands each row of `source` to `body`, in order; `labelled` rows must have a label column.
///
/// What is wrong with a row, `body`'s errors among it, goes to `rejected` or, without that, is thrown.
func forEachRecord(
  of source: Source, _ format: DataFormat, _ columns: ColumnNames, labelled: Bool,
  rejected: RowRejection? = nil, _ body: (Record) throws(DataError) -> Void
) throws(DataError) {
  switch format {
  case .csv, .tsv:
    try forEachRow(
      of: source, separator: format == .csv ? Byte.comma : Byte.tab, columns, labelled,
      rejected, body)
  case .jsonl:
    try forEachLine(of: source) { (line, range) throws(DataError) in
      guard source.bytes[range].contains(where: { $0 > Byte.space }) else { return }
      try sift(rejected) { () throws(DataError) in
        try body(try jsonRecord(of: source, range, line: line, columns, labelled))
      }
    }
  case .txt:
    try forEachLine(of: source) { (line, range) throws(DataError) in
      try body(Record(line: line, text: source.string(range), label: ""))
    }
  }
}

/// Calls `body`; its error goes to `rejected` or, without that, is thrown.
func sift(
  _ rejected: RowRejection?, _ body: () throws(DataError) -> Void
) throws(DataError) {
  do throws(DataError) {
    try body()
  } catch {
    guard let rejected else { throw error }
    rejected(error)
  }
}

private func forEachRow(
  of source: Source, separator: UInt8, _ columns: ColumnNames, _ labelled: Bool,
  _ rejected: RowRejection?, _ body: (Record) throws(DataError) -> Void
) throws(DataError) {
  var reader = DelimitedReader(source, separator: separator)
  let layout: Layout
  if let places = Layout(places: columns) {
    layout = places
  } else {
    guard try reader.next() else { return }
    let header = reader.fields.indices.map { reader.string(at: $0) }
    layout = try Layout(header: header, columns, labelled, source, line: reader.rowLine)
  }
  let needed = labelled ? max(layout.text, layout.label) : layout.text
  try reader.forEachRow(rejected: rejected) { (row) throws(DataError) in
    let found = row.fields.count
    guard found > needed, layout.width == nil || layout.width == found else {
      let wanted =
        layout.width.map { "the header has \($0)" } ?? "column \(needed) (the first is 0) is wanted"
      throw DataError(
        source.name, line: row.rowLine,
        "\(found) fields, but \(wanted); put a text that holds the separator or a line end in quotes"
      )
    }
    try body(
      Record(
        line: row.rowLine, text: row.string(at: layout.text),
        label: labelled ? row.string(at: layout.label) : ""))
  }
}

/// Which fields of a row hold the text and the label.
private struct Layout {
  let text: Int
  let label: Int
  /// The fields that each row must have, if a header says so.
  let width: Int?

  /// Columns given by place, nil if they are names.
  init?(places columns: ColumnNames) {
    guard let places = columns.places else { return nil }
    (text, label, width) = (places.text, places.label, nil)
  }

  init(
    header: [String], _ columns: ColumnNames, _ labelled: Bool, _ source: Source, line: Int
  ) throws(DataError) {
    func place(of name: String) throws(DataError) -> Int {
      guard let place = header.firstIndex(of: name) else {
        throw DataError(
          source.name, line: line,
          "no column '\(name)'; the header has \(DataError.list(header)); name the column to read")
      }
      guard header.lastIndex(of: name) == place else {
        throw DataError(
          source.name, line: line, "two columns are named '\(name)'; rename one of them")
      }
      return place
    }
    text = try place(of: columns.text)
    label = labelled ? try place(of: columns.label) : 0
    width = header.count
  }
}

/// Hands each line to `body`, number and range, without its LF or CRLF.
func forEachLine(
  of source: Source, _ body: (Int, Range<Int>) throws(DataError) -> Void
) throws(DataError) {
  var line = 0
  var start = 0
  while start < source.bytes.count {
    line += 1
    let end = source.bytes[start...].firstIndex(of: Byte.lineFeed) ?? source.bytes.count
    let hasReturn = end > start && source.bytes[end - 1] == Byte.carriageReturn
    try body(line, start..<(hasReturn ? end - 1 : end))
    start = end + 1
  }
}

private func jsonRecord(
  of source: Source, _ range: Range<Int>, line: Int, _ columns: ColumnNames, _ labelled: Bool
) throws(DataError) -> Record {
  guard case .object(let members) = try JSONReader.value(of: source, in: range, line: line) else {
    throw DataError(source.name, line: line, "not a JSON object; each line must be one")
  }
  func value(_ key: String) throws(DataError) -> JSONValue {
    guard let member = members.last(where: { $0.key == key }) else {
      throw DataError(
        source.name, line: line,
        "no key '\(key)'; the object has \(DataError.list(members.map(\.key))); "
          + "name the key to read")
    }
    return member.value
  }
  guard case .string(let text) = try value(columns.text) else {
    throw DataError(source.name, line: line, "the value of '\(columns.text)' is not text")
  }
  guard labelled else { return Record(line: line, text: text, label: "") }
  switch try value(columns.label) {
  case .string(let label), .number(let label): return Record(line: line, text: text, label: label)
  default:
    throw DataError(
      source.name, line: line, "the value of '\(columns.label)' is neither an id nor a name")
  }
}
