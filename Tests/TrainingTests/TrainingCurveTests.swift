import Encoders
import Foundation
import Hyperbolic
import ObjectiveCatalogue
import Objectives
import Safetensors
import SupervisedAdversarial
import Tensors
import Testing
import TripleView

@testable import Distribution
@testable import Training

/// Ten steps of the whole system against PyTorch in double precision (`scripts/fixtures/training-curves`):
/// losses of every step, gradients of the first one, parameters after the last one.
@Suite struct TrainingCurveTests {
  static let names = [
    "paper", "reference", "linear", "without-clustering", "hypemo", "sacl", "adversarial", "lcl",
  ]

  @Test(arguments: names, [1, 8])
  func lossesEqualPyTorch(_ name: String, _ shards: Int) throws {
    let fixture = try CurveFixture(name)
    let training = try fixture.training(shards: shards)
    let schedule = RateSchedule(
      peak: fixture.curve.learningRate, warmUpSteps: 0, totalSteps: fixture.curve.steps.count)
    for (number, step) in fixture.curve.steps.enumerated() {
      training.clusters = step.clusters
      let rate = schedule.rate(at: number)
      #expect(abs(rate - step.lr) < 1e-12)
      let found = try training.run(fixture.batch, step: number, learningRate: rate).objective
      let losses =
        [
          ("ce", step.ce), ("ccl", step.ccl), ("ldl", step.ldl), ("wce", step.wce),
          ("nll", step.nll), ("pull", step.pull), ("focal", step.focal), ("scl", step.scl),
          ("adversarial", step.adversarial),
          ("lcl", step.lcl), ("ce_weighting", step.ceWeighting),
        ].map { name, expected in (found.loss(name), expected) } + [(found.total, step.total)]
      for case (let loss, let expected?) in losses {
        #expect(abs(loss - expected) <= 1e-4 * max(abs(expected), 1e-3), "step \(number + 1)")
      }
    }
    try training.synchronize()
    for entry in training.model.layout.entries where !isWithoutEffect(entry.name) {
      let end = try fixture.expected.floats("parameter.\(entry.name)")
      let start = try fixture.start.floats("parameter.\(entry.name)")
      let found = training.model.parameters[entry.range].array
      // AdamW turns small differences of small gradients into larger ones of the update.
      #expect(
        distance(found, end) <= 2e-3 * max(distance(start, end), 1e-3), "end of \(entry.name)")
    }
  }

  @Test(arguments: names)
  func gradientsEqualPyTorch(_ name: String) throws {
    let fixture = try CurveFixture(name)
    let training = try fixture.training(shards: 4)
    training.clusters = fixture.curve.steps[0].clusters
    let gradients = try training.computeGradients(fixture.batch, step: 0)
    var compared = 0
    try training.forEachGradient(gradients) { gradient in
      let expected = try fixture.expected.floats("gradient.\(gradient.entry.name)")
      try #require(gradient.dense.count == expected.count)
      let largest = isWithoutEffect(gradient.entry.name) ? 1 : expected.map(abs).max() ?? 0
      let worst = zip(gradient.dense, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 1e-4 * max(largest, .leastNormalMagnitude), "\(gradient.entry.name)")
      compared += 1
    }
    #expect(compared == training.model.trainedEntries.count)
  }

  /// Softmax does not see what is the same for all keys: no gradient but rounding, which AdamW enlarges.
  private func isWithoutEffect(_ name: String) -> Bool {
    name.hasSuffix("key.bias") || name.hasSuffix("attn.k.bias")
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }
}

/// A tiny model, a batch and what ten steps of PyTorch make of them.
struct CurveFixture {
  struct Curve: Decodable {
    struct Step: Decodable {
      let total: Double
      let ce: Double?
      let ccl: Double?
      let ldl: Double?
      let wce: Double?
      let nll: Double?
      let pull: Double?
      let lcl: Double?
      let ceWeighting: Double?
      let focal: Double?
      let scl: Double?
      let adversarial: Double?
      let lr: Double
      let clusters: [Int]?
    }

    let recipe: Recipe
    let objective: String
    let without: [String]
    let pooling: String
    let alpha: Double
    let beta: Double
    let gamma: Double?
    let hyperbolicSize: Int?
    let hyperbolicRateEvery: Int?
    let adversarial: Double?
    let temperature: Double?
    let focalGamma: Double?
    let labelCount: Int
    let learningRate: Double
    let weightDecay: Double
    let utterances: [[Int32]]
    let views: [[Int32]]?
    let targets: [Int]
    let labels: [[Int32]]
    let steps: [Step]
  }

  let curve: Curve
  let start: SafetensorsFile
  let expected: SafetensorsFile
  private let configuration: EncoderConfiguration

  init(_ name: String) throws {
    let folder = Bundle.module.bundleURL.appending(path: "Fixtures/curves/\(name)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    curve = try decoder.decode(
      Curve.self, from: Data(contentsOf: folder.appending(path: "curve.json")))
    start = try SafetensorsFile(contentsOf: folder.appending(path: "start.safetensors"))
    expected = try SafetensorsFile(contentsOf: folder.appending(path: "expected.safetensors"))
    configuration = try EncoderConfiguration(contentsOf: folder.appending(path: "config.json"))
  }

  var settings: TrainingSettings {
    var settings = TrainingSettings(curve.recipe)
    if let name = ObjectiveName(rawValue: curve.objective) { settings.objectiveName = name }
    settings.objective.leftOut = curve.without
    if var views = settings.objective.settings as? TripleViewSettings {
      (views.alpha, views.beta) = (curve.alpha, curve.beta)
      settings.objective.settings = views
    }
    if var hyperbolic = settings.objective.settings as? HyperbolicSettings {
      hyperbolic.alpha = curve.alpha
      hyperbolic.gamma = curve.gamma ?? hyperbolic.gamma
      hyperbolic.size = curve.hyperbolicSize ?? hyperbolic.size
      hyperbolic.rateEvery = curve.hyperbolicRateEvery ?? hyperbolic.rateEvery
      settings.objective.settings = hyperbolic
    }
    if var contrastive = settings.objective.settings as? SupervisedAdversarialSettings {
      contrastive.temperature = curve.temperature ?? contrastive.temperature
      contrastive.focusing = curve.focalGamma ?? contrastive.focusing
      settings.objective.settings = contrastive
    }
    settings.perturbation = curve.adversarial
    settings.pooling = curve.pooling == "mean" ? .mean : .first
    settings.weightDecay = curve.weightDecay
    settings.usesDropout = false
    return settings
  }

  var batch: StepBatch {
    StepBatch(
      utterances: curve.utterances, targets: curve.targets, views: curve.views ?? [],
      labels: curve.labels)
  }

  func model() throws -> TacoModel {
    let model = TacoModel(
      configuration, pooling: settings.pooling,
      objective: settings.objective(labelCount: curve.labelCount), seed: 0)
    for entry in model.layout.entries {
      let tensor = try start.tensor("parameter.\(entry.name)")
      try #require(tensor.shape == entry.shape, "\(entry.name)")
      model.parameters[entry.range].copy(from: try tensor.floats())
    }
    return model
  }

  func training(shards: Int) throws -> TrainingStep<SingleRank> {
    TrainingStep(
      try model(), optimizer: settings.adamW, seed: 0,
      shards: shards, usesDropout: false, perturbation: settings.perturbation,
      resources: Resources(threads: 2), ranks: SingleRank())
  }
}

extension SafetensorsFile {
  fileprivate func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }
}
