import ObjectiveCatalogue
import Objectives
import Tensors
import Testing

@testable import TripleView

/// Values and all gradients against PyTorch's autograd (`scripts/fixtures/objective`).
@Suite struct ObjectiveFixtureTests {
  struct Fixture: Decodable, Sendable, CustomTestStringConvertible {
    struct Batch: Decodable, Sendable {
      let instances: [[Double]]
      let labels: [[Double]]
      let labelEncodings: [[Double]]
      let targets: [Int]
      let clusters: [Int]
    }

    struct Gradients: Decodable, Sendable {
      let instances: [Double]
      let labels: [Double]
      let labelEncodings: [Double]?
    }

    struct Case: Decodable, Sendable {
      let settings: ObjectiveChoice
      let total: Double
      let crossEntropy: Double
      let contrastive: Double
      let disentangled: Double
      let denominator: Double?
      let gradients: Gradients
    }

    let name: String
    let batch: Batch
    let cases: [Case]

    var testDescription: String { name }
  }

  private func matrix(_ rows: [[Double]]) -> DoubleMatrix {
    DoubleMatrix(
      rows: rows.count, columns: rows.first?.count ?? 0, values: rows.flatMap { $0 })
  }

  @Test(arguments: try fixture("objective", as: [Fixture].self))
  func equalsPyTorch(_ fixture: Fixture) throws {
    let batch = ObjectiveBatch(
      instances: matrix(fixture.batch.instances), labels: matrix(fixture.batch.labels),
      labelEncodings: matrix(fixture.batch.labelEncodings), targets: fixture.batch.targets,
      clusters: fixture.batch.clusters)
    for expected in fixture.cases {
      let result = try expected.settings.objective(labelCount: batch.labels.rows, heads: .separate)
        .evaluate(batch, LocalWorkers())
      let comment = Comment(rawValue: "\(fixture.name): \(expected.settings)")
      let values = [
        (result.total, expected.total), (result.loss("ce"), expected.crossEntropy),
        (result.loss("ccl"), expected.contrastive), (result.loss("ldl"), expected.disentangled),
      ]
      for (found, expected) in values {
        #expect(abs(found - expected) <= 1e-10 * max(1e-3, abs(expected)), comment)
      }
      let denominator = result.statistic("ldl_weight_sum")
      #expect(abs(denominator - (expected.denominator ?? 0)) < 1e-12, comment)

      let (found, wanted) = (result.gradients, expected.gradients)
      #expect(relativeDifference(found.instances.values, wanted.instances) < 1e-10, comment)
      #expect(relativeDifference(found.labels.values, wanted.labels) < 1e-10, comment)
      #expect(
        relativeDifference(found.labelEncodings?.values ?? [], wanted.labelEncodings ?? [])
          < 1e-10, comment)
    }
  }
}
