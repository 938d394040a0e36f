import Foundation

/// Whole files, pipes and standard input as bytes.
public enum FileContents {
  /// How many processes read each file that a command names; set once, before any is read.
  nonisolated(unsafe) public static var readers = 1

  /// Reads a file, a named pipe or a descriptor's place such as /dev/fd/63 to its end.
  ///
  /// Throws a `DataError` that tells why it cannot be read. One cause is a pipe that others read too: each of
  /// them would get a part, or wait for ever.
  public static func read(
    _ path: String, readers: Int = Self.readers
  ) throws(DataError) -> [UInt8] {
    if readers > 1, isPipe(path) {
      throw DataError(
        path,
        "is a pipe, which can be read only once, but each of the \(readers) ranks would read it; put it "
          + "into a file")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw DataError(path, code == ENOENT ? "no such file" : "cannot be read: \(reason(code))")
    }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw DataError(path, "is a folder; a file is wanted here")
    }
    return try read(descriptor, name: path)
  }

  /// Reads an open descriptor to its end, waiting where it does not block.
  ///
  /// Throws a `DataError` that calls it `name`.
  public static func read(_ descriptor: Int32, name: String) throws(DataError) -> [UInt8] {
    var result: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 {
      result.reserveCapacity(Int(status.st_size) + 1)
    }
    while let piece = try next(descriptor, name: name), !piece.isEmpty { result += piece }
    return result
  }

  /// Waits for the next bytes; nil at the end.
  ///
  /// Throws a `DataError` that calls the descriptor `name`.
  public static func next(_ descriptor: Int32, name: String) throws(DataError) -> [UInt8]? {
    let size = 1 << 16
    while true {
      var code: Int32 = 0
      let piece = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        let found = Foundation.read(descriptor, buffer.baseAddress, size)
        code = found < 0 ? errno : 0
        count = max(0, found)
      }
      switch code {
      case 0: return piece.isEmpty ? nil : piece
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK:
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, -1)
      case EBADF: throw DataError(name, "is closed; give a file, or something to read")
      default: throw DataError(name, "cannot be read: \(reason(code))")
      }
    }
  }

  /// Whether a path leads to something that can be read only once, such as a pipe.
  public static func isStream(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  private static func isPipe(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
