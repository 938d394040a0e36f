import Encoders
import Objectives
import Tensors
import Testing
import TripleView

@testable import Distribution
@testable import Training

/// The same bits whoever does the work: ranks, threads, early or late messages.
@Suite struct StepInvarianceTests {
  /// Three steps of training; losses and gradients of each, and the parameters at the end.
  struct Outcome: Sendable, Equatable {
    var steps: [StepNumbers] = []
    var parameters: [UInt32] = []
  }

  static func train<Ranks: Collectives>(_ setup: SmallStep, _ ranks: Ranks) throws -> Outcome {
    let training = setup.training(setup.model(), ranks)
    var outcome = Outcome()
    for step in 0..<3 {
      let batch = randomBatch(step == 2 ? 5 : 11, labels: 6, stream: UInt32(step))
      let (report, gradients) = try training.evaluate(batch, step: step)
      outcome.steps.append(StepNumbers(report, gradients))
      let again = try training.run(batch, step: step, learningRate: 0.01)
      outcome.steps.append(StepNumbers(again, [:]))
    }
    try training.synchronize()
    outcome.parameters = training.model.parameters.array.map(\.bitPattern)
    return outcome
  }

  static let recipes =
    [
      SmallStep(), SmallStep(family: .mpnet, pooling: .mean, recipe: .reference),
      SmallStep(family: .llama, pooling: .mean),
      SmallStep(family: .llama, pooling: .last, adapter: .attention),
      SmallStep(adapter: .everything),
    ]
    + (ProductPrecision.bfloat16.isAvailable ? [SmallStep(precision: .bfloat16)] : [])

  @Test(arguments: recipes, RankThreads.Delivery.allCases)
  func everyNumberOfRanksGivesTheSameBits(
    _ setup: SmallStep, _ delivery: RankThreads.Delivery
  ) throws {
    let expected = try Self.train(setup, SingleRank())
    #expect(expected.steps.count == 6)
    for size in [1, 2, 3, 4, 8] {
      let outcomes = try RankThreads.run(size, delivery: delivery) { try Self.train(setup, $0) }
      for (rank, outcome) in outcomes.enumerated() {
        expectEqual(outcome, expected, "rank \(rank) of \(size)")
      }
    }
  }

  @Test(arguments: recipes)
  func everyNumberOfThreadsGivesTheSameBits(_ setup: SmallStep) throws {
    let expected = try Self.train(setup, SingleRank())
    for threads in [2, 3, 5, 20] {
      var setup = setup
      setup.resources.threads = threads
      expectEqual(try Self.train(setup, SingleRank()), expected, "\(threads) threads")
    }
  }

  /// From one shard at a time to all at once; a shard here takes 10,000 to 23,000 bytes.
  @Test(arguments: recipes, [1, 70_000, 140_000])
  func everyMemoryBudgetGivesTheSameBits(_ setup: SmallStep, _ budget: Int) throws {
    let expected = try Self.train(setup, SingleRank())
    var setup = setup
    setup.resources = Resources(threads: 2, memoryBudget: budget)
    expectEqual(try Self.train(setup, SingleRank()), expected, "one rank")
    let outcomes = try RankThreads.run(3, delivery: .late) { [setup] in try Self.train(setup, $0) }
    for outcome in outcomes { expectEqual(outcome, expected, "3 ranks of 2 threads") }
  }

  /// Beyond 512 utterances the ranks share the objective: five tiles, so that of eight ranks some have none.
  @Test(arguments: recipes)
  func aSharedObjectiveGivesTheSameBits(_ setup: SmallStep) throws {
    let batch = randomBatch(520, labels: 5)
    @Sendable func step(_ ranks: some Collectives, threads: Int) throws -> StepNumbers {
      var setup = setup
      setup.resources.threads = threads
      let (report, gradients) = try setup.training(setup.model(), ranks).evaluate(batch, step: 1)
      return StepNumbers(report, gradients)
    }
    let expected = try step(SingleRank(), threads: 1)
    #expect(try step(SingleRank(), threads: 3) == expected)
    for size in [3, 8] {
      let found = try RankThreads.run(size, delivery: .late) { try step($0, threads: 2) }
      #expect(found.allSatisfy { $0 == expected }, "\(size) ranks")
    }
  }

  @Test func aBudgetDividesTheShardsIntoNodesOfTheTree() {
    func waves(_ shards: Range<Int>, _ budget: Int?) -> [Range<Int>] {
      Waves(shards, bytes: { $0 == 5 ? 40 : 10 }, budget: budget).ranges
    }
    #expect(waves(0..<8, nil) == [0..<8] && waves(0..<8, 110) == [0..<8])
    #expect(waves(0..<8, 50) == [0..<4, 4..<6, 6..<8])
    #expect(waves(0..<8, 20) == [0..<2, 2..<4, 4..<5, 5..<6, 6..<8])
    #expect(waves(2..<5, 20) == [2..<4, 4..<5])
    #expect(waves(0..<8, 0) == (0..<8).map { $0..<$0 + 1 })
  }

  /// Says which number differs first, not all of them.
  private func expectEqual(_ found: Outcome, _ expected: Outcome, _ who: String) {
    for (step, (found, expected)) in zip(found.steps, expected.steps).enumerated() {
      #expect(found.loss == expected.loss, "losses of step \(step / 2), \(who)")
      let names = expected.gradients.keys.filter { found.gradients[$0] != expected.gradients[$0] }
      #expect(names.isEmpty, "gradients of step \(step / 2), \(who)")
    }
    let isSame = found.parameters == expected.parameters
    #expect(isSame, "parameters, \(who)")
  }

  /// Another cut adds in another order: equal but for rounding.
  @Test(arguments: recipes)
  func shardsOnlyChangeRounding(_ setup: SmallStep) throws {
    let batch = randomBatch(11, labels: 6)
    let runs = try [1, 8, 32].map { shards in
      var setup = setup
      setup.shards = shards
      return try setup.training().evaluate(batch, step: 0)
    }
    for run in runs.dropFirst() {
      let (loss, expected) = (run.0.objective.total, runs[0].0.objective.total)
      #expect(abs(loss - expected) < 1e-5 * expected)
      #expect(abs(run.0.gradientNorm / runs[0].0.gradientNorm - 1) < 1e-4)
      let largest = runs[0].1.values.joined().reduce(0) { max($0, abs($1)) }
      for (name, gradient) in runs[0].1 {
        guard gradient.contains(where: { abs($0) > 1e-5 * largest }) else { continue }
        #expect(difference(run.1[name] ?? [], gradient) < 2e-4, "\(name)")
      }
    }
  }

  @Test func emptyShardsAndEmptyRanksAreNoProblem() throws {
    let batch = randomBatch(2, labels: 2)
    let setup = SmallStep(shards: 8)
    let expected = try setup.training().evaluate(batch, step: 0)
    let outcomes = try RankThreads.run(8) { rank in
      let found = try setup.training(setup.model(), rank).evaluate(batch, step: 0)
      return StepNumbers(found.0, found.1)
    }
    for outcome in outcomes { #expect(outcome == StepNumbers(expected.0, expected.1)) }
  }

  @Test func dropoutFollowsSeedAndStepOnly() throws {
    let batch = randomBatch(5, labels: 3)
    func loss(_ setup: SmallStep, step: Int) throws -> Double {
      try setup.training().evaluate(batch, step: step).0.objective.loss("ce")
    }
    let with = SmallStep()
    var without = with
    without.usesDropout = false
    #expect(try loss(with, step: 4) == loss(with, step: 4))
    #expect(try loss(with, step: 4) != loss(with, step: 5))
    #expect(try loss(without, step: 4) == loss(without, step: 5))
    #expect(try loss(without, step: 4) != loss(with, step: 4))
  }

  @Test func warmStepsAllocateNothing() throws {
    let training = SmallStep(resources: Resources(threads: 2)).training()
    let batch = randomBatch(9, labels: 4)
    for step in 0..<3 { _ = try training.run(batch, step: step, learningRate: 0.01) }
    let arenas = training.memories + training.workspaces.map(\.scratch)
    let before = arenas.map(\.allocations)
    for step in 3..<6 { _ = try training.run(batch, step: step, learningRate: 0.01) }
    #expect(arenas.map(\.allocations) == before)
  }

  /// What a step keeps for its backward pass is what budgets are divided by, and no more.
  @Test(arguments: [0, 1, 2]) func activationsTakeTheCountedMemory(frozenLayers: Int) throws {
    let model = TacoModel(
      .nano(vocabularySize: 31), pooling: .mean,
      objective: TripleViewObjective(.paper, heads: .separate), seed: 5,
      frozenLayers: frozenLayers)
    // With all layers frozen there are no gradients of rows either.
    try expectCountedMemory(model, atLeast: frozenLayers == 2 ? 0.8 : 0.9)
  }

  @Test(arguments: [nil, AdapterSettings.attention])
  func aDecoderTakesTheCountedMemory(adapter: AdapterSettings?) throws {
    var configuration = EncoderConfiguration.nano(vocabularySize: 31)
    configuration.becomeLlama()
    try expectCountedMemory(
      TacoModel(
        configuration, pooling: .mean,
        objective: TripleViewObjective(.paper, heads: .separate), seed: 5, adapter: adapter,
        addedTokens: 1),
      atLeast: 0.9)
  }

  private func expectCountedMemory(_ model: TacoModel, atLeast: Double) throws {
    let setup = SmallStep(pooling: .mean)
    let training = setup.training(model, SingleRank())
    let batch = randomBatch(200, labels: 40)
    let plan = ShardPlan(
      lengths: batch.sequences.map(\.count), count: setup.shards, cost: model.sequenceCost)
    _ = try training.run(batch, step: 0, learningRate: 0.01)
    for (shard, memory) in zip(plan.shards, training.memories) {
      let counted = model.encoder.configuration.activationBytes(
        shard.map { batch.sequences[$0].count }, frozenLayers: model.frozenLayers,
        adapterColumns: model.encoder.parameters.adapterColumns)
      let share = Double(4 * memory.peak) / Double(counted)
      #expect(share > atLeast && share < 1.05, "\(share)")
    }
  }

  @Test(arguments: recipes, [Float.nan, .infinity, 1e30])
  func nonFiniteNumbersStopTheStepBeforeTheUpdate(_ setup: SmallStep, _ poison: Float) throws {
    let first = setup.model().layout.entries[0].name
    // Norms make something finite of 1e30 in front of them: RMSNorm 0, since its square is infinite (PyTorch's too).
    let isHidden = poison.isFinite && (setup.family == .llama || setup.adapter != nil)
    for name in (isHidden ? [] : [first]) + ["heads.instance.2.weight"] {
      let training = setup.training()
      let entry = try #require(training.model.layout.entry(named: name))
      training.model.parameters[entry.range].fill(poison)
      let before = training.model.parameters.array.map(\.bitPattern)
      #expect(throws: NonFiniteError.self) {
        try training.run(randomBatch(6, labels: 4), step: 0, learningRate: 0.01)
      }
      let isUntouched = training.model.parameters.array.map(\.bitPattern) == before
      #expect(isUntouched, "\(name)")
    }
  }
}
