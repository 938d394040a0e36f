internal import Foundation
internal import SystemPackage

/// The contents of a file; nil only where there is none.
///
/// - Throws: `UnreadableFile` with the system's answer: what cannot be read is not missing.
func contentsIfPresent(of file: URL) throws -> Data? {
  guard let descriptor = try descriptorIfPresent(of: file) else { return nil }
  return try descriptor.closeAfter {
    var contents = Data()
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    do {
      while case let count = try piece.withUnsafeMutableBytes({ try descriptor.read(into: $0) }),
        count > 0
      { contents += piece[..<count] }
    } catch { throw UnreadableFile(path: file.path, cause: "\(error)") }
    return contents
  }
}

/// Whether a file can be opened; false only where there is none.
///
/// - Throws: `UnreadableFile`.
func isPresent(_ file: URL) throws -> Bool {
  guard let descriptor = try descriptorIfPresent(of: file) else { return false }
  try? descriptor.close()
  return true
}

private func descriptorIfPresent(of file: URL) throws -> FileDescriptor? {
  do {
    return try .open(file.path, .readOnly, options: .closeOnExec)
  } catch Errno.noSuchFileOrDirectory, Errno.notDirectory {
    return nil
  } catch {
    throw UnreadableFile(path: file.path, cause: "\(error)")
  }
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
