/// An exchange under way; its buffers belong to it until `wait` returns.
public protocol PendingExchange {
  /// Blocks until the exchange is done.
  func wait() throws
  /// Lets it make progress and tells whether it is done.
  func test() throws -> Bool
}

/// What training needs of a group of ranks.
///
/// Every rank calls the same methods in the same order. MPI's communicator is one; `SingleRank` is the group of one, for tests and tools.
public protocol Collectives: Sendable {
  /// What starting an exchange returns.
  associatedtype Pending: PendingExchange
  /// This rank, from 0.
  var rank: Int { get }
  /// The number of ranks.
  var size: Int { get }

  /// Joins parts of different lengths, in rank order, on all ranks.
  func allGather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>
  ) throws
  /// Joins parts of different lengths, in rank order, on all ranks; `values` may be its own place in
  /// `result`.
  func allGather(
    _ values: UnsafeBufferPointer<Double>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Double>
  ) throws
  /// Joins parts of different lengths, in rank order, on one rank; `result` is not looked at elsewhere.
  func gather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>, to root: Int
  ) throws
  /// Starts what `allGather` does; `values` may be its own place in `result`.
  func startAllGather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>
  ) throws -> Pending
  /// Starts to give each rank its part of `values` and to take its part for this rank; when this rank's
  /// own count in `resultCounts` is zero, its part stays where it is.
  func startAllToAll(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>, counts resultCounts: [Int]
  ) throws -> Pending
  /// Starts to give each rank its part of `values` and to take its part for this rank; when this rank's
  /// own count in `resultCounts` is zero, its part stays where it is.
  func startAllToAll(
    _ values: UnsafeBufferPointer<UInt16>, counts: [Int],
    into result: UnsafeMutableBufferPointer<UInt16>, counts resultCounts: [Int]
  ) throws -> Pending
  /// Starts to replace each element by its sum over all ranks, in any order.
  func startSum(_ values: UnsafeMutableBufferPointer<Float>) throws -> Pending
  /// Waits for all ranks.
  func barrier() throws
}

/// The group of one rank.
public struct SingleRank: Collectives, Sendable {
  /// Nothing is ever under way.
  public struct Done: PendingExchange, Sendable {
    /// Returns at once.
    public func wait() {}
    /// True.
    public func test() -> Bool { true }
  }

  /// The only rank.
  public var rank: Int { 0 }
  /// One.
  public var size: Int { 1 }

  /// The group of one rank.
  public init() {}

  /// Copies the values.
  public func allGather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>
  ) { copy(values, result) }

  /// Copies the values.
  public func allGather(
    _ values: UnsafeBufferPointer<Double>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Double>
  ) { copy(values, result) }

  /// Copies the values.
  public func gather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>, to root: Int
  ) { copy(values, result) }

  /// Copies the values.
  public func startAllGather(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>
  ) -> Done {
    copy(values, result)
    return Done()
  }

  /// Copies the values.
  public func startAllToAll(
    _ values: UnsafeBufferPointer<Float>, counts: [Int],
    into result: UnsafeMutableBufferPointer<Float>, counts resultCounts: [Int]
  ) -> Done {
    copy(values, result)
    return Done()
  }

  /// Copies the values.
  public func startAllToAll(
    _ values: UnsafeBufferPointer<UInt16>, counts: [Int],
    into result: UnsafeMutableBufferPointer<UInt16>, counts resultCounts: [Int]
  ) -> Done {
    copy(values, result)
    return Done()
  }

  /// Leaves the values as they are.
  public func startSum(_ values: UnsafeMutableBufferPointer<Float>) -> Done { Done() }

  /// Returns at once.
  public func barrier() {}

  private func copy<T>(_ values: UnsafeBufferPointer<T>, _ result: UnsafeMutableBufferPointer<T>) {
    guard let source = values.baseAddress, let target = result.baseAddress,
      source != UnsafePointer(target)
    else { return }
    target.update(from: source, count: values.count)
  }
}
