internal import Encoders
internal import Objectives
internal import Tensors

/// One step's loss in double precision, as a function of the parameters: differences of it are what
/// gradients are checked against.
///
/// What a gradient takes for given stands still: dropout's decisions, the clusters, what the objective detaches, the
/// side of each ReLU. What comes before a moved parameter is computed once and kept.
final class PreciseStep {
  /// The loss where the parameters are the model's.
  private(set) var loss = 0.0
  private let model: TacoModel
  private let batch: StepBatch
  private let clusters: [Int]
  private let detached: [Double]
  private let ownDropout: OwnDropout?
  private let pass: UInt8
  private let encoder: PreciseEncoder
  private let threads: Int
  private var parameters: PreciseParameters
  private var active: [[Bool]] = []
  /// By place (the embeddings, the layers, the heads) and row: what the place is given.
  private var inputs: [[DoubleMatrix]] = [[]]

  /// A pass of the step that `TrainingStep` computes for the same arguments.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - settings: The run's settings.
  ///   - batch: The step's.
  ///   - step: The number of the step in the run, from 0.
  ///   - pass: Which pass over the rows.
  ///   - result: What the pass found, for clusters and the like.
  ///   - moved: Parameters that stand elsewhere.
  ///   - threads: Those who share the work.
  /// - Throws: `ObjectiveError`.
  init(
    _ model: TacoModel, _ settings: TrainingSettings, _ batch: StepBatch, step: Int,
    pass: UInt8 = 0, as result: ObjectiveResult, moved: [MovedParameters] = [], threads: Int
  ) throws {
    self.model = model
    self.batch = batch
    (clusters, detached) = (result.clusters, result.detached)
    self.pass = pass
    ownDropout =
      settings.usesDropout ? OwnDropout(seed: settings.seed, step: UInt64(step), pass: pass) : nil
    self.threads = threads
    let dropout =
      settings.usesDropout ? DropoutKeys(seed: settings.seed, step: UInt64(step), pass: pass) : nil
    let encoder = PreciseEncoder(model.encoder, dropout: dropout)
    var parameters = PreciseParameters(model.values, model.layout)
    for part in moved {
      for (offset, value) in zip(part.range, part.values) { parameters[offset] = Double(value) }
    }
    (self.encoder, self.parameters) = (encoder, parameters)
    inputs.append(
      forEachRow { [parameters] in encoder.embed(batch.sequences[$0], row: $0, parameters) })
    for layer in 0..<model.encoder.configuration.layerCount {
      let input = inputs[layer + 1]
      inputs.append(
        forEachRow { [parameters] in encoder.layer(layer, input[$0], row: $0, parameters) })
    }
    loss = try loss(from: inputs.count - 1)
  }

  /// The slope of the loss along a direction, by the central difference.
  ///
  /// - Parameter direction: Places in the flat buffer, all in one block, and how fast each moves.
  /// - Returns: The change of the loss over the change of time.
  /// - Throws: `ObjectiveError`.
  func slope(along direction: [(offset: Int, amount: Double)]) throws -> Double {
    guard let offset = direction.first?.offset else { return 0 }
    let place = place(of: offset)
    let start = direction.map { parameters[$0.offset] }
    defer { for (part, value) in zip(direction, start) { parameters[part.offset] = value } }
    func loss(after time: Double) throws -> Double {
      for (part, value) in zip(direction, start) {
        parameters[part.offset] = value + time * part.amount
      }
      return try self.loss(from: place)
    }
    // Much less and rounding shows, much more and the loss's third derivative does.
    let time = 2e-5
    return (try loss(after: time) - loss(after: -time)) / (2 * time)
  }

  /// The first place that a parameter acts at; MPNet's table of relative positions acts in all layers.
  private func place(of offset: Int) -> Int {
    let slots = model.encoder.parameters
    if model.layout.blocks[model.heads.block].range.contains(offset) { return inputs.count - 1 }
    let layer = slots.layerBlocks.firstIndex { model.layout.blocks[$0].range.contains(offset) }
    return layer.map { $0 + 1 } ?? 0
  }

  /// The loss when all is as at the start up to a place.
  private func loss(from place: Int) throws -> Double {
    let (encoder, batch, parameters, inputs) = (encoder, batch, parameters, inputs)
    let layers = model.encoder.configuration.layerCount
    let hidden = forEachRow { row in
      var hidden =
        place == 0
        ? encoder.embed(batch.sequences[row], row: row, parameters) : inputs[place][row]
      for layer in max(place - 1, 0)..<layers {
        hidden = encoder.layer(layer, hidden, row: row, parameters)
      }
      return hidden
    }
    return try loss(of: hidden.map(encoder.pool))
  }

  /// Heads and objective.
  private func loss(of encodings: [[Double]]) throws -> Double {
    let all = DoubleMatrix(
      rows: encodings.count, columns: model.encoder.configuration.hiddenSize,
      values: Array(encodings.joined()))
    let towers = model.objective.towers
    let passes = towers.indices.map { index in
      Heads.precise(
        model.heads.networks[index], all.rows(batch.rows(of: towers[index])), parameters,
        active: active.isEmpty ? nil : active[index])
    }
    active = passes.map(\.active)
    let rows = ObjectiveBatch(
      rows: passes.map(\.output),
      encodings: towers.map { $0.needsEncodings ? all.rows(batch.rows(of: $0)) : nil },
      parameters: model.heads.own.map { parameters[$0].values }, tables: model.tables,
      targets: batch.targets, clusters: clusters.isEmpty ? nil : clusters,
      detached: detached.isEmpty ? nil : detached, dropout: ownDropout, pass: Int(pass))
    return try model.objective.evaluate(rows, LocalWorkers()).total
  }

  /// What `compute` gives for every row; threads share the work.
  private func forEachRow(_ compute: @Sendable (Int) -> DoubleMatrix) -> [DoubleMatrix] {
    let (count, threads) = (batch.sequences.count, threads)
    let parts = (0..<threads).map { _ in Part() }
    concurrently(threads) { thread in
      for row in stride(from: thread, to: count, by: threads) {
        parts[thread].rows.append(compute(row))
      }
    }
    return (0..<count).map { parts[$0 % threads].rows[$0 / threads] }
  }

  /// What one thread computed.
  private final class Part: @unchecked Sendable {
    var rows: [DoubleMatrix] = []
  }
}
