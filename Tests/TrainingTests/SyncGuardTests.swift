import Encoders
import Tensors
import Testing

@testable import Distribution
@testable import Training

/// One flipped bit on one rank is found before the next update.
@Suite struct SyncGuardTests {
  /// Where the bit is flipped.
  enum Place: String, CaseIterable {
    case weight, word, firstMoment, secondMoment

    func vector(in training: TrainingStep<RankThread>) throws -> (Vector, String) {
      let layout = training.model.layout
      switch self {
      case .weight:
        let name = "encoder.layer.1.output.dense.weight"
        return (training.model.parameters[try #require(layout.entry(named: name)).range], name)
      case .word:
        return (
          try #require(training.optimizer.table?.ownValues.last), "a row of the token embeddings"
        )
      case .firstMoment, .secondMoment:
        let code = self == .firstMoment ? 0 : 1
        let (index, values) = try #require(
          training.optimizer.state.last { $0.code % 2 == code })
        let name = layout.entries[index / 2].name
        return (values, "the \(code == 0 ? "first" : "second") moment of \(name)")
      }
    }
  }

  @Test(arguments: Place.allCases, GradientExchange.Reduction.allCases)
  func aFlippedBitStopsAllRanks(
    _ place: Place, _ reduction: GradientExchange.Reduction
  ) throws {
    // With the all-reduce token embeddings are like other weights.
    var setup = SmallStep()
    setup.resources.guardInterval = 2
    setup.exchange.reduction = reduction
    let messages = try RankThreads.run(4) { [setup] rank in
      let training = setup.training(setup.model(), rank)
      for step in 0..<2 {
        _ = try training.run(randomBatch(9, labels: 4), step: step, learningRate: 0.01)
      }
      let (values, name) = try place.vector(in: training)
      if rank.rank == 2 { values[1] = Float(bitPattern: values[1].bitPattern ^ 1) }
      let before = updatedHere(training)
      let error = #expect(throws: DesyncError.self) {
        try training.run(randomBatch(9, labels: 4), step: 2, learningRate: 0.01)
      }
      let isUntouched = updatedHere(training) == before
      #expect(isUntouched)
      #expect(error?.rank == 2 && error?.step == 3)
      if rank.rank == 2, place != .word { #expect(error?.name == name) }
      return error?.description ?? ""
    }
    #expect(Set(messages).count == 1)
  }

  /// All weights but the token embeddings, whose copies of other ranks' rows a step renews before it computes.
  private func updatedHere(_ training: TrainingStep<RankThread>) -> [UInt32] {
    let table = training.model.encoder.parameters.tokenEmbeddings
    return training.model.parameters.array.dropFirst(table.offset + table.count)
      .map(\.bitPattern)
  }

  @Test func anotherBatchOnOneRankStopsAllRanks() throws {
    var setup = SmallStep()
    setup.resources.guardInterval = 1
    _ = try RankThreads.run(3) { [setup] rank in
      let training = setup.training(setup.model(), rank)
      var targets = [Int](repeating: 0, count: 5)
      if rank.rank == 1 { targets[4] = 1 }
      let batch = randomBatch(5, labels: 4, targets: targets)
      let error = #expect(throws: DesyncError.self) {
        try training.run(batch, step: 0, learningRate: 0.01)
      }
      #expect(error?.name == "the batch" && error?.rank == 1)
    }
  }

  @Test func anUndisturbedRunPasses() throws {
    var setup = SmallStep()
    setup.resources.guardInterval = 1
    _ = try RankThreads.run(4, delivery: .late) { [setup] rank in
      let training = setup.training(setup.model(), rank)
      for step in 0..<4 {
        _ = try training.run(
          randomBatch(7, labels: 4, stream: UInt32(step)), step: step, learningRate: 0.01)
      }
    }
  }
}
