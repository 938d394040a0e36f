public import Foundation

/// An utterance and its label.
public struct Example: Sendable, Equatable {
  /// The utterance as it stands in the file, blanks included.
  public let text: String
  /// The label's id, in `0..<E`.
  public let label: Int

  /// Pairs an utterance with a label.
  public init(text: String, label: Int) {
    self.text = text
    self.label = label
  }
}

/// Where the text and the label stand in a row.
public struct ColumnNames: Sendable, Equatable {
  /// The column of the utterances.
  public let text: String
  /// The column of the labels.
  public let label: String

  /// Columns by header name, or JSON key; two whole numbers are places, counted from 0, in a .csv or
  /// .tsv file that has no header.
  public init(text: String = "text", label: String = "label") {
    self.text = text
    self.label = label
  }
}

/// How a file of utterances is written.
public enum DataFormat: String, Sendable, CaseIterable {
  /// Comma-separated values, RFC 4180, with a header.
  case csv
  /// The same with tabs.
  case tsv
  /// One JSON object a line.
  case jsonl
  /// One utterance a line, without labels.
  case txt

  /// The format that a file name's ending stands for; throws a `DataError` for any other.
  public init(of file: URL) throws(DataError) {
    guard let format = DataFormat(rawValue: file.pathExtension.lowercased()) else {
      throw DataError(file.path, "unknown kind of file; .csv, .tsv, .jsonl or .txt is wanted")
    }
    self = format
  }
}

/// Reads the labelled utterances of one .csv, .tsv or .jsonl file, in file order.
///
/// A text without any character but white space is an error: it is far more often a broken export
/// than an utterance, and would be trained on. Throws a `DataError` for this and for everything else
/// that is wrong, with file, line and remedy.
public func readExamples(
  file: URL, labels: LabelSet, columns: ColumnNames = ColumnNames()
) throws(DataError) -> [Example] {
  let format = try DataFormat(of: file)
  guard format != .txt else {
    throw DataError(file.path, "a .txt file holds no labels; .csv, .tsv or .jsonl is wanted")
  }
  let source = try Source(file: file)
  var examples: [Example] = []
  try forEachRecord(of: source, format, columns, labelled: true) { (record) throws(DataError) in
    guard !isBlank(record.text) else {
      throw DataError(
        source.name, line: record.line, "the text is empty; fill it in or delete the row")
    }
    examples.append(
      Example(
        text: record.text,
        label: try labels.id(field: record.label, source: source.name, line: record.line)))
  }
  if examples.isEmpty { throw DataError(source.name, "no rows; nothing to read") }
  return examples
}

/// Reads the utterances of one file, in file order, whether or not there are labels beside them.
///
/// Blank texts are kept, so that predictions match the file row by row. Throws a `DataError` for a
/// file that cannot be read.
public func readTexts(
  file: URL, columns: ColumnNames = ColumnNames()
) throws(DataError) -> [String] {
  try texts(of: Source(file: file), DataFormat(of: file), columns)
}

/// Reads the utterances of a stream that has been read whole; `source` is its name in messages.
///
/// Throws a `DataError` for input that is not UTF-8 or not of that format.
public func readTexts(
  bytes: [UInt8], format: DataFormat, source: String, columns: ColumnNames = ColumnNames()
) throws(DataError) -> [String] {
  try texts(of: Source(name: source, bytes: bytes), format, columns)
}

private func texts(
  of source: Source, _ format: DataFormat, _ columns: ColumnNames
) throws(DataError) -> [String] {
  var texts: [String] = []
  try forEachRecord(of: source, format, columns, labelled: false) { texts.append($0.text) }
  return texts
}
