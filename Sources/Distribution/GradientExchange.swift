/// How the ranks add up their gradients.
public struct GradientExchange: Sendable, Codable, Equatable {
  /// Who adds.
  public enum Reduction: String, Sendable, Codable, CaseIterable {
    /// Every rank its slice, in the order of the shard tree: the same bits at any number of ranks.
    case ordered
    /// MPI's all-reduce, in an order of its own; every rank keeps the whole optimizer state.
    case allreduce
  }

  /// What is sent.
  public enum Precision: String, Sendable, Codable, CaseIterable {
    /// The gradient as it is.
    case float32
    /// Half the bytes; sums are in float32. The bits then depend on the number of ranks.
    case bfloat16
  }

  /// Who adds.
  public var reduction = Reduction.ordered
  /// What is sent; the all-reduce always sends float32.
  public var precision = Precision.float32

  /// The ordered sum of unrounded gradients.
  public init() {}

  /// Whether a run has the same bits at any number of ranks.
  public var isInvariant: Bool { self == GradientExchange() }
}
