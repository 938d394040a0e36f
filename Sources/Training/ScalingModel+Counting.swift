internal import Distribution
internal import Encoders
internal import Objectives
internal import Tensors

extension ScalingModel {
  /// Predicts from counted operations and from rates that are measured here for a fraction of a second each: for a model
  /// whose weights are not here, or would not fit.
  ///
  /// Norms, activations and dropout are not counted, so a step takes longer than this says.
  ///
  /// - Parameters:
  ///   - shape: The model's.
  ///   - settings: The run's.
  ///   - batches: One step each, and one more at first, as for a measurement.
  ///   - tables: What the objective's constant tables hold.
  ///   - threads: The threads that a rank is to have.
  /// - Throws: `NonFiniteError`.
  package init(
    counting shape: ModelShape, _ settings: TrainingSettings, _ batches: [StepBatch],
    tables: [[Float]], threads: Int
  ) throws {
    let steps = batches.dropFirst().map { StepRows($0, shape.objective) }
    let work = StepWork(shape, passes: (settings.perturbation ?? 0) > 0 ? 2 : 1)
    let rate = Self.best { ProductRate.products(settings.precision, seconds: 0.01) }
    let products = rate * Double(threads)
    // Each group of threads that shares shards packs every layer, for either direction.
    let groups = Workspace.count(threads: threads, shards: settings.shards)
    let packing =
      Self.best { ProductRate.packing(seconds: 0.01) } * Double(max(1, threads / groups))
    let operands = shape.encoders.flatMap(\.parameters.layers).flatMap(\.linears)
      .reduce(0) { $0 + $1.weight.count }
    let touched = steps.map {
      TouchedRows($0, tableRows: shape.encoder.parameters.tokenEmbeddings.rows, ranks: 1).rows.count
    }
    let rows = shape.trainsTokenTable ? touched.reduce(0, +) / max(1, steps.count) : 0
    let updated =
      shape.stages.reduce(0) { $0 + shape.block(of: $1).range.count }
      + rows * shape.tokenTable.columns
    self.init(
      shape, steps,
      Costs(
        row: { Double(work.operations($1, of: $0)) / products },
        rank: 2 * Double(operands) / packing,
        objective: try Self.objectiveSeconds(shape, settings, batches, tables, threads: threads),
        update: Double(updated) * Self.updateSeconds(settings.adamW) / Double(threads)))
    let operations = steps.map { step in
      step.sequences.indices.reduce(0) { $0 + work.operations($1, of: step) }
    }
    counted = CountedWork(
      operations: Double(operations.reduce(0, +)) / Double(max(1, steps.count)), rate: rate)
  }

  /// The best of some short measurements: who else uses the machine may have spoilt the others.
  private static func best(_ rate: () -> Double) -> Double {
    (0..<10).reduce(0) { best, _ in max(best, rate()) }
  }

  /// The time of the objective, measured after an encoder that gives rows as wide but does next to nothing.
  private static func objectiveSeconds(
    _ shape: ModelShape, _ settings: TrainingSettings, _ batches: [StepBatch], _ tables: [[Float]],
    threads: Int
  ) throws -> Double {
    let own = shape.encoder.configuration
    var thin = EncoderConfiguration.nano(vocabularySize: own.vocabularySize)
    thin.family = .electra
    thin.hiddenSize = own.hiddenSize
    (thin.embeddingSize, thin.intermediateSize) = (16, 16)
    (thin.headCount, thin.keyHeadCount, thin.headSize) = (1, 1, 16)
    thin.layerCount = 1
    thin.positionCount = 1 + (batches.flatMap(\.sequences).map(\.count).max() ?? 1)
    let model = TacoModel(
      thin, pooling: settings.pooling, objective: shape.objective, seed: settings.seed)
    model.fillTables(tables)
    // One step after the first will do: it takes no time to speak of.
    let few = Array(batches.prefix(2))
    return try measure(model, settings, few, shards: settings.shards, threads).objective
  }

  /// The time that an update of one parameter takes on one thread.
  private static func updateSeconds(_ rule: AdamW) -> Double {
    // More than caches hold, as the parameters of a layer are.
    let count = 1 << 22
    let storages = (0..<4).map { _ in Storage(count: count) }
    return withExtendedLifetime(storages) {
      let vectors = storages.map(\.vector)
      let seconds = (1...3).map { step in
        let clock = ContinuousClock.now
        rule.update(
          vectors[0], gradient: vectors[1], first: vectors[2], second: vectors[3], step: step,
          learningRate: 0)
        return clock.elapsed
      }
      return (seconds.min() ?? 0) / Double(count)
    }
  }
}
