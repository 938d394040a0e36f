public import Objectives
public import Settings
public import Tensors

/// The paper's plain baseline: a network that ends in the scores, and cross-entropy; labels are not encoded.
public struct LinearObjective: Objective {
  /// The utterances alone.
  public let towers: [Tower]

  /// The objective for a number of labels.
  public init(labelCount: Int) {
    towers = [Tower(.utterances, head: "linear", outputSize: labelCount, givesScores: true)]
  }

  /// The mean cross-entropy.
  public func evaluate(
    _ batch: ObjectiveBatch, _ workers: some TileWorkers
  ) throws -> ObjectiveResult {
    let scores = batch.rows[0]
    try batch.validate(labelCount: scores.columns)
    let loss = CrossEntropy(scores: scores, targets: batch.targets)
    var gradients = ObjectiveResult.Gradients(zerosFor: batch)
    gradients.rows[0] = loss.gradient
    let term = LossTerm("ce", title: "cross-entropy", value: loss.value, weight: 1)
    return ObjectiveResult(
      total: loss.value, terms: [term], scores: scores, gradients: gradients)
  }

  /// What the network gives.
  public func scores(
    _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
  ) -> DoubleMatrix {
    utterances
  }
}

/// The plain baseline has nothing to choose.
public struct LinearSettings: ObjectiveSettings {
  /// The objective's name.
  public static let name = "linear"
  /// What it is.
  public static let summary =
    "its plain baseline: a head that ends in the scores, cross-entropy, no label tower"
  /// What tables call it.
  public static let title = "linear"
  /// None.
  public static let settings: [AnySetting<Self>] = []
  /// What people call the loss.
  public static let titles = ["ce": "cross-entropy"]

  /// The same for every recipe.
  public init(_ recipe: Recipe) {}

  /// The objective for a number of labels.
  public func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective {
    LinearObjective(labelCount: labelCount)
  }
}
