public import Foundation
internal import SystemErrors
internal import SystemPackage

/// Writes a file so that readers, and a machine that loses power, see the old one or the new one, whole.
///
/// Its permissions follow the umask, as those of any new file.
public struct AtomicFile {
  private let path: String
  private let temporaryPath: String
  private let descriptor: FileDescriptor

  /// Writes some bytes.
  ///
  /// - Parameters:
  ///   - data: The contents.
  ///   - file: Replaced when it exists.
  /// - Throws: `SafetensorsError` with the system's answer; the old file stays then.
  public static func write(_ data: Data, to file: URL) throws {
    try write(to: file.path) { file in try data.withUnsafeBytes { try file.append($0) } }
  }

  /// Calls `body` to fill a temporary file beside `path`, which then takes its place.
  ///
  /// On any error the temporary file is removed and the old file stays.
  static func write(
    to path: String, _ body: (AtomicFile) throws -> Void
  ) throws {
    // A link stays a link; a device or a pipe is written to, for it cannot be replaced.
    let path = realpath(path)
    if let status = try? Stat(path), status.type != .regular {
      let file = try AtomicFile(special: path)
      defer { try? file.descriptor.close() }
      return try body(file)
    }
    let file = try AtomicFile(path: path)
    do {
      defer { try? file.descriptor.close() }
      try body(file)
      guard fsync(file.descriptor.rawValue) == 0 else {
        throw file.failure("write it to disk", Errno.last)
      }
    } catch {
      unlink(file.temporaryPath)
      throw error
    }
    guard rename(file.temporaryPath, path) == 0 else {
      let failure = file.failure("put it in place", Errno.last)
      unlink(file.temporaryPath)
      throw failure
    }
    try file.syncFolder()
  }

  /// Appends bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    do { try descriptor.writeAll(bytes) } catch { throw failure("write it", error) }
  }

  private init(special path: String) throws {
    (self.path, temporaryPath) = (path, path)
    do { descriptor = try .open(path, .writeOnly, options: .closeOnExec) } catch {
      throw Self.failure(path, "open it", error)
    }
  }

  private init(path: String) throws {
    // The process id keeps two writers apart; a leftover of a killed process of that id is replaced.
    let url = URL(fileURLWithPath: path)
    let name = ".\(url.lastPathComponent).\(getpid()).tmp"
    self.path = path
    temporaryPath = url.deletingLastPathComponent().appendingPathComponent(name).path
    do {
      descriptor = try .open(
        temporaryPath, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: FilePermissions(rawValue: 0o666))
    } catch { throw Self.failure(path, "create it", error) }
  }

  /// A rename lasts only once the folder is on disk too; some file systems cannot do that, and say so.
  private func syncFolder() throws {
    try FileSystemLimits.synchronize(
      folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// The file behind all links; the path itself where there is none yet.
  private static func realpath(_ path: String) -> String {
    guard let resolved = Foundation.realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private func failure(_ action: String, _ answer: any Error) -> SafetensorsError {
    Self.failure(path, action, answer)
  }

  private static func failure(
    _ path: String, _ action: String, _ answer: any Error
  ) -> SafetensorsError {
    SafetensorsError(path: path, reason: .system(action, "\(answer)"))
  }
}
