import Encoders
import Objectives
import Tensors
import Testing

@testable import Distribution
@testable import Training

/// Two encoders in one model: places, starts, and a gradient clipped network by network.
@Suite struct SecondEncoderTests {
  private func model(trains: Bool = true) throws -> TacoModel {
    var settings = TrainingSettings(.paper)
    settings.objectiveName = try #require(ObjectiveName(rawValue: "lcl"))
    return TacoModel(
      .nano(vocabularySize: 50), pooling: .first, objective: settings.objective(labelCount: 5),
      seed: 3, trains: trains)
  }

  @Test func bothStartAlikeAndATrainedModelHasOne() throws {
    let both = try model()
    #expect(both.encoders.count == 2)
    var twins = 0
    for entry in both.layout.entries where both.isFirstEncoder(entry) {
      let twin = try #require(both.layout.entry(named: "weighting.\(entry.name)"))
      #expect(both.parameters[twin.range].array == both.parameters[entry.range].array)
      #expect(both.network(of: entry) == 0 && both.network(of: twin) == 1)
      twins += 1
    }
    let head = try #require(both.layout.entry(named: "objective.weighting.dense.weight"))
    let own = try #require(both.layout.entry(named: "objective.classifier.dense.weight"))
    #expect(both.network(of: head) == 1 && both.network(of: own) == 0)
    let trained = try model(trains: false)
    #expect(trained.encoders.count == 1)
    #expect(trained.layout.entries.map(\.name) == both.keptEntries.map(\.name))
    #expect(trained.layout.entries.count { trained.isEncoder($0) } == twins)
    for (entry, kept) in zip(trained.layout.entries, both.keptEntries) {
      trained.parameters[entry.range].copy(from: both.parameters[kept.range].array)
    }
    #expect(trained.keptDigest == both.keptDigest)
  }

  /// A step's rows: all of the first encoder, then those that the second one's towers ask for.
  @Test func rowsFollowTheTowers() throws {
    struct Towers: Objective {
      let towers = [
        Tower(encodingsOf: .utterances), Tower(encodingsOf: .labels),
        Tower(encodingsOf: .views, encoder: "second"),
        Tower(encodingsOf: .labels, encoder: "third"),
      ]
      func evaluate(
        _ batch: ObjectiveBatch, _ workers: some TileWorkers
      ) throws -> ObjectiveResult { throw ObjectiveError("not evaluated") }
      func scores(
        _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
      ) -> DoubleMatrix { utterances }
    }
    let batch = StepBatch(
      utterances: [[1], [2]], targets: [0, 1], views: [[3], [4]], labels: [[5], [6], [7]])
    let rows = StepRows(batch, Towers())
    #expect(rows.sequences.map { $0[0] } == [1, 2, 3, 4, 5, 6, 7, 3, 4, 5, 6, 7])
    #expect(rows.encoders == [0..<7, 7..<9, 9..<12])
    #expect(Towers().towers.map(rows.rows(of:)) == [0..<2, 4..<7, 7..<9, 9..<12])
    #expect([0, 6, 7, 8, 9, 11].map(rows.encoder(of:)) == [0, 0, 1, 1, 2, 2])
    let touched = TouchedRows(rows, tableRows: 10, ranks: 1)
    #expect(touched.rows == [1, 2, 3, 4, 5, 6, 7, 13, 14, 25, 26, 27])
  }

  /// Each network's gradient is scaled by its own norm, as two calls of `clip_grad_norm_` do.
  @Test(arguments: [0.1, 0.6])
  func theGradientIsClippedNetworkByNetwork(_ share: Double) throws {
    let fixture = try CurveFixture("lcl")
    func training(_ clip: Double?) throws -> (TrainingStep<SingleRank>, SummedGradients) {
      var rule = fixture.settings.adamW
      rule.gradientClip = clip
      let training = TrainingStep(
        try fixture.model(), optimizer: rule, seed: 0, shards: 4, usesDropout: false,
        resources: Resources(threads: 1), ranks: SingleRank())
      return (training, try training.computeGradients(fixture.batch, step: 0))
    }
    func tensors(
      _ pair: (training: TrainingStep<SingleRank>, gradients: SummedGradients)
    ) throws -> [(network: Int, values: [Float])] {
      var all: [(Int, [Float])] = []
      try pair.training.forEachGradient(pair.gradients) {
        all.append((pair.training.model.network(of: $0.entry), $0.values))
      }
      return all
    }
    func norms(_ tensors: [(network: Int, values: [Float])]) -> [Double] {
      (0..<2).map { network in
        tensors.filter { $0.network == network }.sumOfSquares.squareRoot()
      }
    }
    let before = try tensors(training(nil))
    let old = norms(before)
    let limit = share * old.max()!
    let pair = try training(limit)
    try pair.0.clip(pair.1)
    let new = norms(try tensors(pair))
    for (old, new) in zip(old, new) {
      #expect(abs(new - min(old, limit)) < 1e-5 * limit, "\(old) to \(new), limit \(limit)")
    }
    #expect(abs(old[0] - old[1]) > 1e-3 * old[0])
  }
}

extension [(network: Int, values: [Float])] {
  /// The sum of all squares.
  fileprivate var sumOfSquares: Double {
    reduce(0) { sum, tensor in
      tensor.values.reduce(sum) { $0 + Double($1) * Double($1) }
    }
  }
}
