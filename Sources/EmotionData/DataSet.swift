public import Foundation

/// The examples of one part of a data set.
public struct DataSplit: Sendable {
  /// `train`, `validation` or `test`.
  public let name: String
  /// The examples in file order.
  public let examples: [Example]
  /// Whether the file's labels were read as ids or as names; nil where none were read.
  public let labelKind: LabelKind?

  /// The number of examples.
  public var count: Int { examples.count }

  /// Names a list of examples.
  public init(name: String, examples: [Example], labelKind: LabelKind? = nil) {
    (self.name, self.examples, self.labelKind) = (name, examples, labelKind)
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

  /// Reads a folder of .csv, .tsv, .jsonl or .json files, `train`, `valid` (or `validation`, `dev`, `val`)
  /// and, if it is there, `test`; or the files of a published release.
  ///
  /// Throws a `DataError` for a missing folder or split, two files for one split, and, one message a cause,
  /// for whatever `readExamples` refuses; `rejected` takes the latter. `noticed` takes warnings.
  public init(
    folder: URL, labels: LabelSet, _ options: ReadingOptions = ReadingOptions(),
    rejected: RowRejection? = nil, noticed: RowRejection? = nil
  ) throws(DataError) {
    self = try collected(rejected) { (rejected) throws(DataError) in
      let files = try Self.files(in: folder)
      var options = options
      options.format = try options.format.resolved(for: folder, columns: options.columns)
      if options.format == .edos {
        return try DataSet(dialogues: files, in: folder, labels, options, rejected)
      }
      let found = try SplitFiles(files, in: folder, options)
      return try DataSet(found, labels, options, rejected, noticed)
    }
  }

  /// Reads the files of the splits; one whose labels may be ids or names is read as the others are.
  private init(
    _ files: SplitFiles, _ labels: LabelSet, _ options: ReadingOptions,
    _ rejected: @escaping RowRejection, _ noticed: RowRejection?
  ) throws(DataError) {
    var omitted: [Omission: Int] = [:]
    var parts: [(name: String, rows: ExampleCollector)] = []
    for (name, file) in files.all {
      var options = options
      // What is not trained on is read as it is.
      if !parts.isEmpty { options.columns.view = nil }
      let rows = try ExampleCollector(
        Place(file), labels, options, rejected: rejected, noticed: noticed)
      omitted.merge(rows.omitted, uniquingKeysWith: +)
      parts.append((name, rows))
    }
    let isNumbered = labels.names.contains { LabelSet.wholeNumber($0) != nil }
    let numeric = isNumbered ? parts.filter { $0.rows.fields.hasNumbers } : []
    let decided = numeric.compactMap { part -> (String, LabelKind)? in
      guard case .certain(let kind) = part.rows.decision else { return nil }
      return (part.name, kind)
    }
    if let first = decided.first, let other = decided.first(where: { $0.1 != first.1 }) {
      rejected(
        DataError(
          files.folder.path,
          "the labels of \(first.0) look like \(first.1.rawValue)s, those of \(other.0) like "
            + "\(other.1.rawValue)s; say which they are with --label-kind id or --label-kind name"))
    }
    var splits: [DataSplit] = []
    for index in parts.indices {
      splits.append(try parts[index].rows.split(name: parts[index].name, others: decided.first?.1))
    }
    self.init(
      labels: labels, train: splits[0], validation: splits[1],
      test: splits.count > 2 ? splits[2] : nil, omitted: omitted)
  }

  /// Reads the dialogues of EDOS and splits them, for they have no split.
  ///
  /// Validation and test come from those that workers labelled, as long as there are enough; a dialogue
  /// that stands there twice is read once.
  private init(
    dialogues files: [URL], in folder: URL, _ labels: LabelSet, _ options: ReadingOptions,
    _ rejected: @escaping RowRejection
  ) throws(DataError) {
    var omitted: [Omission: Int] = [:]
    var dialogues: [(example: Example, isLabelledByWorkers: Bool)] = []
    var collectors = try files.filter { $0.pathExtension.lowercased() == "csv" }
      .map { (file) throws(DataError) in
        try ExampleCollector(Place(file), labels, options, rejected: rejected)
      }
    var seen: Set<String> = []
    for byWorkers in [true, false] {
      for index in collectors.indices where collectors[index].isLabelledByWorkers == byWorkers {
        omitted.merge(collectors[index].omitted, uniquingKeysWith: +)
        for example in try collectors[index].split(name: "").examples {
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
      DataSplit(name: name, examples: rows.map { dialogues[$0].example }, labelKind: .name)
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

  /// The files of a folder that a reader of its splits may open: all that it could read, whatever their
  /// names, as EDOS has them; with a form for all files, the splits of any ending too.
  public static func files(mayBeReadIn folder: URL, _ form: DataFormat?) -> [URL] {
    ((try? files(in: folder)) ?? []).filter { file in
      DataFormat.endings.contains(file.pathExtension.lowercased())
        || form != nil && SplitFiles.names.joined().contains(stem(of: file))
    }
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
