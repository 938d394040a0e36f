internal import Foundation
internal import SystemErrors
internal import SystemPackage

/// What the file system under a folder can do, found by doing it.
public struct FolderProbe: Sendable {
  /// The file system's type, such as `ext4` or `nfs4`, and what it lacks: `lustre without locks`.
  public let type: String
  /// Where it is mounted.
  public let mount: String
  /// Bytes that are free for this user.
  public let free: Int64
  /// Seconds to write 1 MiB, bring it to the disk and give it its name: the median of a few.
  public let seconds: Double

  /// What does not work.
  public struct Failure: Error, CustomStringConvertible, Sendable {
    /// What was tried, and the system's answer.
    public let description: String

    init(_ action: String, _ answer: any Error) { description = "cannot \(action): \(answer)" }
  }

  /// Tries the folder and leaves nothing behind.
  ///
  /// - Parameter folder: An existing folder.
  /// - Throws: `Failure`.
  public init(_ folder: String) throws {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { throw Failure("examine \(folder)", Errno.last) }
    free = Int64(status.f_bavail) * Int64(status.f_frsize)
    let (kind, place) = Self.fileSystem(of: folder)
    let lacks = try Self.lacks(in: folder)
    type = lacks.isEmpty ? kind : "\(kind) without \(lacks.joined(separator: ", "))"
    mount = place
    let clock = ContinuousClock()
    let times = try (0..<5).map { _ in
      let time = try clock.measure { try Self.writeAndRename(in: folder) }
      return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }
    seconds = times.sorted()[2]
  }

  /// The type and mount point of the file system that holds a path.
  public static func fileSystem(of path: String) -> (type: String, mount: String) {
    let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
    var best = (type: "unknown", mount: "/")
    for line in mounts.split(separator: "\n") {
      let parts = line.split(separator: " ").map(String.init)
      guard parts.count > 2 else { continue }
      let mount = parts[1].replacingOccurrences(of: "\\040", with: " ")
      let isAbove = mount == "/" || real == mount || real.hasPrefix(mount + "/")
      // The later of two mounts at one place hides the earlier.
      if isAbove, mount.count >= best.mount.count { best = (parts[2], mount) }
    }
    return best
  }

  /// What runs go on without, with a warning.
  private static func lacks(in folder: String) throws -> [String] {
    let file = "\(folder)/.taco-doctor-\(getpid())"
    let descriptor = try create(file, in: folder, .readWrite, [.truncate])
    defer {
      try? descriptor.close()
      unlink(file)
      unlink(file + ".link")
    }
    var result: [String] = []
    if flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0, Errno.last != .wouldBlock {
      result.append("locks")
    }
    if symlink("nowhere", file + ".link") != 0 { result.append("symbolic links") }
    if let place = try? FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
    {
      if fsync(place.rawValue) != 0 { result.append("fsync of folders") }
      try? place.close()
    }
    return result
  }

  private static func writeAndRename(in folder: String) throws {
    let file = "\(folder)/.taco-doctor-\(getpid())"
    defer {
      unlink(file)
      unlink(file + ".new")
    }
    let descriptor = try create(file + ".new", in: folder, .writeOnly, [.truncate])
    defer { try? descriptor.close() }
    do { try descriptor.writeAll([UInt8](repeating: 7, count: 1 << 20)) } catch {
      throw Failure("write 1 MiB in \(folder)", error)
    }
    guard fsync(descriptor.rawValue) == 0 else { throw Failure("fsync in \(folder)", Errno.last) }
    guard rename(file + ".new", file) == 0 else { throw Failure("rename in \(folder)", Errno.last) }
  }

  fileprivate static func create(
    _ file: String, in folder: String, _ mode: FileDescriptor.AccessMode,
    _ options: FileDescriptor.OpenOptions
  ) throws(Failure) -> FileDescriptor {
    do {
      return try .open(
        file, mode, options: options.union([.create, .closeOnExec]),
        permissions: FilePermissions(rawValue: 0o666))
    } catch { throw Failure("create a file in \(folder)", error) }
  }
}

/// A file that one rank locks and the others look at: whether a folder is one and the same everywhere.
public final class SharedMark: Sendable {
  private let path: String
  private let descriptor: FileDescriptor

  /// Makes the file and locks it; it goes away with the object.
  ///
  /// - Parameters:
  ///   - folder: An existing folder.
  ///   - token: A name that nobody else chooses.
  /// - Throws: `FolderProbe.Failure`.
  public init(in folder: String, token: String) throws {
    path = "\(folder)/.taco-doctor-\(token)"
    descriptor = try FolderProbe.create(path, in: folder, .readWrite, [.exclusiveCreate])
    // Where there are no locks the others see an unlocked file, and say so.
    _ = flock(descriptor.rawValue, LOCK_EX | LOCK_NB)
  }

  deinit {
    unlink(path)
    try? descriptor.close()
  }

  /// How another process finds the mark.
  public enum Sight: Int64, Sendable {
    /// It is not there.
    case absent
    /// It is there, but its lock is not seen.
    case unlocked
    /// It is there and locked.
    case locked
  }

  /// Looks for the mark; network file systems may show it some seconds later.
  public static func look(in folder: String, token: String) -> Sight {
    let path = "\(folder)/.taco-doctor-\(token)"
    for _ in 0..<20 {
      if let descriptor = try? FileDescriptor.open(path, .readWrite, options: .closeOnExec) {
        defer { try? descriptor.close() }
        let isHeld =
          flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 && Errno.last == .wouldBlock
        return isHeld ? .locked : .unlocked
      }
      usleep(100_000)
    }
    return .absent
  }
}
