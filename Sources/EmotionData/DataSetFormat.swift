public import Foundation

/// How a data set is written down: in named columns, or as one of the published releases.
public enum DataSetFormat: String, Sendable, CaseIterable {
  /// Told from the files.
  case auto
  /// .csv, .tsv or .jsonl files with a text and a label column.
  case csv
  /// GoEmotions' original release: .tsv files without a header, of text, comma-separated ids and
  /// comment id. Only the rows that the paper uses are read: one label, and not neutral.
  case goEmotions = "goemotions"
  /// EmpatheticIntents: .txt files of `id <SEP> text` lines.
  case empatheticIntents = "empathetic-intents"
  /// The labelled dialogues of EDOS's classifier: .csv files without a split.
  case edos

  /// The built-in label set that the release has, if it is one.
  public var labelSetName: String? {
    switch self {
    case .auto, .csv: nil
    case .goEmotions, .empatheticIntents, .edos: rawValue
    }
  }

  /// The format itself or, for `auto`, that of the file or folder at `place`.
  ///
  /// Columns that are given by place say how rows are laid out: such files are `csv`. Throws a
  /// `DataError` for a place that does not exist or cannot be read.
  public func resolved(
    for place: URL, columns: ColumnNames = ColumnNames()
  ) throws(DataError) -> DataSetFormat {
    guard self == .auto else { return self }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
      throw DataError(place.path, "no such file or folder")
    }
    guard isFolder.boolValue else { return Self.ofFile(place, columns) }
    let files = try DataSet.files(in: place).filter { (try? DataFormat(of: $0)) != nil }
    if let train = files.first(where: { DataSet.stem(of: $0) == "train" }) {
      return Self.ofFile(train, columns)
    }
    return files.contains { Self.ofFile($0, columns) == .edos } ? .edos : .csv
  }

  /// The file name endings of a release's splits.
  var endings: [String] {
    switch self {
    case .auto, .csv: ["csv", "tsv", "jsonl", "json", "ndjson"]
    case .goEmotions: ["tsv"]
    case .empatheticIntents: ["txt"]
    case .edos: ["csv"]
    }
  }

  /// The format of a text whose first row is that of a release; `ending` is its name's.
  static func ofText(_ text: Source, ending: String, _ columns: ColumnNames) -> DataSetFormat {
    guard columns.places == nil else { return .csv }
    switch ending {
    case "tsv": return GoEmotionsRelease.isRelease(text) ? .goEmotions : .csv
    case "txt": return EmpatheticIntentsRelease.isRelease(text) ? .empatheticIntents : .csv
    case "csv": return EDOSRelease.isRelease(text) ? .edos : .csv
    default: return .csv
    }
  }

  /// Looks at the first row.
  private static func ofFile(_ file: URL, _ columns: ColumnNames) -> DataSetFormat {
    guard let head = head(of: file) else { return .csv }
    return ofText(head, ending: file.pathExtension.lowercased(), columns)
  }

  /// The first lines of a file; nil for a pipe, which can be read only once, and for what cannot be read or is
  /// no text, which its reader will tell.
  private static func head(of file: URL) -> Source? {
    let length = 1 << 16
    guard !FileContents.isStream(file.path), let handle = try? FileHandle(forReadingFrom: file),
      let data = try? handle.read(upToCount: length)
    else { return nil }
    let end = data.count < length ? nil : data.lastIndex(of: Byte.lineFeed)
    return try? Source(name: file.path, bytes: [UInt8](end.map { data[..<$0] } ?? data))
  }
}

/// Why a release's row is no example, though nothing is wrong with it.
public enum Omission: String, Sendable, CaseIterable, Codable {
  /// GoEmotions: the paper takes rows with one label.
  case severalLabels = "several labels"
  /// GoEmotions: the paper takes rows that are not neutral.
  case neutral = "neutral"
  /// EDOS: no two workers gave the same answer.
  case noAgreement = "no two workers agree"
  /// EDOS: the workers agree on an answer of their own that is none of the labels.
  case otherAnswer = "an answer that is no label"
  /// EDOS: the dialogue stands in the files before.
  case repeated = "repeated dialogue"
  /// A row without a label, of a file of dialogues: others are read with it.
  case unlabelled = "no label; context alone"
  /// A row with neither text nor label, as spreadsheets leave them below a table.
  case blank = "empty rows"
}
