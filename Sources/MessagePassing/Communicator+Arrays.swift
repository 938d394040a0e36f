// The collectives on arrays, for small things: counts need not be known beforehand.

extension Communicator {
  /// Copies one rank's array to all ranks.
  ///
  /// - Parameters:
  ///   - values: Looked at on `root` only; of any length.
  ///   - root: The rank that has the values.
  /// - Returns: The values of `root`.
  /// - Throws: `MPIError`.
  public func broadcast<T: MPIElement>(_ values: [T], from root: Int = 0) throws -> [T] {
    var count = [Int64(values.count)]
    try count.withUnsafeMutableBufferPointer { try broadcast($0, from: root) }
    var result = rank == root ? values : zeros(Int(count[0]))
    try result.withUnsafeMutableBufferPointer { try broadcast($0, from: root) }
    return result
  }

  /// Reduces an array element by element over all ranks.
  ///
  /// - Parameters:
  ///   - values: This rank's values; the same count on all ranks.
  ///   - operation: How values are joined.
  /// - Returns: The reduced values.
  /// - Throws: `MPIError`.
  public func allReduce<T: MPIElement>(
    _ values: [T], _ operation: ReductionOperation
  ) throws -> [T] {
    var values = values
    try values.withUnsafeMutableBufferPointer { try allReduce($0, operation) }
    return values
  }

  /// Reduces one value over all ranks.
  ///
  /// - Parameters:
  ///   - value: This rank's value.
  ///   - operation: How values are joined.
  /// - Returns: The reduced value.
  /// - Throws: `MPIError`.
  public func allReduce<T: MPIElement>(_ value: T, _ operation: ReductionOperation) throws -> T {
    try allReduce([value], operation)[0]
  }

  /// Collects an array of every rank, on all ranks.
  ///
  /// - Parameter values: This rank's values, of any length.
  /// - Returns: The ranks' arrays in rank order.
  /// - Throws: `MPIError`.
  public func allGather<T: MPIElement>(_ values: [T]) throws -> [[T]] {
    let counts = try allCounts(values.count)
    var result: [T] = zeros(counts.reduce(0, +))
    try values.withUnsafeBufferPointer { values in
      try result.withUnsafeMutableBufferPointer {
        try allGather(values, counts: counts, into: $0)
      }
    }
    return parts(of: result, counts)
  }

  /// Collects an array of every rank, on one rank.
  ///
  /// - Parameters:
  ///   - values: This rank's values, of any length.
  ///   - root: The rank that receives.
  /// - Returns: The ranks' arrays in rank order on `root`, elsewhere none.
  /// - Throws: `MPIError`.
  public func gather<T: MPIElement>(_ values: [T], to root: Int = 0) throws -> [[T]] {
    let counts = try allCounts(values.count)
    var result: [T] = zeros(rank == root ? counts.reduce(0, +) : 0)
    try values.withUnsafeBufferPointer { values in
      try result.withUnsafeMutableBufferPointer {
        try gather(values, counts: counts, into: $0, to: root)
      }
    }
    return rank == root ? parts(of: result, counts) : []
  }

  /// Gives every rank an array of its own, and takes theirs.
  ///
  /// - Parameter values: One array for each rank, of any lengths.
  /// - Returns: The arrays that the ranks have for this one, in rank order.
  /// - Throws: `MPIError`.
  public func allToAll<T: MPIElement>(_ values: [[T]]) throws -> [[T]] {
    try require(
      values.count == size, "all-to-all", "\(values.count) arrays were given for \(size) ranks")
    let counts = values.map(\.count)
    let resultCounts = try allGather(counts.map { Int64($0) }).map { Int($0[rank]) }
    var result: [T] = zeros(resultCounts.reduce(0, +))
    try values.flatMap { $0 }.withUnsafeBufferPointer { values in
      try result.withUnsafeMutableBufferPointer {
        try allToAll(values, counts: counts, into: $0, counts: resultCounts)
      }
    }
    return parts(of: result, resultCounts)
  }

  /// Sends an array to one rank, which must call `receive` with its count.
  ///
  /// - Parameters:
  ///   - values: The values.
  ///   - destination: The receiving rank.
  ///   - tag: Tells messages apart, 0 ..< 32767.
  /// - Throws: `MPIError`.
  public func send<T: MPIElement>(_ values: [T], to destination: Int, tag: Int32 = 0) throws {
    try values.withUnsafeBufferPointer { try send($0, to: destination, tag: tag) }
  }

  /// Receives an array of a known length from one rank.
  ///
  /// - Parameters:
  ///   - count: How many values the other rank sends.
  ///   - source: The sending rank.
  ///   - tag: The message's tag, 0 ..< 32767.
  /// - Returns: The values.
  /// - Throws: `MPIError`.
  public func receive<T: MPIElement>(
    count: Int, from source: Int, tag: Int32 = 0
  ) throws -> [T] {
    try require(count >= 0, "MPI_Recv", "\(count) values cannot be received")
    var result: [T] = zeros(count)
    try result.withUnsafeMutableBufferPointer { try receive(into: $0, from: source, tag: tag) }
    return result
  }

  private func allCounts(_ count: Int) throws -> [Int] {
    var counts = [Int64](repeating: 0, count: size)
    counts[rank] = Int64(count)
    return try allReduce(counts, .sum).map { Int($0) }
  }

  private func parts<T>(of values: [T], _ counts: [Int]) -> [[T]] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return Array(values[start..<start + count])
    }
  }

  /// Room for values to come.
  private func zeros<T: MPIElement>(_ count: Int) -> [T] {
    [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
      initialized = count
    }
  }
}
