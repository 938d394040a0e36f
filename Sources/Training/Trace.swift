internal import Encoders
public import Foundation
internal import Safetensors
internal import Tensors
internal import TripleView

/// One step laid open for comparison with other programs: rows, scores, losses, every gradient.
public struct Trace {
  private var writer: SafetensorsWriter

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
    let result = gradients.report.objective
    writer = SafetensorsWriter(metadata: metadata)
    let counts = (b: batch.utteranceCount, e: batch.labelCount)
    let width = training.model.encoder.configuration.hiddenSize

    let all = RowGather(gradients.plan, ranks: training.ranks.size) { _ in true }
    let encodings = try all(gradients.rows, columns: width, training.ranks, \.encodings)
    let embeddings = try all(
      gradients.rows, columns: Heads.embeddingSize, training.ranks, \.embeddings)
    try add("labels", [counts.b], batch.targets.map { Int64($0) })
    if !result.clusters.isEmpty {
      try add("clusters", [counts.b], result.clusters.map { Int64($0) })
    }
    for (name, rows) in [("instances", 0..<counts.b), ("labels", counts.b..<counts.b + counts.e)] {
      try addRows("cls.\(name)", encodings.rows(rows))
      try addRows("embeddings.\(name)", embeddings.rows(rows))
    }
    try addRows("scores", result.scores)
    try add("loss.total", [], [result.total])
    try add("loss.ce", [], [result.crossEntropy])
    try add("loss.ccl", [], [result.contrastive])
    try add("loss.ldl", [], [result.disentangled])
    try addParameters(training, gradients)
  }

  /// Writes the file.
  public func write(to url: URL) throws { try writer.write(to: url) }

  private mutating func addParameters(
    _ training: TrainingStep<some Collectives>, _ gradients: SummedGradients
  ) throws {
    let model = training.model
    for entry in model.layout.entries {
      try add("parameter.\(entry.name)", entry.shape, model.parameters[entry.range].array)
    }
    for (index, stage) in model.stages.enumerated() {
      let all = try training.gatherGradient(index, gradients)
      let block = model.block(of: stage)
      for entry in model.layout.entries where block.range.contains(entry.offset) {
        let start = entry.offset - block.range.lowerBound
        try add("gradient.\(entry.name)", entry.shape, all[start..<start + entry.count].array)
      }
      if stage == .embeddings {
        try addWords(model, model.wordGradient(gradients.words, in: all), gradients.words)
      }
    }
  }

  /// The words' gradient with all its rows, most of them 0.
  private mutating func addWords(_ model: TacoModel, _ rows: Matrix, _ words: BatchWords) throws {
    let slot = model.encoder.parameters.words
    let dense = Storage(count: slot.rows * slot.columns)
    rows.scatterRows(
      words.words.map { Int($0) }, to: dense.vector.matrix(rows: slot.rows, columns: slot.columns))
    for entry in model.layout.entries where entry.offset == slot.offset {
      try add("gradient.\(entry.name)", entry.shape, dense.vector.array)
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
