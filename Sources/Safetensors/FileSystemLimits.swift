import Foundation

/// What file systems were found to lack: a run goes on without it, and says so once.
public enum FileSystemLimits {
  /// What may be missing.
  public enum Lack: String, Sendable, CaseIterable {
    /// `flock`.
    case locks = "locks: nothing stops another run from writing there"
    /// `symlink`.
    case links = "symbolic links: there is no 'latest' beside the checkpoints"
    /// `fsync` of a folder.
    case folderSync =
      "fsync of folders: a machine that loses power may lose the last checkpoint"
  }

  private final class Notes: @unchecked Sendable {
    let lock = NSLock()
    var seen: Set<Lack> = []
    var untold: [String] = []
  }

  private static let notes = Notes()

  /// Whether an error means that the file system cannot do such a thing at all, rather than that it failed.
  public static func isLack(_ code: Int32) -> Bool {
    [ENOSYS, ENOTSUP, EOPNOTSUPP, ENOLCK, EINVAL, EPERM, ENOTTY].contains(code)
  }

  /// Notes something missing.
  ///
  /// - Parameters:
  ///   - lack: What.
  ///   - path: Where.
  ///   - code: The system's answer.
  public static func note(_ lack: Lack, at path: String, _ code: Int32) {
    notes.lock.withLock {
      guard notes.seen.insert(lack).inserted else { return }
      notes.untold.append(
        "\(path): the file system has no \(lack.rawValue) (\(String(cString: strerror(code))))")
    }
  }

  /// What was noted since the last call.
  public static func takeNotes() -> [String] {
    notes.lock.withLock {
      defer { notes.untold = [] }
      return notes.untold
    }
  }

  /// Brings a folder's entries to the disk, where the file system can do that.
  ///
  /// - Parameter folder: The folder.
  /// - Throws: `SafetensorsError` when it can and fails.
  public static func synchronize(folder: String) throws {
    func fail(_ action: String) -> SafetensorsError {
      SafetensorsError(path: folder, reason: .system(action, lastSystemError()))
    }
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fail("open it") }
    defer { close(descriptor) }
    guard fsync(descriptor) != 0 else { return }
    guard isLack(errno) || errno == EBADF else { throw fail("write it to disk") }
    note(.folderSync, at: folder, errno)
  }
}
