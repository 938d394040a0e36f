public import Foundation

/// The examples of one part of a data set.
public struct DataSplit: Sendable {
  /// `train`, `validation` or `test`.
  public let name: String
  /// The examples in file order.
  public let examples: [Example]

  /// The number of examples.
  public var count: Int { examples.count }

  /// Names a list of examples.
  public init(name: String, examples: [Example]) {
    self.name = name
    self.examples = examples
  }
}

/// Labelled utterances to train, choose and judge a model with.
public struct DataSet: Sendable {
  /// The emotions.
  public let labels: LabelSet
  /// What the model learns from.
  public let train: DataSplit
  /// What the best model is chosen by.
  public let validation: DataSplit
  /// What the chosen model is judged by, if there is any.
  public let test: DataSplit?
  /// How many rows the release leaves out, and why.
  public let omitted: [Omission: Int]

  /// The splits that there are.
  public var splits: [DataSplit] { [train, validation] + (test.map { [$0] } ?? []) }

  /// Puts a data set together from its parts.
  public init(
    labels: LabelSet, train: DataSplit, validation: DataSplit, test: DataSplit? = nil,
    omitted: [Omission: Int] = [:]
  ) {
    self.labels = labels
    self.train = train
    self.validation = validation
    self.test = test
    self.omitted = omitted
  }

  /// Reads a folder of .csv, .tsv or .jsonl files, `train`, `valid` (or `validation`, `dev`, `val`)
  /// and, if it is there, `test`; or the files of a published release.
  ///
  /// Throws a `DataError` for a missing folder or split, two files for one split, and whatever
  /// `readExamples(file:labels:columns:format:rejected:)` refuses; `rejected` takes the latter.
  public init(
    folder: URL, labels: LabelSet, columns: ColumnNames = ColumnNames(),
    format: DataSetFormat = .auto, rejected: RowRejection? = nil
  ) throws(DataError) {
    let files = try Self.files(in: folder)
    let format = try format.resolved(for: folder, columns: columns)
    if format == .edos {
      try self.init(dialogues: files, in: folder, labels, rejected)
      return
    }
    var omitted: [Omission: Int] = [:]

    func split(_ name: String, _ stems: [String]) throws(DataError) -> DataSplit? {
      let found = files.filter { file in
        stems.contains(Self.stem(of: file))
          && format.endings.contains(file.pathExtension.lowercased())
      }
      guard found.count < 2 else {
        throw DataError(
          folder.path,
          "\(found.count) files for the \(name) split: "
            + DataError.list(found.map(\.lastPathComponent)) + "; keep one")
      }
      guard let file = found.first else { return nil }
      let rows = try ExampleCollector(file, labels, columns, format, rejected)
      omitted.merge(rows.omitted, uniquingKeysWith: +)
      return DataSplit(name: name, examples: rows.examples)
    }

    func required(_ name: String, _ stems: [String]) throws(DataError) -> DataSplit {
      if let split = try split(name, stems) { return split }
      let names = files.map(\.lastPathComponent)
      let contents = names.isEmpty ? "nothing" : DataError.list(names, limit: 8)
      let endings = format.endings.map { "." + $0 }
      throw DataError(
        folder.path,
        "no \(name) split: \(stems.joined(separator: ", ")) with "
          + (endings.count > 1 ? ".csv, .tsv or .jsonl" : endings.joined())
          + " is wanted, and the folder holds \(contents)")
    }

    let train = try required("train", ["train"])
    let validation = try required("validation", ["valid", "validation", "dev", "val"])
    let test = try split("test", ["test"])
    self.init(
      labels: labels, train: train, validation: validation, test: test, omitted: omitted)
  }

  /// Reads the dialogues of EDOS and splits them, for they have no split.
  ///
  /// Validation and test come from those that workers labelled, as long as there are enough; a dialogue
  /// that stands there twice is read once.
  private init(
    dialogues files: [URL], in folder: URL, _ labels: LabelSet, _ rejected: RowRejection?
  ) throws(DataError) {
    var omitted: [Omission: Int] = [:]
    var dialogues: [(example: Example, isLabelledByWorkers: Bool)] = []
    let collectors = try files.filter { $0.pathExtension.lowercased() == "csv" }
      .map { (file) throws(DataError) in
        try ExampleCollector(file, labels, ColumnNames(), .edos, rejected)
      }
    var seen: Set<String> = []
    for byWorkers in [true, false] {
      for rows in collectors where rows.isLabelledByWorkers == byWorkers {
        omitted.merge(rows.omitted, uniquingKeysWith: +)
        for example in rows.examples {
          if seen.insert(example.text).inserted {
            dialogues.append((example, byWorkers))
          } else {
            omitted[.repeated, default: 0] += 1
          }
        }
      }
    }
    guard dialogues.count >= 10 else {
      throw DataError(
        folder.path, "\(dialogues.count) dialogues in .csv files; a split needs 10 or more")
    }
    let parts = KeyedSplit.parts(
      of: dialogues.map(\.example.text), isPreferred: dialogues.map(\.isLabelledByWorkers))
    func split(_ name: String, _ rows: [Int]) -> DataSplit {
      DataSplit(name: name, examples: rows.map { dialogues[$0].example })
    }
    self.init(
      labels: labels, train: split("train", parts.train),
      validation: split("validation", parts.validation), test: split("test", parts.test),
      omitted: omitted)
  }

  /// A file's name without its ending, in lower case.
  static func stem(of file: URL) -> String {
    file.deletingPathExtension().lastPathComponent.lowercased()
  }

  /// The visible entries of a folder, by name.
  static func files(in folder: URL) throws(DataError) -> [URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      throw DataError(folder.path, "no such folder")
    }
    guard isFolder.boolValue else {
      throw DataError(folder.path, "is a file; a folder is wanted here")
    }
    do {
      // By path: by URL, Foundation on Linux finds nothing behind a symbolic link.
      return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { !$0.hasPrefix(".") }.sorted().map { folder.appendingPathComponent($0) }
    } catch {
      throw DataError(folder.path, "cannot be read; check its permissions")
    }
  }
}
