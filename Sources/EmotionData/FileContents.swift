internal import Foundation
internal import SystemPackage

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
    let descriptor: FileDescriptor
    do {
      descriptor = try .open(path, .readOnly, options: .closeOnExec)
    } catch Errno.noSuchFileOrDirectory {
      throw DataError(path, "no such file")
    } catch {
      throw DataError(path, "cannot be read: \(error)")
    }
    defer { try? descriptor.close() }
    if (try? descriptor.stat())?.type == .directory {
      throw DataError(path, "is a folder; a file is wanted here")
    }
    return try read(descriptor.rawValue, name: path)
  }

  /// Reads an open descriptor to its end, waiting where it does not block.
  ///
  /// Throws a `DataError` that calls it `name`.
  public static func read(_ descriptor: Int32, name: String) throws(DataError) -> [UInt8] {
    var result: [UInt8] = []
    let status = try? FileDescriptor(rawValue: descriptor).stat()
    if let status, status.type == .regular, status.size > 0 {
      result.reserveCapacity(Int(status.size) + 1)
    }
    while let piece = try next(descriptor, name: name), !piece.isEmpty { result += piece }
    return result
  }

  /// Waits for the next bytes; nil at the end.
  ///
  /// Throws a `DataError` that calls the descriptor `name`.
  public static func next(_ descriptor: Int32, name: String) throws(DataError) -> [UInt8]? {
    let source = FileDescriptor(rawValue: descriptor)
    while true {
      do {
        let piece = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
          count = try source.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return piece.isEmpty ? nil : piece
      } catch Errno.wouldBlock {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, -1)
      } catch Errno.badFileDescriptor {
        throw DataError(name, "is closed; give a file, or something to read")
      } catch {
        throw DataError(name, "cannot be read: \(error)")
      }
    }
  }

  /// Whether a path leads to something that can be read only once, such as a pipe.
  public static func isStream(_ path: String) -> Bool {
    guard let status = try? Stat(path) else { return false }
    return ![.regular, .directory].contains(status.type)
  }

  private static func isPipe(_ path: String) -> Bool {
    guard let status = try? Stat(path) else { return false }
    return [.fifo, .socket].contains(status.type)
  }
}
