internal import Encoders
internal import Objectives
internal import Tensors
internal import Training

/// One step's loss in double precision, as a function of the parameters: differences of it are what
/// gradients are checked against.
///
/// What a gradient takes for given stands still: dropout's decisions, the clusters, what the objective detaches, the
/// side of each ReLU. What comes before a moved parameter is computed once and kept.
final class PreciseStep {
  /// The loss where the parameters are the model's.
  private(set) var loss = 0.0
  private let model: TacoModel
  private let rows: StepRows
  private let clusters: [Int]
  private let detached: [Double]
  private let ownDropout: OwnDropout?
  private let pass: UInt8
  private let encoders: [PreciseEncoder]
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
    let rows = StepRows(batch, model.objective)
    self.rows = rows
    (clusters, detached) = (result.clusters, result.detached)
    self.pass = pass
    ownDropout =
      settings.usesDropout ? OwnDropout(seed: settings.seed, step: UInt64(step), pass: pass) : nil
    self.threads = threads
    let dropout =
      settings.usesDropout ? DropoutKeys(seed: settings.seed, step: UInt64(step), pass: pass) : nil
    let encoders = model.encoders.enumerated().map {
      PreciseEncoder($1, dropout: dropout?.of(encoder: $0))
    }
    var parameters = PreciseParameters(model.values, model.layout)
    for part in moved {
      for (offset, value) in zip(part.range, part.values) { parameters[offset] = Double(value) }
    }
    (self.encoders, self.parameters) = (encoders, parameters)
    inputs.append(
      forEachRow { [parameters] in
        encoders[rows.encoder(of: $0)].embed(
          rows.sequences[$0], second: batch.pair($0)?.second, row: $0, parameters)
      })
    for layer in 0..<model.encoder.configuration.layerCount {
      let input = inputs[layer + 1]
      inputs.append(
        forEachRow { [parameters] in
          encoders[rows.encoder(of: $0)].layer(
            layer, input[$0], reads: batch.pair($0)?.hidden ?? [], row: $0, parameters)
        })
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
    if !model.layout.entries.contains(where: { model.isEncoder($0) && $0.range.contains(offset) }) {
      return inputs.count - 1
    }
    let layers = model.encoders.compactMap { encoder in
      encoder.parameters.layerBlocks.firstIndex {
        model.layout.blocks[$0].range.contains(offset)
      }
    }
    return layers.first.map { $0 + 1 } ?? 0
  }

  /// The loss when all is as at the start up to a place.
  private func loss(from place: Int) throws -> Double {
    let (encoders, rows, parameters, inputs) = (encoders, rows, parameters, inputs)
    let layers = model.encoder.configuration.layerCount
    let hidden = forEachRow { row in
      let (encoder, pair) = (encoders[rows.encoder(of: row)], rows.batch.pair(row))
      var hidden =
        place == 0
        ? encoder.embed(rows.sequences[row], second: pair?.second, row: row, parameters)
        : inputs[place][row]
      for layer in max(place - 1, 0)..<layers {
        hidden = encoder.layer(
          layer, hidden, reads: pair?.hidden ?? [], row: row, parameters)
      }
      return hidden
    }
    return try loss(of: hidden.map(encoders[0].pool), guesses: guesses(hidden))
  }

  /// The guesses of hidden tokens; nil in a step without pairs.
  private func guesses(_ hidden: [DoubleMatrix]) -> TokenGuesses? {
    let (encoder, batch, parameters) = (encoders[0], rows.batch, parameters)
    guard let head = model.tokenHead, !batch.pairs.isEmpty else { return nil }
    let losses = forEachRow { row in
      guard let pair = batch.pair(row), !pair.hidden.isEmpty else {
        return DoubleMatrix(rows: 1, columns: 1)
      }
      let loss = head.precise(encoder.read(hidden[row], pair.hidden), pair.originals, parameters)
      return DoubleMatrix(rows: 1, columns: 1, repeating: loss)
    }
    return TokenGuesses(
      loss: losses.reduce(0) { $0 + $1.values[0] }, count: batch.hiddenCount, correct: 0)
  }

  /// Heads and objective.
  private func loss(of encodings: [[Double]], guesses: TokenGuesses?) throws -> Double {
    let all = DoubleMatrix(
      rows: encodings.count, columns: model.encoder.configuration.hiddenSize,
      values: Array(encodings.joined()))
    let towers = model.objective.towers
    let passes = towers.indices.map { index in
      Heads.precise(
        model.heads.networks[index], all.rows(rows.rows(of: towers[index])), parameters,
        active: active.isEmpty ? nil : active[index])
    }
    active = passes.map(\.active)
    var given = ObjectiveBatch(
      rows: passes.map(\.output),
      encodings: towers.map { $0.needsEncodings ? all.rows(rows.rows(of: $0)) : nil },
      parameters: model.heads.own.map { parameters[$0].values }, tables: model.tables,
      targets: rows.batch.targets, clusters: clusters.isEmpty ? nil : clusters,
      detached: detached.isEmpty ? nil : detached, dropout: ownDropout, pass: Int(pass))
    given.matches = rows.batch.pairs.map(\.matches)
    given.guesses = guesses
    return try model.objective.evaluate(given, LocalWorkers()).total
  }

  /// What `compute` gives for every row; threads share the work.
  private func forEachRow(_ compute: @Sendable (Int) -> DoubleMatrix) -> [DoubleMatrix] {
    let (count, threads) = (rows.sequences.count, threads)
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
