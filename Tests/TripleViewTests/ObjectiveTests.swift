import Foundation
import Objectives
import Settings
import Tensors
import Testing

@testable import TripleView

/// What the fixtures do not show: clusters found, degenerate numbers, errors.
@Suite struct ObjectiveTests {
  private func batch(_ b: Int = 10, _ e: Int = 4, _ d: Int = 6) -> ObjectiveBatch {
    ObjectiveBatch(
      instances: randomMatrix(b, d, stream: 1), labels: randomMatrix(e, d, stream: 2),
      labelEncodings: randomMatrix(e, 5, stream: 3), targets: randomNumbers(b, below: e, stream: 4))
  }

  private func isFinite(_ result: ObjectiveResult) -> Bool {
    let gradients =
      result.gradients.instances.values + result.gradients.labels.values
      + (result.gradients.labelEncodings?.values ?? [])
    return result.total.isFinite && gradients.allSatisfy(\.isFinite)
  }

  @Test func clustersAreFoundInTheRowsThatTheLossCompares() throws {
    var batch = batch()
    // Two directions at two lengths: the length decides for raw rows, the direction for unit rows.
    for row in 0..<10 {
      for column in 0..<6 {
        let length = row < 5 ? 1.0 : 50.0
        batch.instances[row, column] = column == row % 2 ? length : 0
      }
    }
    batch.targets = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    var settings = TripleViewSettings.reference
    #expect(
      try evaluateTripleView(batch, settings: settings).clusters == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    settings.contrastiveRows = .raw
    #expect(
      try evaluateTripleView(batch, settings: settings).clusters != [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
  }

  @Test func foundClustersGiveTheSameResultAsGivenOnes() throws {
    for settings in [TripleViewSettings.paper, .reference] {
      var batch = batch(24, 5)
      let found = try evaluateTripleView(batch, settings: settings)
      #expect(found.statistic("clusters") == Double(Set(batch.targets).count))
      batch.clusters = found.clusters
      let given = try evaluateTripleView(batch, settings: settings)
      #expect(found.total == given.total)
      #expect(found.gradients.instances == given.gradients.instances)
      let weighted =
        found.loss("ce") + settings.alpha * found.loss("ccl") + settings.beta * found.loss("ldl")
      #expect(abs(found.total - weighted) < 1e-12)
    }
  }

  @Test func elbowChoosesAClusterCount() throws {
    var settings = TripleViewSettings.paper
    settings.clusterCount = .elbow
    let result = try evaluateTripleView(batch(30, 8), settings: settings)
    #expect((1...13).contains(result.statistic("clusters")))
  }

  @Test func viewsThatTakeNoPartAreZero() throws {
    var settings = TripleViewSettings.reference
    settings.usesContrastive = false
    settings.usesDisentangled = false
    let result = try evaluateTripleView(batch(), settings: settings)
    #expect(result.total == result.loss("ce"))
    #expect(result.loss("ccl") == 0 && result.loss("ldl") == 0 && result.clusters.isEmpty)
    #expect(result.gradients.labelEncodings == nil)
  }

  @Test func statisticsCountEmptySets() throws {
    var batch = batch(4, 3)
    batch.targets = [0, 0, 1, 2]
    batch.clusters = [0, 1, 1, 2]
    let found = try evaluateTripleView(batch, settings: .paper)
    #expect(found.statistic("p_empty") == 0.5 && found.statistic("n_empty") == 0.5)
    #expect(found.statistic("clusters") == 3)
  }

  @Test func onePositiveWithoutNegativesIsExactlyZero() throws {
    var batch = batch(2, 3)
    batch.targets = [1, 1]
    batch.clusters = [0, 1]
    #expect(try evaluateTripleView(batch, settings: .reference).loss("ccl") == 0)
    #expect(try evaluateTripleView(batch, settings: .paper).loss("ccl") == 0)
  }

  @Test(arguments: [0, 1e-30, 1e-6, 1e3, 1e15])
  func rowsOfAnySizeGiveFiniteResults(size: Double) throws {
    for settings in TripleViewSettings.everyMix {
      var batch = batch()
      for index in batch.instances.values.indices { batch.instances.values[index] *= size }
      for index in batch.labels.values.indices { batch.labels.values[index] *= size }
      #expect(isFinite(try evaluateTripleView(batch, settings: settings)), "\(settings)")
    }
  }

  @Test func notANumberIsSeenInTheTotal() throws {
    for settings in TripleViewSettings.everyMix {
      var batch = batch()
      batch.instances[3, 2] = .nan
      #expect(try evaluateTripleView(batch, settings: settings).total.isNaN)
    }
  }

  @Test func errorsNameWhatDoesNotFit() throws {
    func message(_ settings: TripleViewSettings = .paper, _ change: (inout ObjectiveBatch) -> Void)
      throws -> String
    {
      var batch = batch()
      change(&batch)
      let error = #expect(throws: ObjectiveError.self) {
        try evaluateTripleView(batch, settings: settings)
      }
      return try #require(error).description
    }
    #expect(try message { $0.targets[2] = 4 }.contains("target 4 of row 2"))
    #expect(try message { $0.targets.removeLast() }.contains("9 targets"))
    #expect(try message { $0.clusters = [0] }.contains("1 clusters"))
    #expect(try message { $0.labels = DoubleMatrix(rows: 4, columns: 2) }.contains("2"))
    #expect(try message { $0.instances = DoubleMatrix(rows: 0, columns: 6) }.contains("empty"))
    #expect(try message(.reference) { $0.labelEncodings = nil }.contains("encodings"))
  }

  @Test func errorsNameTheSettingThatIsOutOfRange() throws {
    func setting(_ change: (inout TripleViewSettings) -> Void) -> String? {
      var settings = TripleViewSettings.paper
      change(&settings)
      let error = #expect(throws: SettingError.self) {
        try evaluateTripleView(batch(), settings: settings)
      }
      return error?.setting
    }
    #expect(setting { $0.temperature = 0 } == "temperature")
    #expect(setting { $0.alpha = -1 } == "alpha")
    #expect(setting { $0.beta = .nan } == "beta")
    #expect(setting { $0.clusterRestarts = 0 } == "restarts")
  }

  @Test func settingsSurviveCoding() throws {
    for settings in TripleViewSettings.everyMix {
      let data = try JSONEncoder().encode(settings)
      #expect(try JSONDecoder().decode(TripleViewSettings.self, from: data) == settings)
    }
  }
}
