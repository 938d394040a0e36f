import Distribution
import Encoders
import Objectives
import Tensors
import Testing

@testable import Training

/// What `plan` counts: operations and bytes, compared with those of steps.
///
/// One test after the other, for there is one profile a process.
@Suite(.serialized) struct StepCountTests {
  /// A model and how it trains.
  struct Kind: Sendable {
    var family = EncoderFamily.bert
    var pooling = Pooling.mean
    var frozenLayers = 0
    var adapter: AdapterSettings?

    /// Large enough for what is rounded up not to matter.
    private var configuration: EncoderConfiguration {
      var configuration = EncoderConfiguration.nano(vocabularySize: 31)
      configuration.family = family
      configuration.hiddenSize = 96
      configuration.embeddingSize = family == .electra ? 32 : 96
      (configuration.headCount, configuration.keyHeadCount) = (6, 6)
      configuration.intermediateSize = 224
      configuration.layerCount = 3
      if family == .llama { configuration.becomeLlama() }
      return configuration
    }

    func model() -> TacoModel {
      TacoModel(
        configuration, pooling: pooling,
        objective: TrainingSettings(.paper).objective(labelCount: 6), seed: 1,
        frozenLayers: frozenLayers, adapter: adapter)
    }
  }

  static let kinds = [
    Kind(), Kind(pooling: .first), Kind(family: .electra), Kind(frozenLayers: 2),
    Kind(family: .electra, pooling: .first, frozenLayers: 1), Kind(family: .llama),
    Kind(family: .llama, pooling: .last), Kind(family: .llama, frozenLayers: 1),
    Kind(family: .llama, adapter: .attention),
    Kind(family: .llama, pooling: .last, adapter: .attention),
    Kind(adapter: .everything), Kind(pooling: .first, adapter: .everything),
  ]

  private static func step(_ model: TacoModel, threads: Int = 1) -> TrainingStep<SingleRank> {
    TrainingStep(
      model, optimizer: AdamW(variant: .torch, weightDecay: 0), seed: 1, shards: 8,
      usesDropout: true, resources: Resources(threads: threads), ranks: SingleRank())
  }

  @Test(arguments: kinds)
  func countedOperationsAreThoseOfTheKernels(_ kind: Kind) throws {
    let model = kind.model()
    let (training, batch) = (Self.step(model), randomBatch(24, labels: 6))
    Profile.start()
    _ = try training.run(batch, step: 0, learningRate: 0.01)
    // Other tests compute on other threads.
    let done = Profile.stop().filter { $0.thread == 0 && $0.kind == .kernel }
      .reduce(0) { $0 + $1.work }
    let rows = StepRows(batch, model.objective)
    let work = StepWork(model.shape)
    #expect(rows.sequences.indices.reduce(0) { $0 + work.operations($1, of: rows) } == done)
    let twice = StepWork(model.shape, passes: 2)
    #expect(rows.sequences.indices.reduce(0) { $0 + twice.operations($1, of: rows) } == 2 * done)
  }

  @Test(arguments: kinds, [1, 3])
  func predictedMemoryIsNearWhatAStepTakes(_ kind: Kind, _ threads: Int) throws {
    let model = kind.model()
    let (training, batch) = (Self.step(model, threads: threads), randomBatch(160, labels: 6))
    for step in 0..<3 { _ = try training.run(batch, step: step, learningRate: 0.01) }
    let memory = MemoryModel(
      model.shape, TrainingSettings(.paper), [batch], threads: threads, isMapped: false)
    let alone = memory.predict(ranks: 1, shards: 8)
    let frozen = model.layout.frozenEntries.reduce(0) { $0 + $1.count }
    #expect(alone.weights == 4 * (model.parameters.count + frozen))
    #expect(alone.saving == 16 * model.trained.count)
    let moments = training.optimizer.state.reduce(0) { $0 + $1.values.count }
    // Padding between parameters has moments too.
    #expect(alone.moments / 4 >= moments && alone.moments / 4 < moments + moments / 20 + 64)
    func ratio(_ predicted: Int, _ arenas: [Arena]) -> Double {
      Double(predicted) / Double(4 * arenas.reduce(0) { $0 + $1.capacity })
    }
    // Of the last of three layers only a row a sequence is kept, which is counted as if it were all.
    let activations = ratio(alone.activations, training.memories)
    #expect((0.85...(kind.pooling == .mean ? 1.15 : 1.4)).contains(activations))
    // Frozen weights are counted as if they stood in two bytes, to be copied; here some need not.
    let work = ratio(alone.stepWork, training.workspaces.map(\.scratch))
    #expect((0.8...(kind.adapter == nil ? 1.25 : 1.6)).contains(work))
  }

  @Test func ranksShareWhatCanBeShared() {
    let shape = Kind().model().shape
    let memory = MemoryModel(
      shape, TrainingSettings(.paper), [randomBatch(32, labels: 6)], threads: 1, isMapped: false)
    let predictions = [1, 2, 4, 8].map { memory.predict(ranks: $0, shards: 8) }
    for (few, many) in zip(predictions, predictions.dropFirst()) {
      #expect(many.weights == few.weights && many.saving == few.saving)
      #expect(2 * many.moments == few.moments && 2 * many.best == few.best)
      #expect(many.activations < few.activations && many.rank < few.rank)
    }
  }
}
