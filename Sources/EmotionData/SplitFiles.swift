import Foundation

/// The files of a data folder's splits.
struct SplitFiles {
  /// The folder.
  let folder: URL
  /// Training, validation and, if it is there, test.
  private(set) var all: [(name: String, file: URL)] = []

  /// What the files of training, validation and test are called, without their endings.
  static let names = [["train"], ["valid", "validation", "dev", "val"], ["test"]]

  /// Finds them; throws a `DataError` for a missing split, and for two files for one split.
  init(_ files: [URL], in folder: URL, _ options: ReadingOptions) throws(DataError) {
    self.folder = folder
    let endings = options.format.endings

    func add(_ name: String, _ stems: [String], isRequired: Bool) throws(DataError) {
      let found = files.filter { file in
        stems.contains(DataSet.stem(of: file))
          && (options.form != nil || endings.contains(file.pathExtension.lowercased()))
      }
      guard found.count < 2 else {
        throw DataError(
          folder.path,
          "\(found.count) files for the \(name) split: "
            + DataError.list(found.map(\.lastPathComponent)) + "; keep one")
      }
      if let file = found.first { return all.append((name, file)) }
      guard isRequired || files.contains(where: { Self.unreadable($0, stems) != nil }) else {
        return
      }
      throw missing(name, stems, files, endings)
    }

    try add("train", Self.names[0], isRequired: true)
    try add("validation", Self.names[1], isRequired: true)
    try add("test", Self.names[2], isRequired: false)
  }

  private func missing(
    _ name: String, _ stems: [String], _ files: [URL], _ endings: [String]
  ) -> DataError {
    let names = files.map(\.lastPathComponent)
    let contents = names.isEmpty ? "nothing" : DataError.list(names, limit: 8)
    let kinds =
      endings.count > 1 ? ".csv, .tsv, .jsonl or .json" : endings.map { "." + $0 }.joined()
    let other = files.compactMap { file in
      Self.unreadable(file, stems).map { "; '\(file.lastPathComponent)' is \($0)" }
    }
    return DataError(
      folder.path,
      "no \(name) split: \(stems.joined(separator: ", ")) with \(kinds) is wanted, and the folder holds "
        + contents + (other.first ?? ""))
  }

  /// What a file is that may hold the split, and that cannot be read: `train.csv.gz`, `train-00000-of-00001.parquet`.
  private static func unreadable(_ file: URL, _ stems: [String]) -> String? {
    let name = file.lastPathComponent.lowercased()
    guard stems.contains(where: { name.hasPrefix($0 + ".") || name.hasPrefix($0 + "-") }) else {
      return nil
    }
    return FileKind(name: name)?.problem(file.lastPathComponent)
  }
}
