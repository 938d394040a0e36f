internal import Foundation

/// Runs one piece of work at a time beside the training; what goes wrong is thrown at the next call.
final class BackgroundWriter: @unchecked Sendable {
  private let queue = DispatchQueue(label: "taco-dist.files")
  private var failure: (any Error)?

  /// Waits for the work before, then starts this one.
  func run(_ body: @escaping @Sendable () throws -> Void) throws {
    try wait()
    queue.async { [self] in
      do { try body() } catch { failure = error }
    }
  }

  /// Waits for the work that was started.
  func wait() throws {
    try queue.sync {
      if let failure { throw failure }
    }
  }
}
