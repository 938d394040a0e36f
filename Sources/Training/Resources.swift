/// What a rank may use of its machine; changes no number.
public struct Resources: Sendable, Equatable {
  /// The threads of the rank.
  public var threads: Int
  /// The bytes that the activations of the rank's shards may take, or nil for no bound.
  public var memoryBudget: Int?
  /// The steps between two comparisons of what the ranks have, or 0 for none.
  public var guardInterval = 100

  /// The resources of one rank.
  public init(threads: Int, memoryBudget: Int? = nil) {
    self.threads = max(1, threads)
    self.memoryBudget = memoryBudget
  }
}
