internal import Foundation

/// What a rank says when a signal ends it: there was no memory left, or the program is wrong.
///
/// Of a hundred ranks the system names none. A handler may write but not allocate, so the line stands ready,
/// in memory that never goes; whoever handled the signal before does so afterwards.
enum LastWords {
  private static let capacity = 256
  // Only the thread that calls MPI writes; a handler that reads meanwhile finds two mixed lines at worst.
  nonisolated(unsafe) private static let line: UnsafeMutableBufferPointer<CChar> = {
    let line = UnsafeMutableBufferPointer<CChar>.allocate(capacity: capacity)
    line.initialize(repeating: 0)
    return line
  }()
  private static let signals = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]
  /// The earlier handlers, by signal; written before any of ours can run.
  nonisolated(unsafe) private static let earlier: UnsafeMutableBufferPointer<sigaction> = {
    let actions = UnsafeMutableBufferPointer<sigaction>.allocate(
      capacity: Int(signals.max() ?? 0) + 1)
    actions.initialize(repeating: sigaction())
    return actions
  }()

  /// Handles the signals of crashes from now on.
  static func listen() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in LastWords.speak(signal) }
    // Handlers on a stack of their own, where there is one: the usual one may be full.
    action.sa_flags = SA_ONSTACK
    for signal in signals { sigaction(signal, &action, &earlier[Int(signal)]) }
  }

  /// Makes the line ready.
  static func prepare(rank: Int, size: Int, activity: String) {
    let speaker = size == 1 ? "Error:" : "[rank \(rank)/\(size)]"
    let text =
      "\(speaker) out of memory or crashed while it was busy with \(activity); "
      + "see the lines around this one.\n"
    // The last byte stays 0 whatever happens.
    for (place, byte) in text.utf8.prefix(capacity - 1).enumerated() {
      line[place] = CChar(bitPattern: byte)
    }
    line[min(text.utf8.count, capacity - 1)] = 0
  }

  private static func speak(_ signal: Int32) {
    if let start = line.baseAddress { _ = write(STDERR_FILENO, start, strlen(start)) }
    // The fault comes again as soon as this returns; an abort or a kill must be raised again.
    sigaction(signal, &earlier[Int(signal)], nil)
    raise(signal)
  }
}
