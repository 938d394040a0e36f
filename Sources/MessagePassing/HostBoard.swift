import COpenMPI

/// What one rank is doing, as the others see it.
struct RankStatus: Equatable {
  /// What the program does, such as `step 12`.
  var activity: String
  /// The operation that it waits in, or nil while it works.
  var operation: String?
  /// How many operations that take all ranks it has begun.
  var arrivals = 0
}

/// A place for every rank of this host to say what it is doing, in memory that they share.
///
/// Each place has one writer, the watchdog's thread of that rank. A reader may see an old status beside a
/// newer count; it looks again at its next tick.
final class HostBoard: @unchecked Sendable {
  /// The ranks of the world that share this board.
  let ranks: [Int]
  private let own: Int
  private let places: [UnsafeMutableRawPointer]
  private var window: OpaquePointer?

  private static let placeSize = 256
  private static let textStart = 24

  /// Makes the board; every rank of a host calls it.
  ///
  /// - Parameters:
  ///   - local: The ranks of this host.
  ///   - worldRanks: Their ranks in the world.
  /// - Throws: `MPIError` where the ranks cannot share memory.
  init(_ local: Communicator, worldRanks: [Int]) throws {
    ranks = worldRanks
    own = local.rank
    var address: UnsafeMutableRawPointer?
    try check(
      MPI_Win_allocate_shared(
        Self.placeSize, 1, mpiInfoNull(), local.group, &address, &window),
      "MPI_Win_allocate_shared")
    address?.initializeMemory(as: UInt8.self, repeating: 0, count: Self.placeSize)
    var places: [UnsafeMutableRawPointer] = []
    for rank in 0..<local.size {
      var size: MPI_Aint = 0
      var unit: Int32 = 0
      var place: UnsafeMutableRawPointer?
      try check(
        MPI_Win_shared_query(window, Int32(rank), &size, &unit, &place), "MPI_Win_shared_query")
      guard let place, size >= Self.placeSize else {
        throw MPIError(call: "MPI_Win_shared_query", code: MPI_ERR_OTHER, text: "no memory")
      }
      places.append(place)
    }
    self.places = places
    try local.barrier()
  }

  /// Gives the memory back; every rank of the host calls it, and nobody uses the board afterwards.
  func free() throws {
    try check(MPI_Win_free(&window), "MPI_Win_free")
  }

  /// Says what this rank is doing.
  ///
  /// - Parameters:
  ///   - status: What it does.
  ///   - ticks: The count of its watchdog's clock.
  func publish(_ status: RankStatus, ticks: Int) {
    let place = places[own]
    let text = Array("\(status.activity)\n\(status.operation ?? "")".utf8)
      .prefix(Self.placeSize - Self.textStart - 1)
    place.storeBytes(of: Int64(status.arrivals), toByteOffset: 8, as: Int64.self)
    place.storeBytes(of: Int64(text.count), toByteOffset: 16, as: Int64.self)
    for (index, byte) in text.enumerated() {
      place.storeBytes(of: byte, toByteOffset: Self.textStart + index, as: UInt8.self)
    }
    place.storeBytes(of: Int64(ticks), as: Int64.self)
  }

  /// The ticks of a rank's watchdog; they stand still when its process does.
  func ticks(_ index: Int) -> Int { Int(places[index].load(as: Int64.self)) }

  /// What a rank said last.
  func status(_ index: Int) -> RankStatus {
    let place = places[index]
    let length = Int(place.load(fromByteOffset: 16, as: Int64.self))
    let bytes = UnsafeRawBufferPointer(start: place, count: Self.placeSize)
      .dropFirst(Self.textStart).prefix(max(0, length))
    let parts = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    let operation = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
    return RankStatus(
      activity: String(parts.first ?? ""), operation: operation,
      arrivals: Int(place.load(fromByteOffset: 8, as: Int64.self)))
  }
}
