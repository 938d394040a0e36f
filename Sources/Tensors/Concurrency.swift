internal import Dispatch

/// Calls `body` with 0 ..< count, each on a thread of its own, and returns when all are done.
///
/// Index 0 runs on the caller's thread, which may be the one that MPI wants to be called from; no other
/// index may call MPI.
public func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
  guard count > 0 else { return }
  withoutActuallyEscaping(body) { body in
    let group = DispatchGroup()
    for index in 1..<max(count, 1) {
      DispatchQueue.global(qos: .userInitiated).async(group: group) { body(index) }
    }
    body(0)
    guard count > 1 else { return }
    let span = Profile.begin("wait for threads", .wait)
    group.wait()
    span.end()
  }
}
