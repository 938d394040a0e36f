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

  /// The places of text and label, if both are whole numbers.
  var places: (text: Int, label: Int)? {
    guard let text = Int(text), let label = Int(label), text >= 0, label >= 0 else { return nil }
    return (text, label)
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
      let isFolder = (try? file.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
      let found = isFolder ? "this is a folder; a file" : "unknown kind of file; one"
      throw DataError(file.path, "\(found) of kind .csv, .tsv, .jsonl or .txt is wanted")
    }
    self = format
  }
}

/// Takes a row that cannot be used, so that reading goes on behind it.
public typealias RowRejection = (DataError) -> Void

/// Reads the labelled utterances of one file, in file order: a .csv, .tsv or .jsonl file, or one of a
/// published release.
///
/// A text without any character but white space is an error: it is far more often a broken export
/// than an utterance, and would be trained on. Throws a `DataError` for this and for everything else
/// that is wrong, with file, line and remedy; `rejected`, if given, takes the errors instead.
public func readExamples(
  file: URL, labels: LabelSet, columns: ColumnNames = ColumnNames(), format: DataSetFormat = .auto,
  rejected: RowRejection? = nil
) throws(DataError) -> [Example] {
  try ExampleCollector(file, labels, columns, format, rejected).examples
}

/// The examples of a file, and how many rows its release leaves out.
struct ExampleCollector {
  let labels: LabelSet
  let rejected: RowRejection?
  private let name: String
  private(set) var examples: [Example] = []
  private(set) var omitted: [Omission: Int] = [:]
  /// Whether workers labelled the file, in a release that has other files as well.
  private(set) var isLabelledByWorkers = false

  /// Reads a file; what is wrong with it goes to `rejected` or, without that, is thrown.
  init(
    _ file: URL, _ labels: LabelSet, _ columns: ColumnNames, _ format: DataSetFormat,
    _ rejected: RowRejection?
  ) throws(DataError) {
    var problems = 0
    let counted = rejected.map { take in
      { (error: DataError) in
        problems += 1
        take(error)
      }
    }
    (self.labels, self.rejected, name) = (labels, counted, file.path)
    try sift(counted) { () throws(DataError) in
      try read(file, columns, format)
      guard examples.isEmpty, omitted.isEmpty, problems == 0 else { return }
      throw DataError(name, "no rows; nothing to read")
    }
  }

  private mutating func read(
    _ file: URL, _ columns: ColumnNames, _ format: DataSetFormat
  ) throws(DataError) {
    switch try format.resolved(for: file, columns: columns) {
    case .auto, .csv:
      let format = try DataFormat(of: file)
      guard format != .txt else {
        throw DataError(file.path, "a .txt file holds no labels; .csv, .tsv or .jsonl is wanted")
      }
      try forEachRecord(
        of: Source(file: file), format, columns, labelled: true, rejected: rejected
      ) { (record) throws(DataError) in try add(record) }
    case .goEmotions:
      try GoEmotionsRelease.read(Source(file: file), into: &self)
    case .empatheticIntents:
      try EmpatheticIntentsRelease.read(Source(file: file), into: &self)
    case .edos:
      let source = try Source(file: file)
      isLabelledByWorkers = EDOSRelease.isLabelledByWorkers(source)
      try EDOSRelease.read(source, into: &self)
    }
  }

  /// Judges a row and keeps it.
  mutating func add(_ record: Record) throws(DataError) {
    guard !isBlank(record.text) else {
      throw DataError(name, line: record.line, "the text is empty; fill it in or delete the row")
    }
    examples.append(
      Example(
        text: record.text,
        label: try labels.id(field: record.label, source: name, line: record.line)
      ))
  }

  /// Counts a row that the release leaves out.
  mutating func omit(_ reason: Omission) { omitted[reason, default: 0] += 1 }
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
