internal import Tensors

/// The order of the training examples in each epoch: a keyed permutation without state, so that any
/// step of any epoch can be had at once.
public struct EpochOrder: Sendable {
  /// The number of examples.
  public let count: Int
  /// The examples of a step.
  public let batchSize: Int
  /// The run's seed.
  public let seed: UInt64

  /// The order of `count` examples in batches; the last batch of an epoch may be smaller.
  public init(count: Int, batchSize: Int, seed: UInt64) {
    self.count = count
    self.batchSize = batchSize
    self.seed = seed
  }

  /// The steps of an epoch.
  public var stepsPerEpoch: Int { (count + batchSize - 1) / batchSize }

  /// The examples of an epoch in their order (Fisher and Yates' shuffle with keyed random numbers).
  public func permutation(ofEpoch epoch: Int) -> [Int] {
    let random = KeyedRandom(seed: seed, purpose: .ordering, step: UInt64(epoch))
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      let other = Int(random.uniform(UInt64(last)) * Double(last + 1))
      order.swapAt(last, other)
    }
    return order
  }

  /// The examples of one step of an epoch, as a slice of its permutation.
  public func batch(_ step: Int, of permutation: [Int]) -> ArraySlice<Int> {
    permutation[step * batchSize..<min((step + 1) * batchSize, count)]
  }
}
