import Objectives
import Tensors
import TestSupport
import Testing

@testable import Hyperbolic

/// Values and all gradients against PyTorch's autograd (`scripts/fixtures/hyperbolic`).
@Suite struct HyperbolicFixtureTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let rows: [[Double]]
    let labels: Int
    let size: Int
    let alpha: Double
    let gamma: Double
    let targets: [Int]
    let parameters: [[Double]]
    let vectors: [Double]
    let masks: [[Double]]?
    let total: Double
    let wce: Double
    let nll: Double
    let pull: Double
    let distances: [Double]
    let scores: [Double]
    let embeddings: [Double]
    let gradient: [Double]
    let gradients: [[Double]]

    var testDescription: String { name }

    var objective: HyperbolicObjective {
      var settings = HyperbolicSettings()
      (settings.alpha, settings.gamma, settings.size) = (alpha, gamma, size)
      return HyperbolicObjective(settings, labelCount: labels)
    }

    var batch: ObjectiveBatch {
      ObjectiveBatch(
        rows: [
          DoubleMatrix(rows: rows.count, columns: rows[0].count, values: rows.flatMap { $0 })
        ], encodings: [nil], parameters: parameters,
        tables: [DoubleMatrix(rows: labels, columns: size, values: vectors)], targets: targets)
    }

    /// The factors of dropout at a place.
    func mask(_ index: Int, rows: Int) -> DoubleMatrix? {
      masks.map {
        DoubleMatrix(rows: rows, columns: $0[index].count / rows, values: $0[index])
      }
    }
  }

  @Test(arguments: try fixture("hypemo", as: [Case].self))
  func equalsPyTorch(_ expected: Case) throws {
    let masks = expected.masks.map { _ in
      HyperbolicObjective.Masks(
        dense: expected.mask(0, rows: expected.rows.count),
        hidden: expected.mask(1, rows: expected.rows.count),
        connect: expected.mask(2, rows: expected.size),
        decoder: expected.mask(3, rows: expected.rows.count))
    }
    let result = try expected.objective.evaluate(expected.batch, masks ?? .init())
    let values = [
      (result.total, expected.total), (result.loss("wce"), expected.wce),
      (result.loss("nll"), expected.nll), (result.loss("pull"), expected.pull),
    ]
    for (found, expected) in values {
      #expect(abs(found - expected) <= 1e-11 * max(1, abs(expected)))
    }
    #expect(
      relativeDifference(Array(result.detached.prefix(expected.rows.count)), expected.distances)
        < 1e-10)
    #expect(relativeDifference(result.scores.values, expected.scores) < 1e-12)
    #expect(relativeDifference(result.gradients.rows[0].values, expected.gradient) < 1e-10)
    for (index, gradient) in expected.gradients.enumerated() {
      let name = expected.objective.parameters[index].name
      let found = result.gradients.parameters[index]
      // A float of the reference with nothing but noise in it has no digits to compare.
      #expect(relativeDifference(found, gradient) < 1e-9, "\(name)")
    }
  }

  /// Without dropout the network alone scores, as in the step.
  @Test(arguments: try fixture("hypemo", as: [Case].self).filter { $0.masks == nil })
  func scoresAreThoseOfTheStep(_ expected: Case) {
    let scores = expected.objective.scores(
      expected.batch.rows[0], labels: DoubleMatrix(rows: 0, columns: 0),
      parameters: expected.parameters)
    #expect(relativeDifference(scores.values, expected.scores) < 1e-12)
  }
}
