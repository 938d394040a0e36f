internal import CProcessor
internal import Foundation
internal import Glibc
internal import Synchronization

/// Threads that share the work inside a shard: the rows or columns of a product, the heads of attention.
///
/// Who computes an element changes, never the order of its sum: any number of members gives the same bits.
/// The caller is member 0; the others wait, for some microseconds awake and then asleep. Not for concurrent
/// use: one team a shard at a time.
public final class Team: @unchecked Sendable {
  /// A team of the caller alone.
  public static let solo = Team(count: 1)

  /// The members, the caller included.
  public private(set) var count = 1
  private let shared: Shared
  private var threads: [pthread_t] = []

  /// A team of so many members.
  public init(count: Int) {
    // Where members wait for a processor, those who are awake keep it from them.
    shared = Shared(patience: count <= ProcessInfo.processInfo.processorCount ? 1000 : 10)
    // Where the system gives no more threads, fewer do the same work.
    while self.count < count, start(self.count) { self.count += 1 }
  }

  deinit {
    guard !threads.isEmpty else { return }
    shared.isEnding = true
    shared.begin(nil, others: 0)
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Calls `body` on all members with their numbers, and returns when all are done.
  public func run(_ body: (Int) -> Void) {
    guard !threads.isEmpty else { return body(0) }
    withoutActuallyEscaping(body) { body in
      shared.begin(body, others: threads.count)
      body(0)
      shared.waitForOthers()
    }
  }

  /// Divides 0 ..< count evenly among the members.
  public func split(_ count: Int, _ body: (Range<Int>) -> Void) {
    guard !threads.isEmpty, count > 1 else { return body(0..<count) }
    let members = self.count
    run { member in
      let range = part(of: count, member, members)
      if !range.isEmpty { body(range) }
    }
  }

  /// Divides rows among the members in chunks of 32, and adds what each chunk sums up to `sums`.
  ///
  /// A chunk is summed from 0, then the chunks' sums are added in their order: a function of the rows alone.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - sums: Receive the sums of all rows.
  ///   - scratch: Memory for the call.
  ///   - body: Goes through a chunk's rows; adds them to its last argument, one vector for each of `sums`.
  func sumRows(
    _ rows: Int, into sums: [Vector], scratch: Arena, _ body: (Range<Int>, [Vector]) -> Void
  ) {
    let height = 32
    let chunks = (rows + height - 1) / height
    let mark = scratch.mark
    defer { scratch.release(to: mark) }
    let parts = sums.map { scratch.matrix(chunks, $0.count) }
    split(chunks) { range in
      for chunk in range {
        let own = parts.map { $0.row(chunk) }
        for part in own { part.fill(0) }
        body(chunk * height..<min((chunk + 1) * height, rows), own)
      }
    }
    for (part, sum) in zip(parts, sums) { kernels.addRows(of: part, to: sum) }
  }

  /// Hands out 0 ..< count one after the other to whoever is free.
  public func share(_ count: Int, _ body: (_ item: Int, _ member: Int) -> Void) {
    let next = Atomic<Int>(0)
    run { member in
      while true {
        let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard item < count else { return }
        body(item, member)
      }
    }
  }

  private func start(_ member: Int) -> Bool {
    let context = Unmanaged.passRetained(Member(number: member, shared: shared))
    var thread: pthread_t = 0
    let failure = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let member = Unmanaged<Member>.fromOpaque(context).takeRetainedValue()
        member.shared.work(as: member.number)
        return nil
      }, context.toOpaque())
    guard failure == 0 else {
      context.release()
      return false
    }
    threads.append(thread)
    return true
  }

  private final class Member {
    let number: Int
    let shared: Shared

    init(number: Int, shared: Shared) { (self.number, self.shared) = (number, shared) }
  }

  /// What the members share.
  private final class Shared: @unchecked Sendable {
    var isEnding = false
    private var body: ((Int) -> Void)?
    private let round = Atomic<Int>(0)
    private let pending = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// How often to look before falling asleep.
    ///
    /// A thousand times are some ten microseconds; the gaps between a layer's kernels are shorter.
    private let patience: Int

    init(patience: Int) {
      self.patience = patience
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(condition, nil)
    }

    deinit {
      pthread_mutex_destroy(mutex)
      pthread_cond_destroy(condition)
      mutex.deallocate()
      condition.deallocate()
    }

    func begin(_ body: ((Int) -> Void)?, others: Int) {
      self.body = body
      pending.store(others, ordering: .relaxed)
      round.wrappingAdd(1, ordering: .sequentiallyConsistent)
      wakeSleepers()
    }

    func waitForOthers() {
      wait { self.pending.load(ordering: .sequentiallyConsistent) == 0 }
      body = nil
    }

    func work(as member: Int) {
      var seen = 0
      while true {
        wait { self.round.load(ordering: .sequentiallyConsistent) != seen }
        seen &+= 1
        if isEnding { return }
        body?(member)
        let left = pending.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue
        if left == 0 { wakeSleepers() }
      }
    }

    private func wait(until isDone: () -> Bool) {
      for _ in 0..<patience {
        if isDone() { return }
        pauseBriefly()
      }
      pthread_mutex_lock(mutex)
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
      while !isDone() { pthread_cond_wait(condition, mutex) }
      sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      pthread_mutex_unlock(mutex)
    }

    private func wakeSleepers() {
      guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
  }
}

/// The part of 0 ..< count that falls to one of several parts: consecutive, as equal as possible.
public func part(of count: Int, _ index: Int, _ parts: Int) -> Range<Int> {
  count * index / parts..<count * (index + 1) / parts
}
