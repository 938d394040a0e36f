import Tensors
import Testing

@testable import TripleView

@Suite struct ObjectiveHealthTests {
  /// A step of four rows and five labels.
  private func step(_ change: (inout ObjectiveResult) -> Void) throws -> ObjectiveResult {
    var result = try evaluateObjective(
      ObjectiveBatch(
        instances: DoubleMatrix(rows: 4, columns: 2, values: [1, 2, 3, 4, 0, 1, 1, 0]),
        labels: DoubleMatrix(rows: 5, columns: 2, repeating: 1), targets: [0, 1, 0, 4]),
      settings: .paper)
    (result.crossEntropy, result.contrastive, result.disentangled) = (3, 2, 1.5)
    result.statistics.anchorsWithoutPositives = 0
    result.statistics.anchorsWithoutNegatives = 0
    result.statistics.disentangledDenominator = 20
    result.statistics.clusterPurity = 0.5
    change(&result)
    return result
  }

  private func warnings(
    _ settings: ObjectiveSettings = .paper, _ change: (inout ObjectiveResult) -> Void
  ) throws -> [String] {
    var health = ObjectiveHealth(settings, labelCount: 5)
    health.add(try step(change))
    return health.warnings
  }

  @Test func aHealthyObjectiveIsNotWarnedOf() throws {
    #expect(try warnings { _ in }.isEmpty)
    #expect(ObjectiveHealth(.paper, labelCount: 5).warnings.isEmpty)
    #expect(ObjectiveHealth(.paper, labelCount: 5).summary.isEmpty)
  }

  @Test func aViewThatDoesNothingIsNamed() throws {
    let idle = try warnings { $0.statistics.anchorsWithoutPositives = 4 }
    #expect(idle.count == 1 && idle[0].contains("contrastive view does nothing"))
    let pure = try warnings { $0.statistics.anchorsWithoutNegatives = 4 }
    #expect(pure.count == 1 && pure[0].contains("pushes nothing apart"))
    var without = ObjectiveSettings.paper
    without.usesContrastive = false
    #expect(try warnings(without) { $0.statistics.anchorsWithoutPositives = 4 }.isEmpty)
  }

  @Test func aViewThatDominatesIsNamed() throws {
    #expect(try warnings { $0.contrastive = 100 }.joined().contains("lower --alpha"))
    #expect(try warnings { $0.disentangled = 1000 }.joined().contains("lower --beta"))
  }

  @Test func weightsThatCancelAreNamed() throws {
    for sum in [0.01, -3] {
      let found = try warnings { $0.statistics.disentangledDenominator = sum }
      #expect(found.count == 1 && found[0].contains("equation 5"))
    }
  }

  @Test func theSummaryTellsShares() throws {
    var health = ObjectiveHealth(.paper, labelCount: 5)
    health.add(
      try step {
        ($0.contrastive, $0.disentangled) = (5, 2.5)
        ($0.statistics.clusterPurity, $0.statistics.anchorsWithoutPositives) = (0.75, 1)
        $0.statistics.disentangledDenominator = 12.34
      })
    #expect(
      health.summary == [
        "loss: cross-entropy 50 %, contrastive 33 %, disentangled 17 %",
        "views: 25 % of anchors without positives, 0 % without negatives; clusters 75 % pure; "
          + "LDL weight sum 12.3",
      ])
  }
}
