import Foundation
import Objectives
import Tensors
import TestSupport
import Testing

@testable import SupervisedAdversarial

/// Values and all gradients against PyTorch's autograd (`scripts/fixtures/adversarial`), and slopes.
@Suite struct SupervisedAdversarialTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let rows: [[Double]]
    let labels: Int
    let weight: Double
    let temperature: Double
    let gamma: Double
    let targets: [Int]
    let parameters: [[Double]]
    let mask: [Double]?
    let total: Double
    let focal: Double
    let scl: Double
    let pairs: Int
    let scores: [Double]
    let gradient: [Double]
    let gradients: [[Double]]

    var testDescription: String { name }

    static var all: [Case] {
      get throws {
        let url = Bundle.module.bundleURL.appending(path: "Fixtures/sacl.json")
        return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
      }
    }

    var objective: SupervisedAdversarialObjective {
      var settings = SupervisedAdversarialSettings()
      (settings.weight, settings.temperature, settings.focusing) = (weight, temperature, gamma)
      settings.perturbedWeight = 3 * weight
      return SupervisedAdversarialObjective(settings, labelCount: labels)
    }

    var batch: ObjectiveBatch {
      ObjectiveBatch(
        rows: [
          DoubleMatrix(rows: rows.count, columns: rows[0].count, values: rows.flatMap { $0 })
        ], encodings: [nil], parameters: parameters, targets: targets)
    }

    /// The factors of dropout, or nil.
    var factors: DoubleMatrix? {
      mask.map { DoubleMatrix(rows: rows.count, columns: rows[0].count, values: $0) }
    }
  }

  @Test(arguments: try Case.all)
  func equalsPyTorch(_ expected: Case) throws {
    let result = try expected.objective.evaluate(expected.batch, mask: expected.factors)
    for (found, expected) in [
      (result.total, expected.total),
      (result.loss(expected.gamma > 0 ? "focal" : "ce"), expected.focal),
      (result.loss("scl"), expected.scl), (result.statistic("pairs"), Double(expected.pairs)),
    ] {
      #expect(abs(found - expected) <= 1e-11 * max(1, abs(expected)))
    }
    #expect(relativeDifference(result.scores.values, expected.scores) < 1e-12)
    #expect(relativeDifference(result.gradients.rows[0].values, expected.gradient) < 1e-9)
    for (index, gradient) in expected.gradients.enumerated() {
      let name = expected.objective.parameters[index].name
      #expect(
        relativeDifference(result.gradients.parameters[index], gradient) < 1e-9, "\(name)")
    }
  }

  @Test(arguments: try Case.all)
  func gradientsAreSlopes(_ example: Case) throws {
    let objective = example.objective
    var batch = example.batch
    let result = try objective.evaluate(batch, mask: example.factors)
    // The focal factors and the ReLU's sides are constants to the gradients.
    batch.detached = result.detached
    for (row, column) in [(0, 0), (example.rows.count - 1, 2)] {
      let values = try [-1.0, 1].map { sign in
        var moved = batch
        moved.rows[0][row, column] += sign * 1e-5
        return try objective.evaluate(moved, mask: example.factors).total
      }
      let slope = (values[1] - values[0]) / 2e-5
      let found = result.gradients.rows[0][row, column]
      #expect(abs(found - slope) <= 1e-5 * max(1, abs(slope)))
    }
  }

  /// In the pass with perturbed parameters the contrastive loss has its other weight, and nothing else differs.
  @Test func theSecondPassHasItsWeight() throws {
    let example = try #require(try Case.all.first)
    var batch = example.batch
    let first = try example.objective.evaluate(batch, mask: example.factors)
    batch.pass = 1
    let second = try example.objective.evaluate(batch, mask: example.factors)
    let count = Double(example.targets.count)
    #expect(abs(second.total - first.total - 2 * example.weight * count * example.scl) < 1e-12)
    #expect(first.loss("scl") == second.loss("scl") && first.loss("ce") == second.loss("ce"))
  }

  @Test func scoresAreThoseWithoutDropout() throws {
    let example = try #require(try Case.all.first { $0.mask == nil })
    let scores = example.objective.scores(
      example.batch.rows[0], labels: DoubleMatrix(rows: 0, columns: 0),
      parameters: example.parameters)
    #expect(relativeDifference(scores.values, example.scores) < 1e-12)
  }

  @Test func aBatchThatDoesNotFitIsRefused() throws {
    let example = try #require(try Case.all.first)
    var batch = example.batch
    batch.targets[0] = example.labels
    #expect(throws: ObjectiveError.self) {
      try example.objective.evaluate(batch, LocalWorkers())
    }
  }
}
