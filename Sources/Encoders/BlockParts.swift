public import Tensors

/// What the layers of an encoder are made of; by default as BERT's are.
public struct BlockParts: Sendable, Hashable {
  /// How hidden states are normalised.
  public enum Norm: Sendable, Hashable {
    /// To mean 0 and variance 1, with scale and shift (Ba and others, 2016).
    case layer
    /// To mean square 1, with a scale (Zhang and Sennrich 2019).
    case rootMeanSquare
  }

  /// Where a part's normalisation stands.
  public enum NormPlace: Sendable, Hashable {
    /// After the residual sum.
    case after
    /// Before the part; the residual sum passes by, and the last layer's is normalised at the end.
    case before
  }

  /// What is between the two products of the feed-forward part.
  public enum FeedForward: Sendable, Hashable {
    /// GELU in its exact form.
    case gelu
    /// SiLU of one product times another one (SwiGLU).
    case gated
  }

  /// The products that have biases.
  public struct Biases: OptionSet, Sendable, Hashable {
    /// The products' bits.
    public let rawValue: Int
    /// A set of products.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Queries, keys and values.
    public static let queryKeyValue = Biases(rawValue: 1)
    /// The attention's output.
    public static let attentionOutput = Biases(rawValue: 2)
    /// Both products of the feed-forward part.
    public static let feedForward = Biases(rawValue: 4)
    /// All of them.
    public static let all: Biases = [.queryKeyValue, .attentionOutput, .feedForward]
  }

  /// The kind of normalisation.
  public var norm = Norm.layer
  /// Where it stands.
  public var normPlace = NormPlace.after
  /// Positions as rotations of queries and keys; nil where a table is added to the token embeddings.
  public var rotary: RotaryPositions?
  /// Whether a token sees none after it.
  public var isCausal = false
  /// The feed-forward part.
  public var feedForward = FeedForward.gelu
  /// The products that have biases.
  public var biases = Biases.all

  /// The parts of BERT's layers.
  public init() {}
}
