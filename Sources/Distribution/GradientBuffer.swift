package import Tensors

/// The memory in which a stage's gradient is added up and exchanged; another stage's comes after it.
///
/// A rank keeps its slices of the gradients only, as ZeRO's second stage does, and so needs few rooms.
package final class GradientBuffer {
  /// Whose gradient is here.
  weak var user: GradientReduction?
  private var sums: [GrowingStorage] = []
  private var arrived = GrowingStorage()
  private var halves: [(sent: BFloat16Storage, arrived: BFloat16Storage)] = []

  /// Rooms of stages that follow one another: one is computed while two travel.
  package static let count = 3

  /// Memory that grows with what is asked of it.
  package init() {}

  /// Memory for the sum of node number `index` of those that are not yet joined.
  package func sum(_ index: Int, _ count: Int) -> Vector {
    while sums.count <= index { sums.append(GrowingStorage()) }
    return sums[index].vectors([count])[0]
  }

  /// Memory for what arrives.
  func arrivals(_ counts: [Int]) -> [Vector] { arrived.vectors(counts) }

  /// Memory for what is sent and what arrives at half the size, in exchange number `index`.
  func halves(_ index: Int, _ sent: Int, _ arrived: Int) -> (
    sent: UnsafeMutableBufferPointer<UInt16>, arrived: UnsafeMutableBufferPointer<UInt16>
  ) {
    while halves.count <= index {
      halves.append((BFloat16Storage(count: 0), BFloat16Storage(count: 0)))
    }
    func part(_ storage: inout BFloat16Storage, _ count: Int) -> UnsafeMutableBufferPointer<UInt16>
    {
      let has = storage.buffer.count
      if has < count { storage = BFloat16Storage(count: GrowingStorage.size(has, count)) }
      return UnsafeMutableBufferPointer(rebasing: storage.buffer[..<count])
    }
    return (part(&halves[index].sent, sent), part(&halves[index].arrived, arrived))
  }
}

/// Memory that becomes as large as what is asked of it.
package struct GrowingStorage {
  private var storage = Storage(count: 0)

  /// No memory yet.
  package init() {}

  /// Consecutive vectors; those of an earlier call are gone.
  package mutating func vectors(_ counts: [Int]) -> [Vector] {
    let count = counts.reduce(0, +)
    if storage.count < count { storage = Storage(count: Self.size(storage.count, count)) }
    var start = 0
    return counts.map { count in
      defer { start += count }
      return storage.vector[start..<start + count]
    }
  }

  /// The size to take: one that changes from step to step gets some room to grow.
  package static func size(_ old: Int, _ needed: Int) -> Int {
    old == 0 ? needed : needed + needed / 4
  }
}
