public import Foundation

/// Writes a file so that readers, and a machine that loses power, see the old one or the new one, whole.
///
/// Its permissions follow the umask, as those of any new file.
public struct AtomicFile {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32

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
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let file = try AtomicFile(special: path)
      defer { close(file.descriptor) }
      return try body(file)
    }
    let file = try AtomicFile(path: path)
    do {
      defer { close(file.descriptor) }
      try body(file)
      try file.check(fsync(file.descriptor), "write it to disk")
    } catch {
      unlink(file.temporaryPath)
      throw error
    }
    guard rename(file.temporaryPath, path) == 0 else {
      let failure = file.failure("put it in place")
      unlink(file.temporaryPath)
      throw failure
    }
    try file.syncFolder()
  }

  /// Appends bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let written = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("write it") }
      rest = rest.dropFirst(written)
    }
  }

  private init(special path: String) throws {
    (self.path, temporaryPath) = (path, path)
    descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open it") }
  }

  private init(path: String) throws {
    // The process id keeps two writers apart; a leftover of a killed process of that id is replaced.
    let url = URL(fileURLWithPath: path)
    let name = ".\(url.lastPathComponent).\(getpid()).tmp"
    self.path = path
    temporaryPath = url.deletingLastPathComponent().appendingPathComponent(name).path
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure("create it") }
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

  private func check(_ code: Int32, _ action: String) throws {
    guard code == 0 else { throw failure(action) }
  }

  private func failure(_ action: String) -> SafetensorsError {
    SafetensorsError(path: path, reason: .system(action, lastSystemError()))
  }
}
