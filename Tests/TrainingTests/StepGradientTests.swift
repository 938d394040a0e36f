import Encoders
import Objectives
import Tensors
import Testing
import TripleView

@testable import Training

/// The gradients of the whole step, dropout on, against differences of the total loss.
///
/// The forward pass is in single precision, which leaves a loss of about 3 uncertain by some 1e-7 and its
/// slope over 0.002 by some 5e-5 (seen at five step sizes). Hence an absolute 2e-4, beside 0.2 % of the
/// slope along a tensor's whole gradient and 0.5 % of its largest entry for single ones.
@Suite struct StepGradientTests {
  static let setups = [
    SmallStep(), SmallStep(recipe: .reference),
    SmallStep(family: .roberta, pooling: .mean, recipe: .reference),
    SmallStep(family: .electra), SmallStep(family: .mpnet, pooling: .mean),
    SmallStep(family: .llama, pooling: .mean), SmallStep(family: .llama, pooling: .last),
    SmallStep(family: .llama, pooling: .mean, adapter: .attention),
    SmallStep(adapter: .everything),
    SmallStep(family: .electra, pooling: .mean, adapter: .everything),
  ]

  @Test(arguments: setups)
  func gradientsAreSlopes(_ setup: SmallStep) throws {
    let batch = randomBatch(6, labels: 4, targets: [0, 1, 0, 1, 2, 0])
    try expectSlopes(setup, batch, clusters: [0, 1, 1, 0, 1, 1])
  }

  @Test(arguments: [Recipe.paper, .reference])
  func gradientsOfDegenerateBatchesAreSlopes(_ recipe: Recipe) throws {
    let setup = SmallStep(recipe: recipe)
    // One row; one class; every row its own class.
    try expectSlopes(setup, randomBatch(1, labels: 3), clusters: [0])
    try expectSlopes(
      setup, randomBatch(4, labels: 3, targets: [1, 1, 1, 1]), clusters: [0, 1, 0, 1])
    try expectSlopes(
      setup, randomBatch(3, labels: 3, targets: [2, 0, 1]), clusters: [0, 0, 0])
  }

  /// One label is always right: no gradient, and none that is no number.
  @Test(arguments: [Recipe.paper, .reference])
  func oneLabelLeavesNothingToLearn(_ recipe: Recipe) throws {
    var setup = SmallStep(recipe: recipe)
    setup.usesContrastive = false
    let (report, gradients) = try setup.training().evaluate(randomBatch(2, labels: 1), step: 0)
    #expect(report.objective.loss("ce") == 0)
    #expect(gradients.values.joined().allSatisfy { abs($0) < 1e-12 })
  }

  /// Every tensor's gradient is within 5 % of the exact one.
  ///
  /// A factor is off by 0.2 % at most; gradients of queries are small differences of large terms.
  @Test(.enabled(if: ProductPrecision.bfloat16.isAvailable, "the processor has no AVX512-BF16"))
  func roundedProductsGiveGradientsNearby() throws {
    let batch = randomBatch(11, labels: 6)
    func gradients(_ precision: ProductPrecision) throws -> [String: [Float]] {
      let training = SmallStep(usesDropout: false, precision: precision).training()
      training.clusters = (0..<11).map { $0 % 3 }
      return try training.evaluate(batch, step: 0).1
    }
    let (exact, rounded) = (try gradients(.float32), try gradients(.bfloat16))
    func squares(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) } }
    let whole = exact.values.reduce(0) { $0 + squares($1) }
    for (name, gradient) in exact {
      let found = try #require(rounded[name])
      let error = squares(zip(found, gradient).map { $0 - $1 })
      // A key's bias moves no softmax: its gradient is rounding alone.
      guard squares(gradient) > 1e-6 * whole else { continue }
      let apart = (error / squares(gradient)).squareRoot()
      #expect(apart > 0 && apart < 0.05, "\(name): \(apart)")
    }
  }

  /// Compares tensor by tensor: along its gradient, and at its largest and some other entries.
  private func expectSlopes(_ setup: SmallStep, _ batch: StepBatch, clusters: [Int]) throws {
    let training = setup.training()
    training.clusters = clusters
    let parameters = training.model.parameters
    let start = parameters.array
    let (report, gradients) = try training.evaluate(batch, step: 2)
    // Near the pole of equation 5 the loss bends too much to be followed.
    let weightSum = report.objective.statistic("ldl_weight_sum")
    try #require(abs(weightSum) > 0.3, "choose another batch")
    let largest = gradients.values.joined().reduce(0) { max($0, abs($1)) }
    #expect(largest > 0.01)

    /// The fourth-order central difference when a parameter moves along a direction.
    func slope(_ entry: ParameterLayout.Entry, _ direction: [Float]) throws -> Double {
      let step: Float = 0.001
      let totals = try [-2, -1, 1, 2].map { (steps: Float) in
        for (index, part) in direction.enumerated() {
          parameters[entry.offset + index] = start[entry.offset + index] + steps * step * part
        }
        return try training.computeGradients(batch, step: 2).report.objective.total
      }
      parameters[entry.range].copy(from: Array(start[entry.range]))
      return (8 * (totals[2] - totals[1]) - (totals[3] - totals[0])) / (12 * Double(step))
    }

    for entry in training.model.layout.entries {
      let gradient = gradients[entry.name] ?? []
      try #require(gradient.count == entry.count)
      let peak = gradient.reduce(0) { max($0, abs($1)) }
      // Zero by structure, such as a key's bias: nothing to follow, but all entries must be small.
      guard peak > 1e-5 * largest else { continue }
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let along = try slope(entry, gradient.map { $0 / norm })
      #expect(
        abs(along / Double(norm) - 1) < 0.002 + 2e-4 / Double(norm),
        "\(entry.name): \(along) along a gradient of \(norm)")
      for index in samples(of: gradient) {
        var direction = [Float](repeating: 0, count: entry.count)
        direction[index] = 1
        let found = try slope(entry, direction)
        #expect(
          abs(found - Double(gradient[index])) < 0.005 * Double(peak) + 2e-4,
          "\(entry.name)[\(index)]: \(found), gradient \(gradient[index])")
      }
    }
  }

  /// The two largest entries and two from anywhere.
  private func samples(of gradient: [Float]) -> Set<Int> {
    let order = gradient.indices.sorted { abs(gradient[$0]) > abs(gradient[$1]) }
    return Set(order.prefix(2) + [gradient.count / 3, gradient.count - 1])
  }
}

extension SmallStep: CustomTestStringConvertible {
  var testDescription: String { "\(family), \(pooling), \(recipe)" }
}
