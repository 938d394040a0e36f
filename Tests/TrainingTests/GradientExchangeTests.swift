import Encoders
import Objectives
import Tensors
import Testing
import TripleView

@testable import Distribution
@testable import Training

/// The ways of adding up gradients, and what they send.
@Suite struct GradientExchangeTests {
  private static func train<Ranks: Collectives>(
    _ setup: SmallStep, _ ranks: Ranks
  ) throws -> [Float] {
    let training = setup.training(setup.model(), ranks)
    for step in 0..<4 {
      _ = try training.run(
        randomBatch(9, labels: 5, stream: UInt32(step)), step: step, learningRate: 0.01)
    }
    try training.synchronize()
    return training.model.parameters.array
  }

  /// The rule without epsilon's help would turn rounding into whole steps; so gradients are compared.
  private static func gradient<Ranks: Collectives>(
    _ setup: SmallStep, _ ranks: Ranks
  ) throws -> [Float] {
    let training = setup.training(setup.model(), ranks)
    return try training.evaluate(randomBatch(9, labels: 5), step: 0).1
      .sorted { $0.key < $1.key }.flatMap(\.value)
  }

  @Test(arguments: [2, 3, 8])
  func otherWaysDifferByRoundingOnly(size: Int) throws {
    let expected = try Self.gradient(SmallStep(), SingleRank())
    for (reduction, precision, tolerance) in [
      (.allreduce, .float32, 1e-5), (.ordered, .bfloat16, 1e-2),
    ] as [(GradientExchange.Reduction, GradientExchange.Precision, Float)] {
      var setup = SmallStep()
      (setup.exchange.reduction, setup.exchange.precision) = (reduction, precision)
      let outcomes = try RankThreads.run(size, delivery: .late) { [setup] in
        try Self.gradient(setup, $0)
      }
      #expect(Set(outcomes).count == 1, "every rank has the same")
      #expect(difference(outcomes[0], expected) < tolerance)
      if precision == .bfloat16 { #expect(outcomes[0] != expected) }
      let parameters = try RankThreads.run(size) { [setup] in try Self.train(setup, $0) }
      #expect(Set(parameters).count == 1, "every rank has the same")
    }
  }

  /// Dense gradients: a reduce-scatter and an all-gather, 2 (P - 1) / P of their bytes a rank; of words
  /// the touched rows alone.
  @Test(arguments: [2, 4, 8], GradientExchange.Precision.allCases)
  func aStepSendsWhatItMust(size: Int, precision: GradientExchange.Precision) throws {
    var setup = SmallStep()
    setup.resources.guardInterval = 0
    setup.exchange.precision = precision
    let batch = randomBatch(11, labels: 6)
    let sent = try RankThreads.run(size) { [setup] rank in
      try setup.training(setup.model(), rank).run(batch, step: 0, learningRate: 0.01).bytesSent
    }
    let model = setup.model()
    let blocks = model.stages.map { model.block(of: $0).range.count }
    let touched = Set(batch.sequences.joined()).count
    let words = touched * model.encoder.parameters.tokenEmbeddings.columns
    let chunks = blocks.reduce(0) { $0 + ($1 + 4095) / 4096 }
    let dense = blocks.reduce(0, +)
    let half = precision == .bfloat16 ? 2 : 4
    // All ranks together: each float leaves its P - 1 ranks, each result goes to P - 1 ranks.
    let perPeer =
      (half + 4) * (dense + words) + 4 * 17 * model.outputSize + 8 * (chunks + touched)
    #expect(sent.reduce(0, +) == (size - 1) * perPeer)
  }

  @Test func oneRankSendsNothing() throws {
    let report = try SmallStep().training().run(
      randomBatch(5, labels: 3), step: 0, learningRate: 0.01)
    #expect(report.bytesSent == 0)
  }
}
