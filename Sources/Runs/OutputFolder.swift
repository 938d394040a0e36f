internal import Foundation
internal import SystemErrors
internal import SystemPackage

/// Checks of folders to write to, made before the work whose result goes there.
package enum OutputFolder {
  /// Refuses a folder that holds more than logs, or could not be made.
  ///
  /// - Parameter path: The folder.
  /// - Throws: `RunFolderError`: misuse where another folder would do, a failure where the system refuses.
  package static func requireNew(_ path: String) throws {
    let contents = try RunContents(of: URL(fileURLWithPath: path))
    if !contents.parts.isEmpty {
      throw RunFolderError.output(
        .misuse, path,
        "a run, or a part of one, stands there (\(list(contents.parts))). Nothing there was touched; "
          + "choose another folder, or resume that run.")
    }
    if !contents.others.isEmpty {
      throw RunFolderError.output(
        .misuse, path,
        "the folder is not empty (\(list(contents.others))). Nothing there was touched; choose another."
      )
    }
    try requireMakeable(path)
  }

  /// Refuses a folder that is neither there nor could be made.
  package static func requireMakeable(_ path: String) throws {
    let manager = FileManager.default
    var place = URL(fileURLWithPath: path)
    while !manager.fileExists(atPath: place.path), place.path != "/" {
      // Nothing can be made in the place of a link, and what it was to lead to may be on a disk that is not mounted.
      if let target = try? manager.destinationOfSymbolicLink(atPath: place.path) {
        throw RunFolderError.output(
          .misuse, path,
          "\(place.path) is a link to \(target), which is not there. Make that folder first, or choose another."
        )
      }
      place.deleteLastPathComponent()
    }
    var isFolder: ObjCBool = false
    _ = manager.fileExists(atPath: place.path, isDirectory: &isFolder)
    guard isFolder.boolValue else {
      throw RunFolderError.output(
        .misuse, path, "\(place.path) is a file; a folder is wanted there.")
    }
    // The kernel is asked, for it knows of read-only file systems, which root cannot write either.
    guard access(place.path, W_OK) == 0 else {
      throw RunFolderError.output(
        .failure, path, "\(place.path) cannot be written: \(Errno.last).")
    }
  }

  /// The first of some names.
  private static func list(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and more" : "")
  }
}
