import Objectives
import Tensors
import TestSupport
import Testing

@testable import Hyperbolic

/// Every backward pass against central differences, and the points where norms have no derivative.
@Suite struct HyperbolicGradientTests {
  private static let norms = [0.0, 1e-9, 1e-3, 0.0499, 0.0501, 0.3, 0.7, 0.995]

  private func isFinite(_ values: [Double]) -> Bool { values.allSatisfy(\.isFinite) }

  /// A row of a norm.
  private func row(_ length: Double) -> DoubleMatrix {
    var row = randomMatrix(1, 5, stream: 1)
    let now = norm(row.row(0))
    for index in row.values.indices { row.values[index] *= length / now }
    return row
  }

  @Test(arguments: norms, [RadialMap.exponential, .logarithm, .projection])
  func radialMapsHaveTheirSlopes(length: Double, map: RadialMap) {
    let (rows, gradient) = (row(length), randomMatrix(1, 5, stream: 2))
    let found = map(rows).backward(gradient).values
    let expected = slopes(at: rows) { dot(map($0).values.row(0), gradient.row(0)) }
    #expect(relativeDifference(found, expected) < 1e-6)
  }

  @Test func whatIsBeyondTheBallIsCutOff() {
    let (rows, gradient) = (row(7), randomMatrix(1, 5, stream: 2))
    let cut = RadialMap.projection(rows)
    #expect(abs(norm(cut.values.row(0)) - RadialMap.largestNorm) < 1e-15)
    let expected = slopes(at: rows) {
      dot(RadialMap.projection($0).values.row(0), gradient.row(0))
    }
    #expect(relativeDifference(cut.backward(gradient).values, expected) < 1e-8)
    // On the border and beyond it the logarithm is that of a point just inside.
    for length in [1.0, 1.5, 1e6] {
      let mapped = RadialMap.logarithm(row(length))
      #expect(isFinite(mapped.values.values + mapped.backward(gradient).values))
    }
    for length in [40.0, 1e6, 1e30] {
      let mapped = RadialMap.exponential(row(length))
      #expect(norm(mapped.values.row(0)) <= 1 + 1e-15)
      #expect(isFinite(mapped.backward(gradient).values))
    }
  }

  @Test func exponentialAndLogarithmAreInverse() {
    for length in Self.norms {
      let back = RadialMap.logarithm(RadialMap.exponential(row(length)).values)
      #expect(relativeDifference(back.values.values, row(length).values) < 1e-12, "\(length)")
    }
  }

  @Test(arguments: [0.0, 0.4, 0.996])
  func mobiusSumsHaveTheirSlopes(length: Double) {
    var rows = randomMatrix(4, 5, stream: 3, bound: 0.4)
    let point = row(length)
    // One row is the centre, one the point's opposite: the sum is the centre.
    for index in rows.range(ofRow: 1) { rows.values[index] = 0 }
    for (column, index) in rows.range(ofRow: 2).enumerated() {
      rows.values[index] = -point.values[column]
    }
    let sum = MobiusSum(rows, point.values)
    #expect(norm(sum.values.row(2)) < 1e-12)
    #expect(relativeDifference(Array(sum.values.row(1)), point.values) < 1e-15)
    let gradient = randomMatrix(4, 5, stream: 4)
    func value(_ rows: DoubleMatrix, _ point: DoubleMatrix) -> Double {
      dot(MobiusSum(rows, point.values).values.values[...], gradient.values[...])
    }
    let found = sum.backward(gradient)
    let step = length > 0.9 ? 1e-6 : 1e-4
    let byRows = slopes(at: rows, step: step) { value($0, point) }
    #expect(relativeDifference(found.rows.values, byRows) < 1e-6)
    let byPoint = slopes(at: point, step: step) { value(rows, $0) }
    #expect(relativeDifference(found.point, byPoint) < 1e-6)
  }

  @Test func distancesAreFiniteAndThoseOfTheFormula() {
    let (u, v) = (row(0.6), randomVectors(1, 5, stream: 5))
    #expect(hyperbolicDistance(u.row(0), u.row(0)) == 0)
    // From the centre the distance is 2 artanh of the norm.
    let far = hyperbolicDistance(row(0).row(0), u.row(0))
    #expect(abs(far - 1.386_294_361_119_890_6) < 1e-14)
    #expect(hyperbolicDistance(u.row(0), v.row(0)) > far)
    for length in [1.0, 1.01] {
      let found = hyperbolicDistance(row(length).row(0), row(-length).row(0))
      #expect(found.isFinite && found > 20)
    }
  }

  /// B, C, E and d, and whether dropout acts; the last are degenerate.
  @Test(arguments: [
    ([6, 5, 4, 3], false), ([5, 7, 3, 6], true), ([1, 4, 3, 2], true), ([3, 4, 1, 3], false),
  ])
  func theObjectiveHasItsSlopes(shape: [Int], drops: Bool) throws {
    var settings = HyperbolicSettings()
    settings.size = shape[3]
    let objective = HyperbolicObjective(settings, labelCount: shape[2])
    var batch = objective.batch(
      rows: randomMatrix(shape[0], shape[1], stream: 20),
      targets: (0..<shape[0]).map { $0 * 7 % shape[2] },
      vectors: randomVectors(shape[2], shape[3], stream: 30),
      dropout: drops ? OwnDropout(seed: 3, step: 5) : nil)
    let result = try objective.evaluate(batch, LocalWorkers())
    // The distances are constants to the gradients.
    batch.detached = result.detached
    let byRows = try slopes(at: batch.rows[0], step: 1e-5) {
      var moved = batch
      moved.rows[0] = $0
      return try objective.evaluate(moved, LocalWorkers()).total
    }
    #expect(relativeDifference(result.gradients.rows[0].values, byRows) < 1e-6)
    for index in batch.parameters.indices {
      let values = batch.parameters[index]
      let byParameter = try slopes(
        at: DoubleMatrix(rows: 1, columns: values.count, values: values), step: 1e-5
      ) {
        var moved = batch
        moved.parameters[index] = $0.values
        return try objective.evaluate(moved, LocalWorkers()).total
      }
      #expect(
        relativeDifference(result.gradients.parameters[index], byParameter) < 1e-6,
        "\(objective.parameters[index].name)")
    }
  }

  @Test func zeroRowsWeightsAndVectorsHaveFiniteNumbers() throws {
    var settings = HyperbolicSettings()
    settings.size = 3
    let objective = HyperbolicObjective(settings, labelCount: 4)
    let zeros = { (count: Int) in [Double](repeating: 0, count: count) }
    var batch = objective.batch(
      rows: DoubleMatrix(rows: 5, columns: 6), targets: [0, 1, 2, 3, 0],
      vectors: DoubleMatrix(rows: 4, columns: 3))
    func check(_ note: Comment) throws {
      let result = try objective.evaluate(batch, LocalWorkers())
      let all =
        [result.total] + result.gradients.rows[0].values + result.gradients.parameters.joined()
      #expect(isFinite(all), note)
    }
    try check("rows and vectors of 0")
    batch.parameters = batch.parameters.map { zeros($0.count) }
    try check("parameters of 0")
    batch.rows[0] = randomMatrix(5, 6, stream: 2, bound: 1e20)
    try check("large rows, parameters of 0")
    batch.parameters = batch.parameters.map { values in values.map { _ in 1e10 } }
    batch.tables[0] = randomVectors(4, 3, stream: 8)
    try check("large rows and parameters")
  }

  @Test func aBatchThatDoesNotFitIsRefused() {
    let objective = HyperbolicObjective(HyperbolicSettings(), labelCount: 4)
    let batch = objective.batch(
      rows: randomMatrix(2, 6, stream: 2), targets: [0, 4],
      vectors: DoubleMatrix(rows: 4, columns: 100))
    #expect(throws: ObjectiveError.self) { try objective.evaluate(batch, LocalWorkers()) }
  }

  /// The inner products are a sum over the batch, whatever its size: twice the rows, twice the pull.
  @Test func thePullIsASumAndTheRestMeans() throws {
    let objective = HyperbolicObjective(HyperbolicSettings(), labelCount: 4)
    let rows = randomMatrix(3, 6, stream: 2)
    let vectors = randomVectors(4, 100, stream: 3)
    let once = try objective.evaluate(
      objective.batch(rows: rows, targets: [0, 1, 2], vectors: vectors), LocalWorkers())
    let twice = try objective.evaluate(
      objective.batch(
        rows: DoubleMatrix(rows: 6, columns: 6, values: rows.values + rows.values),
        targets: [0, 1, 2, 0, 1, 2], vectors: vectors), LocalWorkers())
    #expect(abs(twice.loss("pull") - 2 * once.loss("pull")) < 1e-12)
    #expect(abs(twice.loss("wce") - once.loss("wce")) < 1e-12)
    #expect(abs(twice.loss("nll") - once.loss("nll")) < 1e-12)
  }
}
