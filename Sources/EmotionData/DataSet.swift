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

  /// Puts a data set together from its parts.
  public init(labels: LabelSet, train: DataSplit, validation: DataSplit, test: DataSplit? = nil) {
    self.labels = labels
    self.train = train
    self.validation = validation
    self.test = test
  }

  /// Reads a folder of .csv, .tsv or .jsonl files: `train`, `valid` (or `validation`, `dev`, `val`)
  /// and, if it is there, `test`.
  ///
  /// Throws a `DataError` for a missing folder or split, two files for one split, and whatever
  /// `readExamples(file:labels:columns:)` refuses.
  public init(
    folder: URL, labels: LabelSet, columns: ColumnNames = ColumnNames()
  ) throws(DataError) {
    let files = try Self.files(in: folder)

    func split(_ name: String, _ stems: [String]) throws(DataError) -> DataSplit? {
      let found = files.filter { file in
        stems.contains(file.deletingPathExtension().lastPathComponent.lowercased())
          && ["csv", "tsv", "jsonl"].contains(file.pathExtension.lowercased())
      }
      guard found.count < 2 else {
        throw DataError(
          folder.path,
          "\(found.count) files for the \(name) split: "
            + DataError.list(found.map(\.lastPathComponent)) + "; keep one")
      }
      return try found.first.map { (file) throws(DataError) in
        DataSplit(
          name: name, examples: try readExamples(file: file, labels: labels, columns: columns))
      }
    }

    func required(_ name: String, _ stems: [String]) throws(DataError) -> DataSplit {
      if let split = try split(name, stems) { return split }
      let names = files.map(\.lastPathComponent)
      let contents = names.isEmpty ? "nothing" : DataError.list(names, limit: 8)
      throw DataError(
        folder.path,
        "no \(name) split: \(stems.joined(separator: ", ")) with .csv, .tsv or .jsonl is wanted, "
          + "and the folder holds \(contents)")
    }

    self.labels = labels
    train = try required("train", ["train"])
    validation = try required("validation", ["valid", "validation", "dev", "val"])
    test = try split("test", ["test"])
  }

  /// The visible entries of a folder, by name.
  private static func files(in folder: URL) throws(DataError) -> [URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      throw DataError(folder.path, "no such folder")
    }
    guard isFolder.boolValue else {
      throw DataError(folder.path, "is a file; a folder is wanted here")
    }
    do {
      return try FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles
      ).sorted { $0.lastPathComponent < $1.lastPathComponent }
    } catch {
      throw DataError(folder.path, "cannot be read; check its permissions")
    }
  }
}
