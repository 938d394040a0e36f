/// Rows of a step that an objective looks at: whose they are, the encoder that reads them, and the network that follows
/// it, if any.
public struct Tower: Sendable, Hashable {
  /// The sequences of a step.
  public enum Rows: String, Sendable, Hashable {
    /// The utterances of the batch, B rows.
    case utterances
    /// A second view of each utterance, B rows: another wording where the data has one, else the same text once more
    /// with other dropout.
    case views
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
  /// The name of the encoder that reads the rows, with parameters of its own, which starts as the run's encoder does.
  ///
  /// Nil for the run's encoder, the only one that a trained model has.
  public let encoder: String?

  /// A tower.
  ///
  /// - Parameters:
  ///   - rows: Whose rows they are.
  ///   - head: The name of the network after the encoder.
  ///   - outputSize: The columns of what it gives.
  ///   - givesScores: Whether that is the scores.
  ///   - needsEncodings: Whether the objective wants the encoder's rows too.
  ///   - encoder: The name of the encoder; nil for the run's.
  public init(
    _ rows: Rows, head: String, outputSize: Int = Heads.embeddingSize, givesScores: Bool = false,
    needsEncodings: Bool = false, encoder: String? = nil
  ) {
    (self.rows, self.head, self.outputSize, self.encoder) = (rows, head, outputSize, encoder)
    (self.givesScores, self.needsEncodings) = (givesScores, needsEncodings)
  }

  /// A tower without a network: its rows are the encoder's, `[n, C]`.
  public init(encodingsOf rows: Rows, encoder: String? = nil) {
    (self.rows, head, outputSize, givesScores, needsEncodings) = (rows, nil, nil, false, false)
    self.encoder = encoder
  }
}
