import Foundation

/// SIGTERM, SIGUSR1 (Slurm's warning before the time limit) and SIGINT end a run after the step, with a
/// checkpoint; a second SIGINT ends it at once.
enum Interruption {
  /// The exit code of a run that was ended by a signal and can be resumed (EX_TEMPFAIL).
  static let exitCode: Int32 = 75

  /// The signal that has arrived, or 0.
  static var received: Int32 { arrived }

  /// Begins to listen.
  static func listen() {
    // Whoever started the program may have blocked them.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGTERM, SIGUSR1, SIGINT] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGTERM, SIGUSR1, SIGINT] {
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
