internal import Dispatch

/// Calls `body` with 0 ..< count, each on a thread of its own, and returns when all are done.
///
/// With one index it runs on the caller's thread. No thread calls MPI inside.
public func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
  guard count > 1 else {
    if count == 1 { body(0) }
    return
  }
  DispatchQueue.concurrentPerform(iterations: count, execute: body)
}
