import EmotionData
import Foundation
import MessagePassing
import SystemPackage

/// Standard input, output and error as a program finds them: closed, not blocking, or with nobody at the
/// other end.
enum StandardStreams {
  /// Called once when nobody reads standard error any more.
  nonisolated(unsafe) static var whenErrorIsClosed: (() -> Void)?

  /// Whether standard output has lost its reader, as in `taco-dist ... | head`.
  static var isOutputClosed: Bool { closed.withLock { $0.output } }

  private struct Closed {
    var output = false
    var error = false
  }

  private static let closed = Guarded(Closed())

  /// Comes before any file is opened and anything is written.
  static func prepare() {
    // A descriptor that is closed would go to the next file, which messages would then be written to.
    // Reading input and writing output fail this way, as they do on a closed one.
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      let modes = [STDIN_FILENO: O_WRONLY, STDOUT_FILENO: O_RDONLY]
      let other = open("/dev/null", modes[descriptor] ?? O_RDWR)
      if other != descriptor, other >= 0 {
        dup2(other, descriptor)
        close(other)
      }
    }
    // A reader that has gone must not take a run along.
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes to standard output, in silence once its reader has gone.
  ///
  /// - Throws: `DataProblem` when it cannot be written.
  static func writeOutput(_ text: String) throws {
    guard !isOutputClosed else { return }
    // A file gets every character; a terminal none that would steer it. Launchers give ranks a terminal of their
    // own, whatever their output goes to: there nothing may be changed.
    let isTerminal = isatty(STDOUT_FILENO) == 1 && LauncherInfo.current == nil
    let text = isTerminal ? terminalSafe(text) : text
    switch write(text, to: STDOUT_FILENO) {
    case nil: return
    case .brokenPipe?: closed.withLock { $0.output = true }
    case let answer?:
      throw DataProblem(
        "standard output: cannot be written: \(answer).", code: ExitStatus.failure)
    }
  }

  /// Writes to standard error; what cannot be written is lost.
  static func writeError(_ text: String) {
    guard write(text, to: STDERR_FILENO) == .brokenPipe else { return }
    let isFirst = closed.withLock { state in
      defer { state.error = true }
      return !state.error
    }
    if isFirst { whenErrorIsClosed?() }
  }

  /// Writes all of a text, waiting where the descriptor does not block; returns what the system refuses it with.
  private static func write(_ text: String, to descriptor: Int32) -> Errno? {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        do {
          rest = rest.dropFirst(try FileDescriptor(rawValue: descriptor).write(piece))
        } catch Errno.wouldBlock {
          var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&waiting, 1, -1)
        } catch {
          return error as? Errno
        }
      }
      return nil
    }
  }
}

/// A value behind a lock.
private final class Guarded<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func withLock<R>(_ body: (inout Value) -> R) -> R { lock.withLock { body(&value) } }
}

/// Prints as Swift's own does, but heeds what becomes of standard output.
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  do {
    let text = items.map { "\($0)" }.joined(separator: separator)
    try StandardStreams.writeOutput(text + terminator)
  } catch {
    printError("Error: \(error)")
    exit(ExitStatus.failure)
  }
}

/// Writes a line to standard error.
func printError(_ line: String) { StandardStreams.writeError(line + "\n") }

/// Lines of standard input as they come.
struct InputLines {
  private var buffer: [UInt8] = []
  private var isAtEnd = false
  private var count = 0

  /// Waits for the next line, without its LF or CRLF; nil at the end.
  ///
  /// - Throws: `DataError` when standard input cannot be read or is no text.
  mutating func next() throws -> String? {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer.removeSubrange(...end) }
        return try text(buffer[..<end])
      }
      if isAtEnd {
        defer { buffer = [] }
        return buffer.isEmpty ? nil : try text(buffer[...])
      }
      if let more = try FileContents.next(STDIN_FILENO, name: "standard input") {
        buffer += more
      } else {
        isAtEnd = true
      }
    }
  }

  private mutating func text(_ line: ArraySlice<UInt8>) throws -> String {
    count += 1
    let hasReturn = line.last == UInt8(ascii: "\r")
    return try lineOfText(
      Array(hasReturn ? line.dropLast() : line), number: count, source: "standard input")
  }
}
