internal import Foundation

/// The contents of a file; nil only where there is none.
///
/// - Throws: `UnreadableFile` with the system's answer: what cannot be read is not missing.
func contentsIfPresent(of file: URL) throws -> Data? {
  let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw UnreadableFile(path: file.path, cause: String(cString: strerror(errno)))
  }
  let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  do {
    return try handle.readToEnd() ?? Data()
  } catch {
    throw UnreadableFile(path: file.path, cause: String(cString: strerror(errno)))
  }
}

/// Whether a file can be opened; false only where there is none.
///
/// - Throws: `UnreadableFile`.
func isPresent(_ file: URL) throws -> Bool {
  let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
  if descriptor >= 0 {
    close(descriptor)
    return true
  }
  if errno == ENOENT || errno == ENOTDIR { return false }
  throw UnreadableFile(path: file.path, cause: String(cString: strerror(errno)))
}

/// A file that is there, or may be, but that this user or this machine cannot read.
public struct UnreadableFile: Error, CustomStringConvertible, Sendable {
  /// The file or folder.
  public let path: String
  /// The system's answer.
  public let cause: String

  /// An error about a file.
  public init(path: String, cause: String) {
    (self.path, self.cause) = (path, cause)
  }

  /// The message.
  public var description: String { "\(path): cannot be read: \(cause)" }
}
