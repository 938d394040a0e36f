public import Tensors

/// The losses of one batch, their weighted sum and its gradients.
public struct ObjectiveResult: Sendable {
  /// The gradients of the total by what the objective was given.
  public struct Gradients: Sendable {
    /// The gradient by each tower's rows, `[n, outputSize]`.
    public var rows: [DoubleMatrix]

    /// The gradient by each tower's encoder rows, `[n, C]`; nil where they take no part.
    public var encodings: [DoubleMatrix?]

    /// The gradient by the objective's own parameters, in their order.
    public var parameters: [[Double]]

    /// Gradients of 0 by the rows of a batch.
    public init(zerosFor batch: ObjectiveBatch) {
      rows = batch.rows.map { DoubleMatrix(rows: $0.rows, columns: $0.columns) }
      encodings = batch.rows.map { _ in nil }
      parameters = batch.parameters.map { [Double](repeating: 0, count: $0.count) }
    }
  }

  /// The weighted sum of the losses.
  public var total: Double

  /// The parts of the total, in the order of logs.
  public var terms: [LossTerm]

  /// How the objective fares, in the order of logs.
  public var statistics: [Statistic]

  /// The scores of the utterances, `[B, E]`.
  public var scores: DoubleMatrix

  /// The cluster of each utterance; empty when none were needed.
  public var clusters: [Int]

  /// What the gradients take for constant although it depends on the rows, such as weights of rows; empty for
  /// nothing.
  ///
  /// A batch that brings it back has a total whose slopes are the gradients.
  public var detached: [Double] = []

  /// The gradients of the total.
  public var gradients: Gradients

  /// A result.
  public init(
    total: Double, terms: [LossTerm], statistics: [Statistic] = [], scores: DoubleMatrix,
    clusters: [Int] = [], gradients: Gradients
  ) {
    (self.total, self.terms, self.statistics) = (total, terms, statistics)
    (self.scores, self.clusters, self.gradients) = (scores, clusters, gradients)
  }

  /// The value of the loss of this name, unweighted; 0 when the objective has none.
  public func loss(_ name: String) -> Double { terms.first { $0.name == name }?.value ?? 0 }

  /// The value of the statistic of this name; 0 when the objective has none.
  public func statistic(_ name: String) -> Double {
    statistics.first { $0.name == name }?.value ?? 0
  }
}
