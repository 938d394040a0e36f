public import Distribution
internal import Encoders
public import Foundation
internal import Objectives
internal import Safetensors
internal import Tensors
public import Training

/// One step laid open for comparison with other programs: rows, scores, losses, every gradient.
public struct Trace {
  private var writer: SafetensorsWriter
  /// What is wrong with the step's numbers, or nil; a replay alone may have that.
  public private(set) var finding: String?

  /// Computes a step that failed once more; collective.
  ///
  /// - Parameters:
  ///   - training: The step, of a model with the replay's parameters.
  ///   - replay: The same on all ranks.
  ///   - metadata: Goes into the file.
  /// - Throws: What the ranks' exchange throws.
  public init(
    _ training: TrainingStep<some Collectives>, replay: Replay, metadata: [String: String]
  ) throws {
    training.allowsNonFinite = true
    try self.init(
      training, replay.batch, step: replay.step, clusters: nil, metadata: metadata)
  }

  /// Computes a step's losses and gradients without updating the model; collective.
  ///
  /// - Parameters:
  ///   - training: The step.
  ///   - batch: The same on all ranks.
  ///   - step: The number of the step in the run, from 0: keys dropout and k-means.
  ///   - clusters: The cluster of each utterance instead of k-means', or nil.
  ///   - metadata: Goes into the file.
  /// - Throws: What the step throws.
  public init(
    _ training: TrainingStep<some Collectives>, _ batch: StepBatch, step: Int, clusters: [Int]?,
    metadata: [String: String]
  ) throws {
    training.clusters = clusters
    try training.synchronize()
    let gradients = try training.computeGradients(batch, step: step)
    do {
      try training.refuseNonFinite(gradients, step: step)
    } catch let error as NonFiniteError {
      finding = error.finding
    }
    let result = gradients.report.objective
    writer = SafetensorsWriter(metadata: metadata)
    let count = batch.utteranceCount
    let rows = try TowerRows(training, gradients)
    if batch.pairs.isEmpty {
      try add("labels", [count], batch.targets.map { Int64($0) })
    } else {
      try add(batch.pairs)
    }
    if !result.clusters.isEmpty {
      try add("clusters", [count], result.clusters.map { Int64($0) })
    }
    for (tower, outputs) in rows.outputs {
      guard !gradients.stepRows.rows(of: tower).isEmpty else { continue }
      let name = tower.rows == .utterances ? "instances" : tower.rows.rawValue
      try addRows(
        "\(tower.prefix)cls.\(name)", rows.encodings.rows(gradients.stepRows.rows(of: tower)))
      if tower.head != nil, !tower.givesScores {
        try addRows("\(tower.prefix)embeddings.\(name)", outputs)
      }
    }
    if result.scores.rows > 0 { try addRows("scores", result.scores) }
    try add("loss.total", [], [result.total])
    for term in result.terms { try add("loss.\(term.name)", [], [term.value]) }
    try addParameters(training, gradients)
  }

  /// Writes the file.
  public func write(to url: URL) throws { try writer.write(to: url) }

  /// The pairs one after the other, as transformers has them: ids, types, targets (-100 where nothing is hidden), and
  /// labels, 0 for a pair that matches.
  private mutating func add(_ pairs: [TextPair]) throws {
    let count = pairs.reduce(0) { $0 + $1.tokens.count }
    try add("pairs.lengths", [pairs.count], pairs.map { Int64($0.tokens.count) })
    try add("pairs.ids", [count], pairs.flatMap { $0.tokens.map { Int64($0) } })
    try add(
      "pairs.types", [count],
      pairs.flatMap { pair in pair.tokens.indices.map { $0 < pair.second ? Int64(0) : 1 } })
    try add("pairs.labels", [pairs.count], pairs.map { Int64($0.matches ? 0 : 1) })
    try add(
      "pairs.targets", [count],
      pairs.flatMap { pair in
        var targets = [Int64](repeating: -100, count: pair.tokens.count)
        for (position, token) in zip(pair.hidden, pair.originals) {
          targets[position] = Int64(token)
        }
        return targets
      })
  }

  private mutating func addParameters(
    _ training: TrainingStep<some Collectives>, _ gradients: SummedGradients
  ) throws {
    let model = training.model
    for entry in model.layout.entries {
      try add("parameter.\(entry.name)", entry.shape, model.parameters[entry.range].array)
    }
    try training.forEachGradient(gradients) {
      try add("gradient.\($0.entry.name)", $0.entry.shape, $0.dense)
    }
  }

  private mutating func addRows(_ name: String, _ rows: DoubleMatrix) throws {
    try add(name, [rows.rows, rows.columns], rows.values.map { Float($0) })
  }

  private mutating func add<T: TensorElement>(
    _ name: String, _ shape: [Int], _ values: [T]
  ) throws {
    try writer.add(name, shape: shape, values: values)
  }
}
