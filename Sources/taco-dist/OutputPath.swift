import Foundation

/// Checks of places to write to, made before the work whose result goes there.
enum OutputPath {
  /// Refuses a file that could not be written.
  ///
  /// - Parameters:
  ///   - path: As given with `option`; an existing file will be replaced.
  ///   - option: The option that named it.
  /// - Throws: `DataProblem` with exit code 1.
  static func checkFile(_ path: String, option: String = "--output") throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw problem(path, "is a folder; a file is wanted here.", option)
    }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: parent, isDirectory: &isFolder) else {
      throw problem(path, "its folder does not exist. Make \(parent) first.", option)
    }
    try checkWritable(path, folder: parent, option)
  }

  /// Refuses a folder that holds more than logs, or could not be made.
  ///
  /// - Parameter path: As given with `--output`.
  /// - Throws: `DataProblem` with exit code 1.
  static func checkNewFolder(_ path: String) throws {
    let contents = try RunContents(of: URL(fileURLWithPath: path))
    if !contents.parts.isEmpty {
      throw problem(
        path,
        "a run, or a part of one, stands there (\(list(contents.parts))). Nothing there was touched; "
          + "choose another folder, or go on with that run by --resume.")
    }
    if !contents.others.isEmpty {
      throw problem(
        path,
        "the folder is not empty (\(list(contents.others))). Nothing there was touched; choose another."
      )
    }
    try checkFolder(path)
  }

  /// The first of some names.
  private static func list(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and more" : "")
  }

  /// Refuses a folder that is neither there nor could be made.
  static func checkFolder(_ path: String) throws {
    let manager = FileManager.default
    var place = URL(fileURLWithPath: path)
    while !manager.fileExists(atPath: place.path), place.path != "/" {
      place.deleteLastPathComponent()
    }
    try checkWritable(path, folder: place.path)
  }

  /// What is wrong with an output path.
  static func problem(
    _ path: String, _ cause: String, _ option: String = "--output"
  ) -> DataProblem {
    DataProblem("\(option) \(path): \(cause)", code: ExitStatus.failure)
  }

  private static func checkWritable(
    _ path: String, folder: String, _ option: String = "--output"
  ) throws {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
    guard isFolder.boolValue else {
      throw problem(path, "\(folder) is a file; a folder is wanted there.", option)
    }
    // The kernel is asked, for it knows of read-only file systems, which root cannot write either.
    guard access(folder, W_OK) == 0 else {
      throw problem(
        path, "\(folder) cannot be written: \(String(cString: strerror(errno))).", option)
    }
  }
}
