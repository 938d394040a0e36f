import ElementaryFunctions
import Objectives
import Settings
import Tensors
import Testing

@testable import LabelAware

/// What must hold whatever the numbers are.
@Suite struct LabelAwareLossTests {
  /// The supervised contrastive loss of unit rows (Khosla and others 2020), in plain loops.
  private func supervised(_ rows: DoubleMatrix, _ targets: [Int], _ temperature: Double) -> Double {
    let units = UnitRows(rows, epsilon: 1e-12).rows
    let similarities = units.timesTranspose(of: units, scale: 1 / temperature)
    var sum = 0.0
    for row in targets.indices {
      let others = targets.indices.filter { $0 != row }
      let positives = others.filter { targets[$0] == targets[row] }
      guard !positives.isEmpty else { continue }
      let norm = logSumExp(others.map { similarities[row, $0] })
      sum += positives.reduce(0) { $0 + norm - similarities[row, $1] } / Double(positives.count)
    }
    return sum / Double(targets.count)
  }

  /// Of equal weights comes the supervised loss, less the logarithm of the labels' number, divided by that number.
  @Test(arguments: [2, 3, 7])
  func equalWeightsGiveTheSupervisedLoss(_ labels: Int) {
    let targets = [0, 1, 0, 1, 1, 0]
    let rows = randomMatrix(6, 5, stream: 1)
    let loss = LabelAwareLoss(
      rows: rows, scores: DoubleMatrix(rows: 6, columns: labels, repeating: 0.7),
      targets: targets, temperature: 0.3)
    let expected =
      (supervised(rows, targets, 0.3) - Elementary.log(Double(labels))) / Double(labels)
    #expect(abs(loss.value - expected) < 1e-13)
    #expect(abs(loss.meanWeight - 1 / Double(labels)) < 1e-15)
  }

  /// A row without length has no direction: it takes part as 0 and gets no gradient.
  @Test func aZeroRowIsFinite() {
    var rows = randomMatrix(4, 5, stream: 2)
    for index in rows.range(ofRow: 1) { rows.values[index] = 0 }
    let loss = LabelAwareLoss(
      rows: rows, scores: randomMatrix(4, 3, stream: 3), targets: [0, 0, 1, 1], temperature: 0.3)
    #expect(loss.value.isFinite)
    #expect(loss.rowGradient.row(1).allSatisfy { $0 == 0 })
    #expect(loss.rowGradient.values.allSatisfy { $0.isFinite })
  }

  /// Weights that are 0 in double precision, and a temperature at its least.
  @Test func extremeScoresAreFinite() {
    let loss = LabelAwareLoss(
      rows: randomMatrix(4, 5, stream: 4),
      scores: randomMatrix(4, 3, stream: 5, bound: 1e4), targets: [0, 0, 1, 1], temperature: 1e-3)
    #expect(loss.value.isFinite)
    #expect((loss.rowGradient.values + loss.scoreGradient.values).allSatisfy { $0.isFinite })
  }

  /// Dropout is keyed by row and place: a step has the same factors each time, another step others.
  @Test func dropoutIsAFunctionOfTheStep() throws {
    let objective = LabelAwareObjective(LabelAwareSettings(), labelCount: 4)
    var batch = ObjectiveBatch(
      rows: (0..<4).map { randomMatrix(3, 6, stream: $0 + 10) }, encodings: [nil, nil, nil, nil],
      parameters: (0..<2).flatMap { head in
        [36, 6, 24, 4].enumerated().map { index, count in
          randomMatrix(1, count, stream: UInt32(20 + 4 * head + index)).values
        }
      }, targets: [0, 3, 3], dropout: OwnDropout(seed: 1, step: 2))
    let first = try objective.evaluate(batch, LocalWorkers())
    #expect(try objective.evaluate(batch, LocalWorkers()).total == first.total)
    batch.dropout = OwnDropout(seed: 1, step: 3)
    #expect(try objective.evaluate(batch, LocalWorkers()).total != first.total)
  }

  @Test func rowsOfOneViewAreRefused() {
    let objective = LabelAwareObjective(LabelAwareSettings(), labelCount: 4)
    let batch = ObjectiveBatch(
      rows: [randomMatrix(2, 3, stream: 1)], encodings: [nil], targets: [0, 1])
    #expect(throws: ObjectiveError.self) { try objective.evaluate(batch, LocalWorkers()) }
  }

  @Test func settingsHaveTheirRanges() {
    for change in [
      { (settings: inout LabelAwareSettings) in settings.lambda = 1.1 },
      { $0.temperature = 0 }, { $0.dropout = 1 },
    ] {
      var settings = LabelAwareSettings()
      change(&settings)
      #expect(throws: SettingError.self) { try settings.validate() }
    }
  }
}
