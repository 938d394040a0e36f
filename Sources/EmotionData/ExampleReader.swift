public import Foundation

/// An utterance and its label.
public struct Example: Sendable, Equatable {
  /// The utterance, and the dialogue that it stands in.
  public let utterance: Utterance
  /// The label's id, in `0..<E`.
  public let label: Int
  /// What is said in other words, where the file has that and it is read.
  public let view: String?

  /// What is said, as it stands in the file, blanks included.
  public var text: String { utterance.text }

  /// Pairs an utterance that stands alone with a label.
  public init(text: String, label: Int) { self.init(Utterance(text), label: label) }

  /// Pairs an utterance with a label.
  public init(_ utterance: Utterance, label: Int, view: String? = nil) {
    self.utterance = utterance
    self.label = label
    self.view = view
  }

  /// The utterance in other words, among the same turns; the utterance itself without such words.
  public var secondView: Utterance {
    guard let view else { return utterance }
    var turns = utterance.dialogue
    turns[utterance.place] = Turn(view, speaker: utterance.speaker)
    return Utterance(utterance.place, of: turns)
  }
}

/// The column of second views: the utterances in other words.
public struct ViewColumn: Sendable, Equatable {
  /// Its header name, JSON key or place, as in `ColumnNames`.
  public let name: String
  /// Whether a file without it is refused; else the utterances are their own second views there.
  public let isRequired: Bool

  /// A column.
  public init(_ name: String, isRequired: Bool) {
    (self.name, self.isRequired) = (name, isRequired)
  }

  /// The column that data sets of second views have.
  public static let usual = ViewColumn("aug_text", isRequired: false)
}

/// Where the text and the label stand in a row.
public struct ColumnNames: Sendable, Equatable {
  /// The column of the utterances.
  public let text: String
  /// The column of the labels.
  public let label: String
  /// The columns that make rows the turns of dialogues.
  public let dialogue: DialogueColumns
  /// The column of second views, if they are read.
  public var view: ViewColumn?

  /// Columns by header name, or JSON key; whole numbers are places, counted from 0, in a .csv or .tsv file
  /// that has no header.
  public init(
    text: String = "text", label: String = "label", dialogue: DialogueColumns = DialogueColumns(),
    view: ViewColumn? = nil
  ) {
    self.text = text
    self.label = label
    self.dialogue = dialogue
    self.view = view
  }

  /// The place of the text, if it is given by one.
  var textPlace: Int? { Self.place(text) }

  /// The place of the label, if it is given by one.
  var labelPlace: Int? { Self.place(label) }

  /// The places of text and label, if both are whole numbers.
  var places: (text: Int, label: Int)? {
    guard let text = textPlace, let label = labelPlace else { return nil }
    return (text, label)
  }

  /// The place that a name is: a whole number as it is usually written, so that `02` and `+2` are names.
  static func place(_ name: String) -> Int? {
    Int(name).flatMap { 0..<1_000_000 ~= $0 && "\($0)" == name ? $0 : nil }
  }
}

/// How a file of utterances is written.
public enum DataFormat: String, Sendable, CaseIterable {
  /// Comma-separated values, RFC 4180, with a header; semicolons are recognised.
  case csv
  /// The same with tabs.
  case tsv
  /// One JSON object a line, or one array of objects.
  case jsonl
  /// One utterance a line, without labels.
  case txt

  /// The endings of the names of files that can be read.
  public static let endings = ["csv", "tsv", "jsonl", "json", "ndjson", "txt"]

  /// The format that a file name's ending stands for; throws a `DataError` for any other.
  public init(of file: URL) throws(DataError) {
    let ending = file.pathExtension.lowercased()
    if let format = DataFormat(rawValue: ending) {
      self = format
      return
    }
    if ["json", "ndjson"].contains(ending) {
      self = .jsonl
      return
    }
    if let kind = FileKind(name: file.lastPathComponent) {
      throw DataError(file.path, kind.problem(file.path))
    }
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
    let found = isFolder.boolValue ? "this is a folder; a file" : "unknown kind of file; one"
    throw DataError(
      file.path,
      "\(found) of kind .csv, .tsv, .jsonl, .json or .txt is wanted"
        + (isFolder.boolValue ? "" : "; name the kind with --input-format"))
  }
}

/// Takes a row that cannot be used, so that reading goes on after it; or a warning about one.
public typealias RowRejection = (DataError) -> Void

/// Reads the labelled utterances of one file, in file order: a .csv, .tsv or .jsonl file, or one of a
/// published release.
///
/// A text without any character but white space is an error: it is far more often a broken export
/// than an utterance, and would be trained on. Throws a `DataError` for this and for everything else
/// that is wrong, one message a cause, with file, lines and remedy; `rejected`, if given, takes the errors
/// instead. `noticed` takes what is worth a warning.
public func readExamples(
  file: URL, labels: LabelSet, _ options: ReadingOptions = ReadingOptions(),
  rejected: RowRejection? = nil, noticed: RowRejection? = nil
) throws(DataError) -> [Example] {
  try readSplit(file: file, labels: labels, options, rejected: rejected, noticed: noticed).examples
}

/// Reads the labelled utterances of one file as above, and tells whether its labels are ids or names.
public func readSplit(
  file: URL, labels: LabelSet, _ options: ReadingOptions = ReadingOptions(),
  rejected: RowRejection? = nil, noticed: RowRejection? = nil
) throws(DataError) -> DataSplit {
  try collected(rejected) { (rejected) throws(DataError) in
    var rows = try ExampleCollector(
      Place(file), labels, options, rejected: rejected, noticed: noticed)
    return try rows.split(name: file.lastPathComponent)
  }
}

/// Reads labelled utterances from a stream that has been read whole; `source` is its name in messages.
public func readExamples(
  bytes: [UInt8], source: String, labels: LabelSet, _ options: ReadingOptions,
  rejected: RowRejection? = nil, noticed: RowRejection? = nil
) throws(DataError) -> [Example] {
  try collected(rejected) { (rejected) throws(DataError) in
    var rows = try ExampleCollector(
      Place(name: source, bytes: bytes), labels, options, rejected: rejected, noticed: noticed)
    return try rows.split(name: source).examples
  }
}

/// Hands `body` a place for errors: `rejected`, or else one that gathers them by cause and throws them at the end.
func collected<R>(
  _ rejected: RowRejection?, _ body: (@escaping RowRejection) throws(DataError) -> R
) throws(DataError) -> R {
  if let rejected { return try body(rejected) }
  var problems = DataProblems()
  let result: R
  do throws(DataError) {
    result = try body { problems.add($0) }
  } catch {
    // What ended the reading comes last.
    problems.add(error)
    throw problems.error ?? error
  }
  if let error = problems.error { throw error }
  return result
}

/// A file to be read, or one that has been read.
struct Place {
  let name: String
  /// The ending of its name, without the dot.
  let ending: String
  private let bytes: [UInt8]?
  private let file: URL

  init(_ file: URL) {
    (self.file, name, ending, bytes) = (file, file.path, file.pathExtension.lowercased(), nil)
  }

  init(name: String, bytes: [UInt8]) {
    file = URL(fileURLWithPath: name)
    (self.name, self.bytes, ending) = (name, bytes, file.pathExtension.lowercased())
  }

  /// Reads it.
  func source() throws(DataError) -> Source {
    if let bytes { return try Source(name: name, bytes: bytes) }
    return try Source(file: file)
  }

  /// The form that options or the name tell.
  func form(_ options: ReadingOptions) throws(DataError) -> DataFormat {
    if let form = options.form { return form }
    return try DataFormat(of: file)
  }
}
