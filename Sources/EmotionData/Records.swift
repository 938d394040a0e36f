/// What stands in a row's label column, not yet judged.
enum LabelField: Equatable {
  /// An id or a name.
  case text(String)
  /// A list of such, as the GoEmotions of the Hugging Face hub have it.
  case list([String])
  /// Nothing, or something that says so: `null`, `NaN`.
  case missing(String)

  /// A field of a .csv file, which may hold a list that Python has printed: `[3]`, `['joy', 'love']`, `[3 5]`.
  init(_ field: String) {
    let text = trimmed(field)
    if text.isEmpty {
      self = .missing("is missing")
    } else if text.hasPrefix("["), text.hasSuffix("]") {
      let entries = text.dropFirst().dropLast().split {
        $0 == "," || $0 == " " && !text.contains("'")
      }
      let parts = entries.map { String(trimmed(String($0)).trimming { "'\"".contains($0) }) }
      self = .list(parts.filter { !$0.isEmpty })
    } else {
      self = .text(field)
    }
  }
}

/// One row's fields, not yet judged.
struct Record {
  let line: Int
  var text: String
  var label = LabelField.text("")
  /// The text in other words, blanks included; nil where the file has no such column.
  var view: String?
  /// What it says of its place in a dialogue.
  var turn = TurnFields()
  /// Whether there is nothing in any of its fields.
  var isBlank = false
  /// All fields by name, where they are wanted.
  var fields: [(name: String, value: UtteranceTable.Value)] = []
}

/// What a reader is asked for beside the texts.
struct RecordWishes {
  /// Whether rows must have a label column.
  var isLabelled = false
  /// Whether all fields are to be kept.
  var keepsFields = false
  /// Whether a field may be a label, as far as rows are to be told from texts.
  var mayBeLabel: (String) -> Bool = { _ in false }
  /// Takes rows that cannot be used; without it, their errors are thrown.
  var rejected: RowRejection?
  /// Takes what is worth a warning.
  var noticed: RowRejection?
}

/// Hands each row of `source` to `body`, in order.
///
/// What is wrong with a row, `body`'s errors among it, goes to `rejected` or, without that, is thrown.
func forEachRecord(
  of source: Source, _ form: DataFormat, _ options: ReadingOptions, _ wishes: RecordWishes,
  _ body: (Record) throws(DataError) -> Void
) throws(DataError) {
  switch form {
  case .csv, .tsv:
    try forEachRow(
      of: source, usual: form == .csv ? Byte.comma : Byte.tab, options, wishes, body)
  case .jsonl:
    try forEachJSONRecord(of: source, options.columns, wishes, body)
  case .txt:
    guard options.columns.dialogue.isEmpty else {
      throw DataError(
        source.name,
        "lines of text have no columns of speakers, dialogues or turns; .csv, .tsv or .jsonl is wanted, or the "
          + "options for such columns left out")
    }
    try forEachLine(of: source) { (line, range) throws(DataError) in
      let text = source.string(range)
      try body(
        Record(
          line: line, text: text,
          fields: wishes.keepsFields ? [("text", .text(text))] : []))
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
  of source: Source, usual: UInt8, _ options: ReadingOptions, _ wishes: RecordWishes,
  _ body: (Record) throws(DataError) -> Void
) throws(DataError) {
  let columns = options.columns
  let places = Layout(places: columns, labelled: wishes.isLabelled)
  let needed = places?.last ?? 0
  let delimiter = Delimiter(source, usual: usual, quotes: options.quotes) { row in
    guard places == nil else { return row.count > needed }
    let header = row.map { String(trimmed($0)) }
    return header.contains(columns.text)
      && (!wishes.isLabelled || header.contains(columns.label))
  }
  var reader = delimiter.reader(source, options.quotes)
  let layout: Layout
  if let places {
    layout = try places.withoutCountedHeader(&reader, wishes, delimiter, source, options)
  } else {
    guard try reader.next() else { return }
    let header = reader.fields.indices.map { reader.string(at: $0) }
    layout = try Layout(
      header: header, columns, labelled: wishes.isLabelled, source, line: reader.rowLine)
    reader.skipsBlanks = layout.hasBlanks
  }
  let last = layout.last
  let names = layout.width.map { layout.names($0) }
  try reader.forEachRow(rejected: wishes.rejected) { (row) throws(DataError) in
    let found = row.fields.count
    let isBlank = row.fields.indices.allSatisfy { EmotionData.isBlank(row.string(at: $0)) }
    // Spreadsheets leave rows of nothing, or of separators, below a table.
    if isBlank, last > 0 || (layout.width ?? 1) > 1, found == 1 || found != layout.width { return }
    guard found > last, layout.width == nil || layout.width == found else {
      let wanted =
        layout.width.map { "the header has \($0)" } ?? "column \(last) (the first is 0) is wanted"
      throw DataError(
        source.name, line: row.rowLine,
        "\(found) fields, but \(wanted); put a text that holds the separator or a line end in quotes"
      )
    }
    warnOfSwallowedRows(row, layout, source, wishes)
    let fields: [(name: String, value: UtteranceTable.Value)] =
      wishes.keepsFields
      ? zip(names ?? layout.names(found), row.fields.indices).map {
        ($0, .text(row.string(at: $1)))
      } : []
    try body(
      Record(
        line: row.rowLine, text: row.string(at: layout.text),
        label: wishes.isLabelled ? LabelField(row.string(at: layout.label)) : .text(""),
        view: layout.view.map(row.string(at:)), turn: layout.turnFields(of: row), isBlank: isBlank,
        fields: fields))
  }
}

extension Layout {
  /// Passes over a first row that only counts the columns, as pandas writes it for columns without names.
  fileprivate func withoutCountedHeader(
    _ reader: inout DelimitedReader, _ wishes: RecordWishes, _ delimiter: Delimiter,
    _ source: Source, _ options: ReadingOptions
  ) throws(DataError) -> Layout {
    var ahead = delimiter.reader(source, options.quotes)
    guard (try? ahead.next()) == true, ahead.fields.count > 1 else { return self }
    let row = ahead.fields.indices.map { ahead.string(at: $0) }
    guard row == row.indices.map(String.init) else { return self }
    wishes.noticed?(
      DataError(
        source.name, line: ahead.rowLine, "the first row only counts the columns; passed over"))
    reader = ahead
    return self
  }
}

/// Tells of a quoted field that holds what looks like a whole further row.
private func warnOfSwallowedRows(
  _ row: DelimitedReader, _ layout: Layout, _ source: Source, _ wishes: RecordWishes
) {
  guard let noticed = wishes.noticed, row.fields.contains(where: \.hasLineEnd) else { return }
  let count = row.swallowedRows { fields in
    guard wishes.isLabelled else {
      // Nothing is known of the other columns but how this row fills them; texts have blanks after commas.
      return fields.indices.allSatisfy { place in
        let own = row.string(at: place)
        return place == layout.text
          || !isBlank(fields[place]) && fields[place].first?.isWhitespace == false
            && (Double(own) == nil) == (Double(fields[place]) == nil)
      }
    }
    return fields.indices.contains(layout.label) && wishes.mayBeLabel(fields[layout.label])
  }
  guard count > 0 else { return }
  noticed(
    DataError(
      source.name, line: row.rowLine,
      "a quoted field here holds what looks like \(count == 1 ? "a whole further row" : "\(count) further rows"); "
        + "if a stray quote swallowed them, write it twice in quotes, or give --quotes plain"))
}

/// Hands each line to `body`, number and range, without its LF, CRLF or CR.
func forEachLine(
  of source: Source, _ body: (Int, Range<Int>) throws(DataError) -> Void
) throws(DataError) {
  // Files of old Macs have CR alone.
  let isOld = !source.bytes.contains(Byte.lineFeed) && source.bytes.contains(Byte.carriageReturn)
  let lineEnd = isOld ? Byte.carriageReturn : Byte.lineFeed
  var line = 0
  var start = 0
  while start < source.bytes.count {
    line += 1
    let end = source.bytes[start...].firstIndex(of: lineEnd) ?? source.bytes.count
    let hasReturn = end > start && source.bytes[end - 1] == Byte.carriageReturn
    try body(line, start..<(hasReturn ? end - 1 : end))
    start = end + 1
  }
}

extension Substring {
  /// Without the characters at both ends that `isUnwanted`.
  func trimming(_ isUnwanted: (Character) -> Bool) -> Substring {
    var result = drop(while: isUnwanted)
    while let last = result.last, isUnwanted(last) { result.removeLast() }
    return result
  }
}
