package import Foundation
internal import Safetensors
internal import SystemErrors
internal import SystemPackage

/// Fills a temporary folder beside `folder`, brings it to disk and puts it in its place.
///
/// Readers see the old folder or the new one, whole; an error leaves the old one as it was. The folder
/// around it must exist: one that somebody moved away does not come back.
package func replaceFolder(_ folder: URL, _ fill: (URL) throws -> Void) throws {
  let manager = FileManager.default
  let parent = folder.deletingLastPathComponent()
  let temporary = parent.appendingPathComponent(".\(folder.lastPathComponent).new")
  let old = parent.appendingPathComponent(".\(folder.lastPathComponent).old")
  try? manager.removeItem(at: temporary)
  try? manager.removeItem(at: old)
  do {
    try manager.createDirectory(at: temporary, withIntermediateDirectories: false)
    try fill(temporary)
    for name in try manager.subpathsOfDirectory(atPath: temporary.path) {
      try synchronize(temporary.appendingPathComponent(name))
    }
    try synchronize(temporary)
    if manager.fileExists(atPath: folder.path) {
      if exchange(temporary, folder) {
        try? synchronize(parent)
        try? manager.removeItem(at: temporary)
        return
      }
      try manager.moveItem(at: folder, to: old)
    }
    try manager.moveItem(at: temporary, to: folder)
  } catch {
    try? manager.removeItem(at: temporary)
    // Where the new folder did not come, the old one goes back.
    if !manager.fileExists(atPath: folder.path) { try? manager.moveItem(at: old, to: folder) }
    throw error
  }
  try synchronize(parent)
  try? manager.removeItem(at: old)
}

/// Swaps two folders in one step, where system and file system can: nobody sees a moment without either.
private func exchange(_ first: URL, _ second: URL) -> Bool {
  typealias Rename =
    @convention(c) (
      Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
    ) -> Int32
  // Linux has it, but the C headers as Swift sees them do not.
  guard let symbol = dlsym(nil, "renameat2") else { return false }
  let rename = unsafeBitCast(symbol, to: Rename.self)
  let isExchange: UInt32 = 2
  return rename(AT_FDCWD, first.path, AT_FDCWD, second.path, isExchange) == 0
}

/// Waits until a file's or a folder's contents are on disk.
private func synchronize(_ url: URL) throws {
  if url.hasDirectoryPath || isFolder(url) {
    return try FileSystemLimits.synchronize(folder: url.path)
  }
  let descriptor: FileDescriptor
  do { descriptor = try .open(url.path, .readOnly) } catch {
    throw ModelFolderError("\(url.path): cannot be opened: \(error)")
  }
  defer { try? descriptor.close() }
  guard fsync(descriptor.rawValue) == 0 else {
    throw ModelFolderError("\(url.path): cannot be written to disk: \(Errno.last)")
  }
}

private func isFolder(_ url: URL) -> Bool {
  (try? Stat(url.path))?.type == .directory
}
