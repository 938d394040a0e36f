public import Foundation
internal import JSONText
internal import OrderedCollections

/// Utterances whose labels nobody asks for, in file order, and what stands beside them.
public struct UtteranceTable: Sendable {
  /// What a column holds.
  public enum Value: Sendable, Equatable {
    /// Text.
    case text(String)
    /// Another JSON value, as JSON.
    case json(String)

    init(_ value: JSON) {
      self = value.text.map { .text($0) } ?? .json(value.json)
    }
  }

  /// The utterances, each in its dialogue.
  public private(set) var utterances: [Utterance] = []
  /// The names of all columns, in the order of the file; empty where they are not kept.
  public var columns: [String] { columnNames.elements }
  /// Each row's values; nil where a row lacks the column.
  public private(set) var rows: [[Value?]] = []
  private var columnNames: OrderedSet<String> = []
  private var dialogues: DialogueCollector

  /// What is said in them.
  public var texts: [String] { utterances.map(\.text) }

  init(_ dialogues: DialogueCollector) { self.dialogues = dialogues }

  /// Puts the rows in their dialogues, once all are there.
  mutating func finish(rejected: RowRejection, noticed: RowRejection?) {
    utterances = dialogues.utterances(rejected: rejected, noticed: noticed)
  }

  mutating func add(_ record: Record) throws(DataError) {
    _ = try dialogues.add(record)
    guard !record.fields.isEmpty else { return }
    var row = [Value?](repeating: nil, count: columnNames.count)
    for (name, value) in record.fields {
      let (isNew, place) = columnNames.append(name)
      if isNew { row.append(value) } else { row[place] = value }
    }
    rows.append(row)
  }
}

/// Reads the utterances of one file, in file order, whether or not there are labels beside them.
///
/// Blank texts are kept, so that predictions match the file row by row. Throws a `DataError` for a
/// file that cannot be read.
public func readTexts(
  file: URL, columns: ColumnNames = ColumnNames()
) throws(DataError) -> [String] {
  try readUtterances(file: file, ReadingOptions(columns: columns)).texts
}

/// Reads the utterances of a stream that has been read whole; `source` is its name in messages.
///
/// Throws a `DataError` for input that is no text or not of that format.
public func readTexts(
  bytes: [UInt8], format: DataFormat, source: String, columns: ColumnNames = ColumnNames()
) throws(DataError) -> [String] {
  try readUtterances(
    bytes: bytes, source: source, ReadingOptions(columns: columns, form: format)
  ).texts
}

/// Reads the utterances of one file or pipe and, with `keepsFields`, what stands beside them.
///
/// Throws a `DataError`, one message a cause, for what cannot be read; `noticed` takes warnings.
public func readUtterances(
  file: URL, _ options: ReadingOptions, keepsFields: Bool = false, noticed: RowRejection? = nil
) throws(DataError) -> UtteranceTable {
  try utterances(of: Place(file), options, keepsFields, noticed)
}

/// The same for a stream that has been read whole; `source` is its name in messages.
public func readUtterances(
  bytes: [UInt8], source: String, _ options: ReadingOptions, keepsFields: Bool = false,
  noticed: RowRejection? = nil
) throws(DataError) -> UtteranceTable {
  try utterances(of: Place(name: source, bytes: bytes), options, keepsFields, noticed)
}

private func utterances(
  of place: Place, _ options: ReadingOptions, _ keepsFields: Bool, _ noticed: RowRejection?
) throws(DataError) -> UtteranceTable {
  let form = try place.form(options)
  let source = try place.source()
  return try collected(nil) { (rejected) throws(DataError) in
    let columns = options.columns.dialogue
    var table = UtteranceTable(DialogueCollector(source.name, columns))
    let wishes = RecordWishes(keepsFields: keepsFields, rejected: rejected, noticed: noticed)
    // A release is read as training reads it, unless options say what its rows are.
    let isPlain =
      options.form != nil || options.columns.text != ColumnNames().text || !columns.isEmpty
    let format =
      isPlain ? .csv : DataSetFormat.ofText(source, ending: place.ending, options.columns)
    var adapted = options
    var text = { (text: String) in text }
    switch format {
    case .auto, .csv: break
    case .goEmotions: adapted.columns = ColumnNames(text: "0")
    case .edos:
      adapted.columns = EDOSRelease.columns(of: source) ?? options.columns
      text = EDOSRelease.lastTurnFirst
    case .empatheticIntents:
      text = EmpatheticIntentsRelease.text
    }
    try forEachRecord(of: source, form, adapted, wishes) { (record) throws(DataError) in
      var record = record
      record.text = text(record.text)
      try table.add(record)
    }
    table.finish(rejected: rejected, noticed: noticed)
    return table
  }
}

extension EmpatheticIntentsRelease {
  /// The text of a line; all of it where there is no mark.
  fileprivate static func text(_ line: String) -> String {
    let bytes = Array(line.utf8)
    guard let place = bytes.firstRange(of: separator) else { return line }
    return String(decoding: bytes[place.upperBound...], as: UTF8.self)
  }
}
