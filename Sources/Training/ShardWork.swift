internal import Encoders
internal import Tensors
internal import TripleView

/// One shard of one step: its rows through encoder and heads, forward and backward.
///
/// Used by one thread at a time.
final class ShardWork: @unchecked Sendable {
  /// The global rows, ascending: utterances, then labels.
  let rows: [Int]
  private let model: TacoModel
  private let pass: EncoderPass
  private let memory: Arena
  private let precision: ProductPrecision
  private let utterances: Int
  private var heads: (instances: HeadPass, labels: HeadPass)?

  init(
    _ model: TacoModel, rows: [Int], of batch: StepBatch, dropout: DropoutKeys?,
    precision: ProductPrecision, memory: Arena
  ) {
    self.model = model
    self.rows = rows
    self.memory = memory
    self.precision = precision
    utterances = rows.count { $0 < batch.utteranceCount }
    memory.reset()
    pass = EncoderPass(
      model.encoder, PackedSequences(rows.map { batch.sequences[$0] }, rows: rows),
      parameters: model.parameters, dropout: dropout, memory: memory)
  }

  /// Encodes the rows of several shards, all of them layer by layer, and keeps what the backward pass
  /// needs.
  static func forward(_ works: ArraySlice<ShardWork>, _ workspace: Workspace) -> [ShardRows] {
    guard let first = works.first else { return [] }
    let model = first.model
    for work in works { work.pass.startForward(workspace) }
    for layer in 0..<model.encoder.configuration.layerCount {
      let mark = workspace.mark
      let weights = model.encoder.packed(
        layer: layer, parameters: model.parameters, .forward, precision: first.precision,
        workspace)
      for work in works {
        let span = Profile.begin("forward", .stage)
        work.pass.forwardLayer(layer, weights, workspace)
        span.end()
      }
      workspace.release(to: mark)
    }
    return works.map { $0.embed($0.pass.endForward(), workspace) }
  }

  /// Encodes the rows, dropout included, and keeps nothing else.
  func forwardWithoutActivations(_ workspace: Workspace) -> ShardRows {
    let rows = embed(pass.infer(precision: precision, workspace), workspace)
    heads = nil
    return rows
  }

  private func embed(_ encodings: Matrix, _ workspace: Workspace) -> ShardRows {
    let instances = HeadPass(
      model.heads.instance, encodings.rows(0..<utterances), parameters: model.parameters,
      memory: memory, workspace)
    let labels = HeadPass(
      model.heads.label, encodings.rows(utterances..<rows.count), parameters: model.parameters,
      memory: memory, workspace)
    heads = (instances, labels)
    return ShardRows(
      rows: rows, encodings: encodings.vector.array,
      embeddings: instances.output.vector.array + labels.output.vector.array)
  }

  /// Back-propagates through the heads.
  ///
  /// - Parameters:
  ///   - gradients: By all rows' embeddings and, if they take part, the labels' encodings.
  ///   - dBlock: Receives the heads' parameter gradients.
  ///   - workspace: Memory and threads for the call.
  func backwardHeads(_ gradients: RowGradients, dBlock: Vector, _ workspace: Workspace) {
    guard let heads else { preconditionFailure("forward comes first") }
    let mark = workspace.mark
    let size = model.heads.outputSize
    let dEmbeddings = workspace.matrix(rows.count, size)
    for (index, row) in rows.enumerated() {
      dEmbeddings.row(index).copy(from: gradients.embedding(row))
    }
    let (dInstances, dLabels) = model.heads.backward(
      instances: (heads.instances, dEmbeddings.rows(0..<utterances)),
      labels: (heads.labels, dEmbeddings.rows(utterances..<rows.count)),
      parameters: model.parameters, dBlock: dBlock, workspace)
    let dEncodings = workspace.matrix(rows.count, model.encoder.configuration.hiddenSize)
    dEncodings.rows(0..<utterances).vector.copy(from: dInstances.vector)
    let dLabelRows = dEncodings.rows(utterances..<rows.count)
    dLabelRows.vector.copy(from: dLabels.vector)
    for (index, row) in rows.dropFirst(utterances).enumerated() {
      guard let direct = gradients.labelEncoding(row) else { continue }
      let target = dLabelRows.row(index)
      for column in 0..<target.count { target[column] += direct[column] }
    }
    pass.startBackward(dEncodings)
    workspace.release(to: mark)
  }

  /// Back-propagates through one layer.
  func backwardLayer(
    _ index: Int, _ weights: PackedLayer, dBlock: Vector, adds: Bool, _ workspace: Workspace,
    betweenProducts pause: () -> Void
  ) {
    pass.backwardLayer(
      index, weights, dBlock: dBlock, adds: adds, workspace, betweenProducts: pause)
  }

  /// Back-propagates through the embeddings.
  func backwardEmbeddings(
    _ words: BatchWords, dWords: Matrix, dBlock: Vector, _ workspace: Workspace
  ) {
    pass.backwardEmbeddings(
      tokens: words.rows(of: pass.sequences.tokens), dWords: dWords, dBlock: dBlock,
      workspace)
  }
}

/// What a shard found for its rows.
struct ShardRows: Sendable {
  /// The global rows, ascending.
  let rows: [Int]
  /// The encoder's output, `[n, C]`.
  let encodings: [Float]
  /// The embeddings, `[n, d]`.
  let embeddings: [Float]
}

/// The objective's gradients in global row order, in the encoder's precision.
struct RowGradients: Sendable {
  private let instances: DoubleMatrix
  private let labels: DoubleMatrix
  private let labelEncodings: DoubleMatrix?

  init(_ gradients: ObjectiveResult.Gradients) {
    instances = gradients.instances
    labels = gradients.labels
    labelEncodings = gradients.labelEncodings
  }

  /// dL/dembedding of a global row, `[d]`.
  func embedding(_ row: Int) -> [Float] {
    row < instances.rows
      ? instances.row(row).map { Float($0) } : labels.row(row - instances.rows).map { Float($0) }
  }

  /// dL/d(encoder's output) that a label row has besides its embedding, `[C]`, or nil.
  func labelEncoding(_ row: Int) -> [Float]? {
    labelEncodings?.row(row - instances.rows).map { Float($0) }
  }
}
