import COpenMPI

// Collectives in which every pair of ranks has counts of its own. They are built from point-to-point
// messages, as Open MPI's own are, because MPI's counts and displacements are Int32 and a rank could
// not decide alone, from its own counts, to take another road.

extension Communicator {
  /// Joins equally long parts of all ranks, on all ranks.
  ///
  /// - Parameters:
  ///   - values: This rank's part, `[n]`; it may be its own place in `result`.
  ///   - result: All parts in rank order, `[size * n]`.
  /// - Throws: `MPIError`.
  public func allGather<T: MPIElement>(
    _ values: UnsafeBufferPointer<T>, into result: UnsafeMutableBufferPointer<T>
  ) throws {
    try allGather(
      values, counts: [Int](repeating: values.count, count: size), into: result)
  }

  /// Joins parts of different lengths of all ranks, on all ranks.
  ///
  /// - Parameters:
  ///   - values: This rank's part, `[counts[rank]]`; it may be its own place in `result`.
  ///   - counts: Every rank's length, the same array on all ranks; zeros are welcome.
  ///   - result: All parts in rank order, as long as the sum of `counts`.
  /// - Throws: `MPIError`.
  public func allGather<T: MPIElement>(
    _ values: UnsafeBufferPointer<T>, counts: [Int], into result: UnsafeMutableBufferPointer<T>
  ) throws {
    guard result.count <= min(chunkLimit, Int(Int32.max)) else {
      return try startAllGather(values, counts: counts, into: result).wait()
    }
    let places = try split(result, by: counts, "MPI_Allgatherv")
    try require(
      values.count == counts[rank], "MPI_Allgatherv",
      "this rank has \(values.count) values where counts say \(counts[rank])")
    let isInPlace = values.baseAddress == UnsafePointer(places[rank].baseAddress)
    var offset: Int32 = 0
    let offsets = counts.map { count in
      defer { offset += Int32(count) }
      return offset
    }
    let code = watchdog.wait("all-gather") {
      MPI_Allgatherv(
        isInPlace ? UnsafeRawPointer(mpiInPlace()) : UnsafeRawPointer(values.baseAddress),
        Int32(values.count), T.datatype.handle, result.baseAddress, counts.map { Int32($0) },
        offsets, T.datatype.handle, group)
    }
    try check(code, "MPI_Allgatherv")
  }

  /// Starts what the varying `allGather` does.
  ///
  /// - Parameters:
  ///   - values: This rank's part; it may be its own place in `result`.
  ///   - counts: Every rank's length, the same array on all ranks.
  ///   - result: All parts in rank order; both buffers are MPI's until the request is done.
  /// - Returns: The request to wait for.
  /// - Throws: `MPIError`.
  public func startAllGather<T: MPIElement>(
    _ values: UnsafeBufferPointer<T>, counts: [Int], into result: UnsafeMutableBufferPointer<T>
  ) throws -> Request {
    let places = try split(result, by: counts, "all-gather")
    try require(
      values.count == counts[rank], "all-gather",
      "this rank has \(values.count) values where counts say \(counts[rank])")
    return try startExchange([UnsafeBufferPointer<T>](repeating: values, count: size), places)
  }

  /// Joins parts of different lengths on one rank.
  ///
  /// - Parameters:
  ///   - values: This rank's part, `[counts[rank]]`.
  ///   - counts: Every rank's length, the same array on all ranks.
  ///   - result: All parts in rank order on `root`; not looked at elsewhere.
  ///   - root: The rank that receives.
  /// - Throws: `MPIError`.
  public func gather<T: MPIElement>(
    _ values: UnsafeBufferPointer<T>, counts: [Int], into result: UnsafeMutableBufferPointer<T>,
    to root: Int = 0
  ) throws {
    _ = try peer(root, "gather")
    try require(
      counts.count == size && values.count == counts[rank], "gather",
      "\(values.count) values on rank \(rank) do not fit the counts \(counts)")
    var parts = [UnsafeBufferPointer<T>](
      repeating: UnsafeBufferPointer(rebasing: values[0..<0]), count: size)
    parts[root] = values
    let places =
      rank == root
      ? try split(result, by: counts, "gather")
      : parts.map { _ in UnsafeMutableBufferPointer(start: nil, count: 0) }
    try startExchange(parts, places).wait()
  }

  /// Gives every rank its own part of this rank's buffer, and takes theirs.
  ///
  /// - Parameters:
  ///   - values: The parts for rank 0, 1, ...; as long as the sum of `counts`.
  ///   - counts: The length of the part for each rank; zeros are welcome.
  ///   - result: The parts from rank 0, 1, ...; must not overlap `values`.
  ///   - resultCounts: The length of the part from each rank: what that rank has in its `counts` for
  ///     this one; zero for this rank itself leaves its part where it is.
  /// - Throws: `MPIError`.
  public func allToAll<T: MPIElement>(
    _ values: UnsafeBufferPointer<T>, counts: [Int],
    into result: UnsafeMutableBufferPointer<T>, counts resultCounts: [Int]
  ) throws {
    try startAllToAll(values, counts: counts, into: result, counts: resultCounts).wait()
  }

  /// Starts what `allToAll` does.
  ///
  /// - Parameters:
  ///   - values: The parts for rank 0, 1, ...
  ///   - counts: The length of the part for each rank.
  ///   - result: The parts from rank 0, 1, ...; both buffers are MPI's until the request is done.
  ///   - resultCounts: The length of the part from each rank; this rank's own may be zero.
  /// - Returns: The request to wait for.
  /// - Throws: `MPIError`.
  public func startAllToAll<T: MPIElement>(
    _ values: UnsafeBufferPointer<T>, counts: [Int],
    into result: UnsafeMutableBufferPointer<T>, counts resultCounts: [Int]
  ) throws -> Request {
    let parts = try split(UnsafeMutableBufferPointer(mutating: values), by: counts, "all-to-all")
    let places = try split(result, by: resultCounts, "all-to-all")
    return try startExchange(
      parts.enumerated().map { target, part in
        let stays = target == rank && places[rank].isEmpty
        return UnsafeBufferPointer(rebasing: part[..<(stays ? part.startIndex : part.endIndex)])
      }, places)
  }

  /// Sends `parts[r]` to each rank r and fills `places[r]` with what r sends here.
  ///
  /// Exchanges in flight cannot be confused: messages of one pair of ranks arrive in the order they
  /// were sent, and all ranks start exchanges in the same order.
  private func startExchange<T: MPIElement>(
    _ parts: [UnsafeBufferPointer<T>], _ places: [UnsafeMutableBufferPointer<T>]
  ) throws -> Request {
    let own = parts[rank]
    let place = places[rank]
    try require(
      own.count == place.count, "exchange",
      "rank \(rank) sends itself \(own.count) values and expects \(place.count)")
    if let source = own.baseAddress, let target = place.baseAddress, source != UnsafePointer(target)
    {
      target.update(from: source, count: own.count)
    }
    let request = Request(watchdog)
    for distance in 1..<size {
      let source = (rank - distance + size) % size
      for chunk in chunks(of: places[source]) {
        try request.start("MPI_Irecv", source) {
          MPI_Irecv(
            chunk.baseAddress, Int32(chunk.count), T.datatype.handle, Int32(source),
            Self.exchangeTag, group, $0)
        }
      }
    }
    for distance in 1..<size {
      let target = (rank + distance) % size
      for chunk in chunks(of: parts[target]) {
        try request.start("MPI_Isend", target) {
          MPI_Isend(
            chunk.baseAddress, Int32(chunk.count), T.datatype.handle, Int32(target),
            Self.exchangeTag, group, $0)
        }
      }
    }
    return request
  }

  /// Cuts a buffer into the ranks' parts.
  private func split<T>(
    _ buffer: UnsafeMutableBufferPointer<T>, by counts: [Int], _ call: StaticString
  ) throws -> [UnsafeMutableBufferPointer<T>] {
    try require(
      counts.count == size && counts.allSatisfy { $0 >= 0 && $0 <= buffer.count }
        && counts.reduce(0, +) == buffer.count, call,
      "a buffer of \(buffer.count) does not divide into the counts \(counts) of \(size) ranks")
    var start = 0
    return counts.map { count in
      defer { start += count }
      return UnsafeMutableBufferPointer(rebasing: buffer[start..<start + count])
    }
  }
}
