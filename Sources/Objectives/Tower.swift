/// Rows of a step that an objective looks at: whose they are, and the network that follows the encoder, if any.
public struct Tower: Sendable, Hashable {
  /// The sequences of a step.
  public enum Rows: String, Sendable, Hashable {
    /// The utterances of the batch, B rows.
    case utterances
    /// The labels, E rows.
    case labels
    /// The pairs of an utterance and a definition, in steps of `Objective.pairs`.
    case pairs
  }

  /// Whose rows they are.
  public let rows: Rows
  /// The name of the network after the encoder; towers that name the same one share its parameters.
  ///
  /// Nil for none: the objective gets the encoder's rows, and owns what follows.
  public let head: String?
  /// The columns of what the network gives; nil without one, for the encoder's.
  public let outputSize: Int?
  /// Whether that is the scores, `[B, E]`, and no embeddings.
  public let givesScores: Bool
  /// Whether the objective wants the encoder's rows too, from before the network.
  public let needsEncodings: Bool

  /// A tower.
  ///
  /// - Parameters:
  ///   - rows: Whose rows they are.
  ///   - head: The name of the network after the encoder.
  ///   - outputSize: The columns of what it gives.
  ///   - givesScores: Whether that is the scores.
  ///   - needsEncodings: Whether the objective wants the encoder's rows too.
  public init(
    _ rows: Rows, head: String, outputSize: Int = Heads.embeddingSize, givesScores: Bool = false,
    needsEncodings: Bool = false
  ) {
    (self.rows, self.head, self.outputSize) = (rows, head, outputSize)
    (self.givesScores, self.needsEncodings) = (givesScores, needsEncodings)
  }

  /// A tower without a network: its rows are the encoder's, `[n, C]`.
  public init(encodingsOf rows: Rows) {
    (self.rows, head, outputSize, givesScores, needsEncodings) = (rows, nil, nil, false, false)
  }
}
