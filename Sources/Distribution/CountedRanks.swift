internal import Tensors

/// A group of ranks that counts the bytes that this rank sends to others.
///
/// Counted are the values handed over, not the envelopes around them, and each collective as its
/// cheapest algorithm does it: an all-gather sends the own part to every other rank, a sum over all
/// ranks 2 (P - 1) / P of the values.
///
/// For a profile it also tells waiting for the last rank from the exchange itself.
package struct CountedRanks<Base: Collectives>: Collectives {
  /// An exchange that notes how long it was under way.
  package final class Pending: PendingExchange {
    private let base: Base.Pending
    private var span: Profile.Span?

    init(_ base: Base.Pending) {
      self.base = base
      span = Profile.begin("exchange", .transfer)
    }

    package func wait() throws {
      let waiting = Profile.begin("wait for exchange", .wait)
      try base.wait()
      waiting.end()
      note()
    }

    package func test() throws -> Bool {
      guard try base.test() else { return false }
      note()
      return true
    }

    private func note() {
      span?.end()
      span = nil
    }
  }

  /// The bytes so far; the thread that calls the collectives counts.
  package final class Traffic: @unchecked Sendable {
    package fileprivate(set) var bytes = 0
  }

  package let traffic = Traffic()
  private let base: Base

  package var rank: Int { base.rank }
  package var size: Int { base.size }

  package init(_ base: Base) { self.base = base }

  package func allGather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>
  ) throws {
    traffic.bytes += 4 * counts[rank] * (size - 1)
    try together("all-gather") { try base.allGather(values, counts: counts, into: result) }
  }

  package func allGather(
    _ values: UnsafeBufferPointer<Double>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Double>
  ) throws {
    traffic.bytes += 8 * counts[rank] * (size - 1)
    try together("all-gather") { try base.allGather(values, counts: counts, into: result) }
  }

  package func gather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>, to root: Int
  ) throws {
    if rank != root { traffic.bytes += 4 * counts[rank] }
    try together("gather") { try base.gather(values, counts: counts, into: result, to: root) }
  }

  package func startAllGather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>
  ) throws -> Pending {
    traffic.bytes += 4 * counts[rank] * (size - 1)
    return Pending(try base.startAllGather(values, counts: counts, into: result))
  }

  package func startAllToAll(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>, counts resultCounts: [Int]
  ) throws -> Pending {
    traffic.bytes += 4 * (values.count - counts[rank])
    return Pending(
      try base.startAllToAll(values, counts: counts, into: result, counts: resultCounts))
  }

  package func startAllToAll(
    _ values: UnsafeBufferPointer<UInt16>, counts: [Int],
    into result: UnsafeMutableBufferPointer<UInt16>, counts resultCounts: [Int]
  ) throws -> Pending {
    traffic.bytes += 2 * (values.count - counts[rank])
    return Pending(
      try base.startAllToAll(values, counts: counts, into: result, counts: resultCounts))
  }

  package func startSum(_ values: UnsafeMutableBufferPointer<Float>) throws -> Pending {
    traffic.bytes += 2 * 4 * values.count * (size - 1) / size
    return Pending(try base.startSum(values))
  }

  package func barrier() throws { try base.barrier() }

  private func together(_ name: StaticString, _ body: () throws -> Void) throws {
    if Profile.isRunning, size > 1 {
      let waiting = Profile.begin("wait for ranks", .wait)
      try base.barrier()
      waiting.end()
    }
    let span = Profile.begin(name, .kernel)
    try body()
    span.end()
  }
}
