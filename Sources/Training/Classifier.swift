public import Distribution
internal import EmotionData
public import Evaluation
internal import Objectives
public import Tensors

/// What a model says of utterances, in their order.
public struct Classification: Sendable {
  /// What the utterances' network gives, `[N, d]`.
  public let embeddings: DoubleMatrix
  /// The score of each label, `[N, E]`.
  public let scores: LabelScores
}

/// A model that tells labels: the one way from sequences to embeddings and scores, spread over ranks and threads.
///
/// Every rank calls the same methods in the same order, and has all results.
public struct Classifier<Ranks: Collectives> {
  private let model: TacoModel
  private let scorer: Scorer<Ranks>
  private let labelEmbeddings: DoubleMatrix
  private let labelCount: Int

  /// A classifier of labels whose embeddings are known.
  ///
  /// - Parameters:
  ///   - model: With its present parameters.
  ///   - labelEmbeddings: What the labels' network gives, `[E, d]`; no rows where labels are not encoded.
  ///   - labelCount: How many labels there are, E.
  ///   - threads: Those of this rank.
  ///   - precision: How products with the encoder's weights are computed.
  ///   - ranks: All ranks.
  public init(
    _ model: TacoModel, labelEmbeddings: DoubleMatrix, labelCount: Int, threads: Int,
    precision: ProductPrecision = .float32, ranks: Ranks
  ) {
    self.model = model
    scorer = Scorer(model, threads: threads, precision: precision, ranks: ranks)
    (self.labelEmbeddings, self.labelCount) = (labelEmbeddings, labelCount)
  }

  /// A classifier of labels that are embedded first; collective.
  ///
  /// - Parameters:
  ///   - model: With its present parameters.
  ///   - labels: The labels' sequences; none where labels are not encoded.
  ///   - labelCount: How many labels there are, E.
  ///   - threads: Those of this rank.
  ///   - ranks: All ranks.
  /// - Throws: What the ranks' exchange throws.
  public init(
    _ model: TacoModel, labels: [[Int32]], labelCount: Int, threads: Int, ranks: Ranks
  ) throws {
    let rows = try Scorer(model, threads: threads, ranks: ranks).embed(labels, .labels)
    self.init(
      model, labelEmbeddings: rows, labelCount: labelCount, threads: threads, ranks: ranks)
  }

  /// Embeds and scores utterances; collective.
  ///
  /// - Parameter utterances: Their sequences, N of them.
  /// - Returns: Embeddings and scores.
  /// - Throws: `NonFiniteScores`, or what the ranks' exchange throws.
  public func classify(_ utterances: [[Int32]]) throws -> Classification {
    let rows = try scorer.embed(utterances, .utterances)
    let values = model.scores(rows, labels: labelEmbeddings).values.map { Float($0) }
    do {
      return Classification(
        embeddings: rows, scores: try LabelScores(values, labelCount: labelCount))
    } catch EvaluationError.nonFiniteScore(let score, let row, let label) {
      throw NonFiniteScores(
        score: score, row: row, label: label, count: values.count { !$0.isFinite },
        total: values.count)
    }
  }
}

/// Scores that are not finite, of weights that are not, or that are too large.
public struct NonFiniteScores: Error, Sendable {
  /// The first of them.
  public let score: Float
  /// Its utterance, from 0.
  public let row: Int
  /// Its label's id.
  public let label: Int
  /// How many there are.
  public let count: Int
  /// Of how many scores.
  public let total: Int
}
