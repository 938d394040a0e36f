import Objectives
import Tensors
import Testing

@testable import TripleView

@Suite struct ViewHealthTests {
  /// A step of four rows and five labels.
  private func step(_ change: (inout Views) -> Void) -> ObjectiveResult {
    var views = Views(anchors: 4, crossEntropy: 3, contrastive: 2, disentangled: 1.5)
    (views.weightSum, views.clusterPurity) = (20, 0.5)
    change(&views)
    let none = DoubleMatrix(rows: 0, columns: 0)
    return ObjectiveResult(
      total: 0, terms: views.terms, statistics: views.statistics, scores: none,
      gradients: .init(zerosFor: ObjectiveBatch(instances: none, labels: none, targets: [])))
  }

  private func warnings(
    _ settings: TripleViewSettings = .paper, _ change: (inout Views) -> Void
  ) -> [String] {
    var health = ViewHealth(settings, labelCount: 5)
    health.add(step(change))
    return health.warnings
  }

  @Test func aHealthyObjectiveIsNotWarnedOf() {
    #expect(warnings { _ in }.isEmpty)
    #expect(ViewHealth(.paper, labelCount: 5).warnings.isEmpty)
    #expect(ViewHealth(.paper, labelCount: 5).summary.isEmpty)
  }

  @Test func aViewThatDoesNothingIsNamed() {
    let idle = warnings { $0.anchorsWithoutPositives = 4 }
    #expect(idle.count == 1 && idle[0].contains("contrastive view does nothing"))
    let pure = warnings { $0.anchorsWithoutNegatives = 4 }
    #expect(pure.count == 1 && pure[0].contains("pushes nothing apart"))
    var without = TripleViewSettings.paper
    without.usesContrastive = false
    #expect(warnings(without) { $0.anchorsWithoutPositives = 4 }.isEmpty)
  }

  @Test func aViewThatDominatesIsNamed() {
    #expect(warnings { $0.contrastive = 100 }.joined().contains("lower --alpha"))
    #expect(warnings { $0.disentangled = 1000 }.joined().contains("lower --beta"))
  }

  @Test func weightsThatCancelAreNamed() {
    for sum in [0.01, -3] {
      let found = warnings { $0.weightSum = sum }
      #expect(found.count == 1 && found[0].contains("equation 5"))
    }
  }

  @Test func theSummaryTellsShares() {
    var health = ViewHealth(.paper, labelCount: 5)
    health.add(
      step {
        ($0.contrastive, $0.disentangled) = (5, 2.5)
        ($0.clusterPurity, $0.anchorsWithoutPositives) = (0.75, 1)
        $0.weightSum = 12.34
      })
    #expect(
      health.summary == [
        "loss: cross-entropy 50 %, contrastive 33 %, disentangled 17 %",
        "views: 25 % of anchors without positives, 0 % without negatives; clusters 75 % pure; "
          + "LDL weight sum 12.3",
      ])
  }
}
