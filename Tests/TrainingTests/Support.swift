import Encoders
import Foundation
import Objectives
import Tensors
import TripleView

@testable import Distribution
@testable import Training

extension AdapterSettings {
  /// Adapters as the paper has them, and a trained row for the last token.
  static let attention = AdapterSettings(
    rank: 2, scale: 1.5, dropout: 0.2, targets: ["q_proj", "k_proj", "v_proj"])
  /// Adapters of all products of an encoder like BERT.
  static let everything = AdapterSettings(
    rank: 3, scale: 0.5, dropout: 0.1, targets: ["query", "value", "dense"])
}

extension EncoderConfiguration {
  /// Gives it the parts of a Llama whose queries share one head of keys.
  mutating func becomeLlama() {
    family = .llama
    typeCount = 0
    keyHeadCount = 1
    hiddenDropout = 0
    parts.norm = .rootMeanSquare
    parts.normPlace = .before
    parts.rotary = RotaryPositions(base: 30)
    parts.isCausal = true
    parts.feedForward = .gated
    parts.biases = []
  }
}

/// A small step: which model, which losses.
struct SmallStep: Sendable {
  var family = EncoderFamily.bert
  var pooling = Pooling.first
  var recipe = Recipe.paper
  var shards = 8
  var resources = Resources(threads: 1)
  var usesDropout = true
  var precision = ProductPrecision.float32
  var exchange = GradientExchange()
  var usesContrastive = true
  var adapter: AdapterSettings?

  private var objective: any Objective {
    var settings = TripleViewSettings(recipe)
    settings.usesContrastive = usesContrastive
    return TripleViewObjective(settings, heads: recipe == .paper ? .separate : .shared)
  }

  /// Sizes that are no multiples of sixteen, so that there is padding between parameters; weights are
  /// large enough for every part to matter.
  private var configuration: EncoderConfiguration {
    var configuration = EncoderConfiguration.nano(vocabularySize: 31)
    configuration.family = family
    configuration.hiddenSize = 12
    configuration.embeddingSize = family == .electra ? 6 : 12
    configuration.headCount = 3
    configuration.keyHeadCount = 3
    configuration.headSize = 4
    configuration.intermediateSize = 20
    configuration.positionCount = 14
    configuration.initializerRange = 0.3
    if family == .roberta || family == .mpnet { configuration.firstPosition = 2 }
    if family == .mpnet {
      configuration.typeCount = 0
      configuration.relativeBuckets = 8
    }
    if family == .llama { configuration.becomeLlama() }
    return configuration
  }

  func model() -> TacoModel {
    let model = TacoModel(
      configuration, pooling: pooling, objective: objective, seed: 5, adapter: adapter,
      addedTokens: family == .llama ? 1 : 0)
    for entry in model.layout.entries where entry.name.hasSuffix("lora_B.weight") {
      // Adapters start with a B of 0, which leaves A without a gradient.
      for index in entry.range {
        model.parameters[index] = Float((index * 37) % 19 - 9) * 0.05
      }
    }
    for name in recipe == .paper ? ["heads.instance", "heads.label"] : ["heads.instance"] {
      shapeHead(name, of: model)
    }
    return model
  }

  /// Moves a head's units away from ReLU's kink, where there is no slope to compare with.
  ///
  /// A third is off, the others are on. What all rows have in common by that is taken away from the
  /// embeddings, which shrink as well: with 128 columns they would saturate the losses.
  private func shapeHead(_ name: String, of model: TacoModel) {
    func values(_ part: String) -> Vector {
      model.parameters[model.layout.entry(named: "\(name).\(part)")?.range ?? 0..<0]
    }
    let (shift, weight, bias) = (values("0.bias"), values("2.weight"), values("2.bias"))
    scale(weight, by: 0.5)
    for unit in 0..<shift.count {
      let offset: Float = unit % 3 == 0 ? -2 : 2
      shift[unit] += offset
      for row in 0..<bias.count { bias[row] -= weight[row * shift.count + unit] * max(0, offset) }
    }
  }

  func training<Ranks: Collectives>(_ model: TacoModel, _ ranks: Ranks) -> TrainingStep<Ranks> {
    TrainingStep(
      model,
      optimizer: AdamW(variant: recipe == .paper ? .torch : .transformers, weightDecay: 0.01),
      seed: 3, shards: shards, usesDropout: usesDropout, precision: precision,
      exchange: exchange, resources: resources, ranks: ranks)
  }

  func training() -> TrainingStep<SingleRank> { training(model(), SingleRank()) }
}

/// A batch of random tokens; utterances have 2 to 12, labels 3 to 10.
func randomBatch(
  _ utterances: Int, labels: Int, stream: UInt32 = 0, targets: [Int]? = nil
) -> StepBatch {
  let random = KeyedRandom(seed: 8, purpose: .sampling, stream: stream)
  func number(_ index: Int, below bound: Int) -> Int {
    Int(random.uniform(UInt64(index)) * Double(bound))
  }
  func sequence(_ row: Int, _ lengths: ClosedRange<Int>) -> [Int32] {
    let length = lengths.lowerBound + number(row, below: lengths.count)
    return [2] + (1..<length - 1).map { Int32(4 + number(1000 + row * 20 + $0, below: 27)) } + [3]
  }
  return StepBatch(
    utterances: (0..<utterances).map { sequence($0, 2...12) },
    targets: targets ?? (0..<utterances).map { number(500 + $0, below: labels) },
    labels: (utterances..<utterances + labels).map { sequence($0, 3...10) })
}

/// What a step found, in numbers that can be compared by their bits.
struct StepNumbers: Sendable, Equatable {
  let loss: [UInt64]
  let gradients: [String: [UInt32]]

  init(_ report: StepReport, _ gradients: [String: [Float]]) {
    let objective = report.objective
    loss = ([objective.total, report.gradientNorm] + objective.terms.map(\.value)).map(\.bitPattern)
    self.gradients = gradients.mapValues { $0.map(\.bitPattern) }
  }
}

extension TrainingStep {
  /// Losses and all gradients by parameter, words with all their rows; collective.
  func evaluate(_ batch: StepBatch, step: Int) throws -> (StepReport, [String: [Float]]) {
    let found = try computeGradients(batch, step: step)
    var result: [String: [Float]] = [:]
    try forEachGradient(found) { result[$0.entry.name] = $0.dense }
    return (found.report, result)
  }
}

/// The largest difference of two arrays, relative to the largest entry of the second one.
func difference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(.leastNormalMagnitude) { max($0, abs($1)) }
  return zip(found, expected).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1) / scale
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}
