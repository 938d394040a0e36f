internal import Distribution
internal import Tensors

/// The trained parameters of the best evaluation so far; every rank keeps an equal part of them.
final class BestParameters<Ranks: Collectives> {
  private let ranks: Ranks
  private let slices: [Range<Int>]
  /// Taken when there is a best model.
  private lazy var own = Storage(count: slices[ranks.rank].count)

  /// Room for so many parameters.
  init(count: Int, ranks: Ranks) {
    self.ranks = ranks
    slices = GradientReduction.slices(of: count, ranks: ranks.size)
  }

  private var counts: [Int] { slices.map(\.count) }

  /// Takes this rank's part out of all parameters.
  func keep(_ parameters: Vector) {
    own.vector.copy(from: parameters[slices[ranks.rank]])
  }

  /// Brings all parts to every rank; collective.
  func copy(into parameters: Vector) throws {
    try ranks.allGather(
      UnsafeBufferPointer(own.vector.buffer), counts: counts, into: parameters.buffer)
  }

  /// Brings all parts to rank 0, where `parameters` is not nil; collective.
  func gather(into parameters: Vector?) throws {
    try ranks.gather(
      UnsafeBufferPointer(own.vector.buffer), counts: counts,
      into: parameters?.buffer ?? UnsafeMutableBufferPointer(start: nil, count: 0), to: 0)
  }
}
