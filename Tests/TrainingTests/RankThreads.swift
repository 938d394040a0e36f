import Foundation

@testable import Distribution
@testable import Training

/// A group of ranks that are threads of this process, for tests: what they exchange goes through shared
/// memory, and whoever would wait for ever gets an error.
final class RankThreads: @unchecked Sendable {
  /// When started exchanges happen.
  enum Delivery: CaseIterable {
    /// At once: what is read too early is already there, what is written too late is missed.
    case early
    /// In `wait`: what is read too early is NaN, what is overwritten too early arrives.
    case late
  }

  /// An exchange that does not fit together, or a rank that did not come.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let size: Int
  let delivery: Delivery
  private let condition = NSCondition()
  private var arrived = 0
  private var round = 0
  private var failure: Failure?
  private var offers: [Offer]

  /// What a rank puts up for the others.
  struct Offer {
    var values = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The bytes for each rank; the same bytes are for all of them when there is one count.
    var counts: [Int] = []
  }

  private init(_ size: Int, _ delivery: Delivery) {
    self.size = size
    self.delivery = delivery
    offers = Array(repeating: Offer(), count: size)
  }

  /// Calls `body` once a rank, on threads of their own; returns what it returns, by rank.
  static func run<Result: Sendable>(
    _ size: Int, delivery: Delivery = .early,
    _ body: @escaping @Sendable (RankThread) throws -> Result
  ) throws -> [Result] {
    let group = RankThreads(size, delivery)
    let outcomes = Outcomes<Result>(size)
    for rank in 0..<size {
      let thread = Thread {
        let outcome = Swift.Result { try body(RankThread(rank: rank, group: group)) }
        if case .failure(let error) = outcome { group.fail("rank \(rank): \(error)") }
        outcomes.set(outcome, rank)
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return try outcomes.wait().map { try $0.get() }
  }

  /// Waits until all ranks have come here.
  func barrier() throws {
    condition.lock()
    defer { condition.unlock() }
    if let failure { throw failure }
    let own = round
    arrived += 1
    if arrived == size {
      arrived = 0
      round += 1
      condition.broadcast()
    }
    let limit = Date(timeIntervalSinceNow: 60)
    while round == own {
      if let failure { throw failure }
      guard condition.wait(until: limit) else {
        throw Failure(description: "a rank did not come")
      }
    }
  }

  /// Puts up an offer, looks at everybody's, and leaves when all have done so.
  func exchange(_ rank: Int, _ offer: Offer, _ take: ([Offer]) throws -> Void) throws {
    condition.lock()
    offers[rank] = offer
    condition.unlock()
    try barrier()
    try take(offers)
    try barrier()
  }

  private func fail(_ description: String) {
    condition.lock()
    if failure == nil { failure = Failure(description: description) }
    condition.broadcast()
    condition.unlock()
  }
}

/// What the ranks' threads ended with.
private final class Outcomes<Value: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var outcomes: [Result<Value, any Error>?]

  init(_ size: Int) { outcomes = Array(repeating: nil, count: size) }

  func set(_ outcome: Result<Value, any Error>, _ rank: Int) {
    condition.lock()
    outcomes[rank] = outcome
    condition.signal()
    condition.unlock()
  }

  func wait() -> [Result<Value, any Error>] {
    condition.lock()
    defer { condition.unlock() }
    while outcomes.contains(where: { $0 == nil }) { condition.wait() }
    return outcomes.compactMap(\.self)
  }
}

/// One rank of `RankThreads`.
struct RankThread: Collectives {
  let rank: Int
  let group: RankThreads
  var size: Int { group.size }

  /// An exchange that happened at once or happens in `wait`.
  final class Pending: PendingExchange {
    private var work: (() throws -> Void)?

    init(_ delivery: RankThreads.Delivery, _ work: @escaping () throws -> Void) throws {
      self.work = work
      if delivery == .early { try wait() }
    }

    func wait() throws {
      try work?()
      work = nil
    }

    func test() -> Bool { work == nil }
  }

  func barrier() throws { try group.barrier() }

  func allGather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>
  ) throws { try gather(values, counts, result) }

  func allGather(
    _ values: UnsafeBufferPointer<Double>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Double>
  ) throws { try gather(values, counts, result) }

  func gather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>, to root: Int
  ) throws {
    try require(values.count == counts[rank], "gather: \(values.count) of \(counts)")
    try group.exchange(rank, .init(values: UnsafeRawBufferPointer(values))) { offers in
      guard rank == root else { return }
      try copy(offers.map(\.values), into: result, counts: counts)
    }
  }

  func startAllGather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>
  ) throws -> Pending {
    let own = counts[..<rank].reduce(0, +)
    let places = [0..<own, own + counts[rank]..<result.count]
    for place in places { result[place].update(repeating: .nan) }
    return try Pending(group.delivery) { try gather(values, counts, result) }
  }

  func startAllToAll(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>, counts resultCounts: [Int]
  ) throws -> Pending {
    // Whatever the memory held before is no answer.
    result.update(repeating: .nan)
    return try startExchange(values, counts: counts, into: result, counts: resultCounts)
  }

  func startAllToAll(
    _ values: UnsafeBufferPointer<UInt16>, counts: [Int],
    into result: UnsafeMutableBufferPointer<UInt16>, counts resultCounts: [Int]
  ) throws -> Pending {
    // As bfloat16 this is no number.
    result.update(repeating: .max)
    return try startExchange(values, counts: counts, into: result, counts: resultCounts)
  }

  func startSum(_ values: UnsafeMutableBufferPointer<Float>) throws -> Pending {
    try Pending(group.delivery) {
      let own = Array(values)
      try own.withUnsafeBufferPointer { own in
        try group.exchange(rank, .init(values: UnsafeRawBufferPointer(own))) { offers in
          // From the last rank to the first: not the order of the shard tree.
          values.update(repeating: 0)
          for offer in offers.reversed() {
            for (index, value) in offer.values.bindMemory(to: Float.self).enumerated() {
              values[index] += value
            }
          }
        }
      }
    }
  }

  private func startExchange<T>(
    _ values: UnsafeBufferPointer<T>, counts: [Int], into result: UnsafeMutableBufferPointer<T>,
    counts resultCounts: [Int]
  ) throws -> Pending {
    try require(counts.reduce(0, +) == values.count, "all-to-all: \(counts) of \(values.count)")
    try require(
      resultCounts.reduce(0, +) == result.count, "all-to-all: \(resultCounts) of \(result.count)")
    return try Pending(group.delivery) {
      let offer = RankThreads.Offer(
        values: UnsafeRawBufferPointer(values),
        counts: counts.map { $0 * MemoryLayout<T>.stride })
      try group.exchange(rank, offer) { offers in
        var parts = offers.map { part(of: $0) }
        if resultCounts[rank] == 0 { parts[rank] = UnsafeRawBufferPointer(start: nil, count: 0) }
        try copy(parts, into: result, counts: resultCounts)
      }
    }
  }

  private func gather<T>(
    _ values: UnsafeBufferPointer<T>, _ counts: [Int], _ result: UnsafeMutableBufferPointer<T>
  ) throws {
    try require(values.count == counts[rank], "all-gather: \(values.count) of \(counts)")
    try require(counts.reduce(0, +) == result.count, "all-gather: \(counts) of \(result.count)")
    try group.exchange(rank, .init(values: UnsafeRawBufferPointer(values))) { offers in
      try copy(offers.map(\.values), into: result, counts: counts)
    }
  }

  /// The bytes that another rank's offer has for this one.
  private func part(of offer: RankThreads.Offer) -> UnsafeRawBufferPointer {
    let start = offer.counts[..<rank].reduce(0, +)
    return UnsafeRawBufferPointer(rebasing: offer.values[start..<start + offer.counts[rank]])
  }

  private func copy<T>(
    _ parts: [UnsafeRawBufferPointer], into result: UnsafeMutableBufferPointer<T>, counts: [Int]
  ) throws {
    var place = UnsafeMutableRawBufferPointer(result)[...]
    for (part, count) in zip(parts, counts) {
      try require(part.count == count * MemoryLayout<T>.stride, "\(part.count) bytes for \(count)")
      let target = UnsafeMutableRawBufferPointer(rebasing: place.prefix(part.count))
      place = place.dropFirst(part.count)
      // A rank's own part may be in its place already.
      if target.baseAddress != part.baseAddress.map(UnsafeMutableRawPointer.init(mutating:)) {
        target.copyMemory(from: part)
      }
    }
  }

  private func require(_ holds: Bool, _ problem: String) throws {
    guard holds else { throw RankThreads.Failure(description: "rank \(rank): \(problem)") }
  }
}
