internal import Foundation
internal import SystemErrors
public import SystemPackage

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
  public static func isLack(_ answer: Errno) -> Bool {
    [
      .noFunction, .notSupported, .notSupportedOnSocket, .noLocks, .invalidArgument, .notPermitted,
      .inappropriateIOCTLForDevice,
    ].contains(answer)
  }

  /// Notes something missing.
  ///
  /// - Parameters:
  ///   - lack: What.
  ///   - path: Where.
  ///   - answer: The system's.
  public static func note(_ lack: Lack, at path: String, _ answer: Errno) {
    notes.lock.withLock {
      guard notes.seen.insert(lack).inserted else { return }
      notes.untold.append("\(path): the file system has no \(lack.rawValue) (\(answer))")
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
    func fail(_ action: String, _ answer: any Error) -> SafetensorsError {
      SafetensorsError(path: folder, reason: .system(action, "\(answer)"))
    }
    let descriptor: FileDescriptor
    do { descriptor = try .open(folder, .readOnly, options: [.directory, .closeOnExec]) } catch {
      throw fail("open it", error)
    }
    defer { try? descriptor.close() }
    guard fsync(descriptor.rawValue) != 0 else { return }
    let answer = Errno.last
    guard isLack(answer) || answer == .badFileDescriptor else {
      throw fail("write it to disk", answer)
    }
    note(.folderSync, at: folder, answer)
  }
}
