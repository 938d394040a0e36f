import Foundation

/// Signals that end a run after the step, with a checkpoint; a second SIGINT ends it at once.
///
/// SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 (the warnings of schedulers before a time limit), SIGXCPU (the processor
/// time is up), and SIGHUP (the terminal is gone), unless whoever started the program has it ignored: nohup.
enum Interruption {
  /// The exit code of a run that was ended by a signal and can be resumed (EX_TEMPFAIL).
  static let exitCode: Int32 = 75

  /// The signal that has arrived, or 0.
  static var received: Int32 { arrived }

  private static let always = [SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGXCPU]

  /// The signals that count: SIGHUP only where it was not ignored when the program started.
  static let signals: [Int32] = {
    var hangUp = sigaction()
    let isIgnored =
      sigaction(SIGHUP, nil, &hangUp) == 0
      && unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
    return isIgnored ? always : always + [SIGHUP]
  }()

  /// Begins to listen.
  static func listen() {
    // Whoever started the program may have blocked them.
    var set = sigset_t()
    sigemptyset(&set)
    for number in signals { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    for number in signals {
      signal(number) { number in
        // Only what is safe in a signal handler: no allocation, no lock.
        if arrived == SIGINT, number == SIGINT { _exit(130) }
        arrived = number
      }
    }
  }
}

/// Written by the handler, read between steps: one aligned word, and only ever set.
nonisolated(unsafe) private var arrived: Int32 = 0
