import Objectives
import Tensors
import TestSupport
import Testing

@testable import LabelAware

/// Values and all gradients against PyTorch's autograd (`scripts/fixtures/label-aware`).
@Suite struct LabelAwareFixtureTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let rows: [[Double]]
    let otherRows: [[Double]]
    let labels: Int
    let temperature: Double
    let weight: Double
    let targets: [Int]
    let parameters: [[Double]]
    let masks: [[Double]]?
    let total: Double
    let ce: Double
    let lcl: Double
    let ceWeighting: Double
    let scores: [Double]
    let gradient: [Double]
    let otherGradient: [Double]
    let gradients: [[Double]]

    var testDescription: String { name }

    var objective: LabelAwareObjective {
      var settings = LabelAwareSettings()
      (settings.temperature, settings.lambda) = (temperature, weight)
      return LabelAwareObjective(settings, labelCount: labels)
    }

    var batch: ObjectiveBatch {
      let halves = [DoubleMatrix(rows), DoubleMatrix(otherRows)].flatMap {
        [$0.rows(0..<targets.count), $0.rows(targets.count..<2 * targets.count)]
      }
      return ObjectiveBatch(
        rows: halves, encodings: halves.map { _ in nil }, parameters: parameters, targets: targets)
    }

    /// The factors of dropout.
    var factors: LabelAwareObjective.Masks {
      guard let masks else { return .init() }
      func mask(_ index: Int) -> DoubleMatrix {
        DoubleMatrix(
          rows: rows.count, columns: masks[index].count / rows.count, values: masks[index])
      }
      return LabelAwareObjective.Masks(
        classifier: .init(hidden: mask(0), scores: mask(1)),
        weighting: .init(input: mask(2), hidden: mask(3)))
    }
  }

  @Test(arguments: try fixture("lcl", as: [Case].self))
  func equalsPyTorch(_ expected: Case) throws {
    let result = try expected.objective.evaluate(expected.batch, expected.factors)
    let values = [
      (result.total, expected.total), (result.loss("ce"), expected.ce),
      (result.loss("lcl"), expected.lcl), (result.loss("ce_weighting"), expected.ceWeighting),
    ]
    for (found, expected) in values {
      #expect(abs(found - expected) <= 1e-11 * max(1, abs(expected)))
    }
    #expect(relativeDifference(result.scores.values, expected.scores) < 1e-12)
    let rows = result.gradients.rows.map(\.values)
    #expect(relativeDifference(rows[0] + rows[1], expected.gradient) < 1e-9)
    #expect(relativeDifference(rows[2] + rows[3], expected.otherGradient) < 1e-9)
    for (index, gradient) in expected.gradients.enumerated() {
      let name = expected.objective.parameters[index].name
      #expect(relativeDifference(result.gradients.parameters[index], gradient) < 1e-9, "\(name)")
    }
  }

  /// Without dropout the classifier alone scores, as in the step.
  @Test(arguments: try fixture("lcl", as: [Case].self).filter { $0.masks == nil })
  func scoresAreThoseOfTheStep(_ expected: Case) {
    let scores = expected.objective.scores(
      expected.batch.rows[0], labels: DoubleMatrix(rows: 0, columns: 0),
      parameters: expected.parameters)
    #expect(relativeDifference(scores.values, expected.scores) < 1e-12)
  }

  struct Contrast: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let targets: [Int]
    let labels: Int
    let rows: [[Double]]
    let scores: [Double]
    let value: Double
    let rowGradient: [Double]
    let scoreGradient: [Double]

    var testDescription: String { name }
  }

  @Test(arguments: try fixture("contrast", as: [Contrast].self))
  func rowsWithoutPositivesAddNothing(_ expected: Contrast) {
    let loss = LabelAwareLoss(
      rows: DoubleMatrix(expected.rows),
      scores: DoubleMatrix(
        rows: expected.targets.count, columns: expected.labels, values: expected.scores),
      targets: expected.targets, temperature: 0.3)
    #expect(abs(loss.value - expected.value) < 1e-12)
    #expect(relativeDifference(loss.rowGradient.values, expected.rowGradient) < 1e-10)
    #expect(relativeDifference(loss.scoreGradient.values, expected.scoreGradient) < 1e-10)
    let empty = expected.targets.count { target in expected.targets.count { $0 == target } == 1 }
    #expect(loss.emptyCount == empty)
  }
}
