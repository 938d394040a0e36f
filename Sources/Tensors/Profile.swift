internal import Glibc
internal import Synchronization

/// What the threads of this process do and when, for a look at where the time goes; off until started.
///
/// One record a process, since kernels have no one to ask whom to report to.
public enum Profile {
  /// What a thread does in a span.
  public enum Kind: String, Sendable, Codable {
    /// A numeric kernel; kernels do not contain one another.
    case kernel
    /// A part of the step; contains kernels.
    case stage
    /// Waiting for other threads or ranks.
    case wait
    /// Values on their way while the rank does other things.
    case transfer
  }

  /// Something that was done.
  public struct Record: Sendable {
    /// What it was.
    public let name: String
    /// Its kind.
    public let kind: Kind
    /// The thread, 0 for the one that started the profile.
    public let thread: Int
    /// Nanoseconds since the start.
    public let start: Int
    /// Nanoseconds.
    public let duration: Int
    /// Floating-point operations, where they were counted.
    public let work: Int
  }

  /// Something that is being done.
  public struct Span: Sendable {
    fileprivate let name: StaticString
    fileprivate let kind: Kind
    fileprivate let work: Int
    fileprivate let start: Int

    /// Ends it; on the thread that began it.
    public func end() {
      guard start >= 0 else { return }
      Profile.append(self, until: Profile.now)
    }
  }

  private struct Entry {
    let span: Span
    let thread: UInt
    let end: Int
  }

  private static let isOn = Atomic<Bool>(false)
  private static let entries = Mutex<[Entry]>([])

  /// Whether spans are noted.
  public static var isRunning: Bool { isOn.load(ordering: .relaxed) }

  /// Begins to note spans, on the thread that becomes number 0.
  public static func start() {
    let first = Span(name: "", kind: .stage, work: 0, start: now)
    entries.withLock { $0 = [Entry(span: first, thread: UInt(pthread_self()), end: now)] }
    isOn.store(true, ordering: .relaxed)
  }

  /// Begins a span; costs a few nanoseconds while the profile is off.
  public static func begin(_ name: StaticString, _ kind: Kind = .kernel, work: Int = 0) -> Span {
    Span(name: name, kind: kind, work: work, start: isRunning ? now : -1)
  }

  /// Ends the profile; returns what was noted since `start`, by the time of its end.
  public static func stop() -> [Record] {
    isOn.store(false, ordering: .relaxed)
    let noted = entries.withLock { entries in
      defer { entries = [] }
      return entries
    }
    guard let origin = noted.first?.span.start else { return [] }
    var threads: [UInt: Int] = [:]
    return noted.enumerated().compactMap { index, entry in
      let thread = threads[entry.thread] ?? threads.count
      threads[entry.thread] = thread
      guard index > 0 else { return nil }
      return Record(
        name: "\(entry.span.name)", kind: entry.span.kind, thread: thread,
        start: entry.span.start - origin, duration: entry.end - entry.span.start,
        work: entry.span.work)
    }
  }

  private static func append(_ span: Span, until end: Int) {
    let entry = Entry(span: span, thread: UInt(pthread_self()), end: end)
    entries.withLock { $0.append(entry) }
  }

  /// Nanoseconds on a clock that only goes forward.
  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}
