import Objectives
import Settings
import Tensors

/// An objective that no module knows, as a guide to adding one: the squared hinge loss of every wrong label.
///
/// `mean over rows u and labels e != y of max(0, margin + scale (s_ue - s_uy))^2`; the scale is learned.
struct MarginObjective: Objective {
  private let margin: Double
  let towers: [Tower]
  let parameters = [OwnParameter("scale", shape: [1], start: 1)]

  init(margin: Double, labelCount: Int) {
    self.margin = margin
    towers = [Tower(.utterances, head: "margin", outputSize: labelCount, givesScores: true)]
  }

  func evaluate(
    _ batch: ObjectiveBatch, _ workers: some TileWorkers
  ) throws -> ObjectiveResult {
    let (scores, scale) = (batch.rows[0], batch.parameters[0][0])
    try batch.validate(labelCount: scores.columns)
    var gradients = ObjectiveResult.Gradients(zerosFor: batch)
    let share = 1 / Double(scores.rows * scores.columns)
    var (loss, inside) = (0.0, 0)
    for (row, target) in batch.targets.enumerated() {
      for label in 0..<scores.columns where label != target {
        let distance = scores[row, label] - scores[row, target]
        let excess = margin + scale * distance
        guard excess > 0 else { continue }
        inside += 1
        loss += excess * excess * share
        gradients.rows[0][row, label] += 2 * excess * scale * share
        gradients.rows[0][row, target] -= 2 * excess * scale * share
        gradients.parameters[0][0] += 2 * excess * distance * share
      }
    }
    return ObjectiveResult(
      total: loss,
      terms: [LossTerm("hinge", title: "squared hinge", value: loss, weight: 1)],
      statistics: [
        Statistic("inside", title: "pairs inside the margin", count: inside),
        Statistic("scale", title: "learned scale", value: scale),
      ], scores: scores, gradients: gradients)
  }

  func scores(
    _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
  ) -> DoubleMatrix {
    var scores = utterances
    for index in scores.values.indices { scores.values[index] *= parameters[0][0] }
    return scores
  }
}

/// What can be chosen: the option, the YAML key, the help and the check follow from it.
struct MarginSettings: ObjectiveSettings {
  var margin = 1.0

  static let name = "margin"
  static let summary = "a toy: the squared hinge loss of every wrong label"
  static let title = "margin"
  static let titles = [
    "hinge": "squared hinge", "inside": "pairs inside the margin", "scale": "learned scale",
  ]
  static let settings = [
    AnySetting(
      Setting(
        "margin", \Self.margin, in: 0...100, "How far the right label is to be ahead.",
        standard: "1"))
  ]

  init(_ recipe: Recipe) {}

  func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective {
    MarginObjective(margin: margin, labelCount: labelCount)
  }
}
