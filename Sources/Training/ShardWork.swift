internal import Encoders
internal import Objectives
internal import Tensors

/// One shard of one step: its rows through their encoders and heads, forward and backward.
///
/// Used by one thread at a time.
final class ShardWork: @unchecked Sendable {
  /// The global rows, ascending: those of one encoder after those of the other.
  let rows: [Int]
  private let model: TacoModel
  /// The way through each encoder.
  private let passes: [EncoderPass]
  private let memory: Arena
  private let precision: ProductPrecision
  private let step: StepRows
  /// Whether this shard takes the gradient of what no row has.
  private let isFirst: Bool
  private var heads: [HeadPass] = []
  private var tokens: TokenPass?
  /// dL/d(last states of hidden tokens), from their own stage of the backward pass.
  private var dHidden: Matrix?

  init(
    _ model: TacoModel, rows: [Int], of step: StepRows, isFirst: Bool, dropout: DropoutKeys?,
    precision: ProductPrecision, memory: Arena
  ) {
    self.model = model
    self.rows = rows
    self.step = step
    self.isFirst = isFirst
    self.memory = memory
    self.precision = precision
    memory.reset()
    passes = model.encoders.indices.map { encoder in
      let own = Array(rows[rows.places(in: step.encoders[encoder])])
      let pairs = own.compactMap(step.batch.pair)
      return EncoderPass(
        model.encoders[encoder],
        PackedSequences(
          own.map { step.sequences[$0] }, rows: own, secondParts: pairs.map(\.second),
          reads: pairs.map(\.hidden)),
        model.values, dropout: dropout?.of(encoder: encoder), frozenLayers: model.frozenLayers,
        memory: memory)
    }
  }

  /// Encodes the rows of several shards, all of them layer by layer, and keeps what the backward pass
  /// needs.
  static func forward(_ works: ArraySlice<ShardWork>, _ workspace: Workspace) -> [ShardRows] {
    guard let first = works.first else { return [] }
    let model = first.model
    for (index, encoder) in model.encoders.enumerated() {
      for work in works { work.passes[index].startForward(workspace) }
      for layer in 0..<encoder.configuration.layerCount {
        let mark = workspace.mark
        let weights = encoder.packed(
          layer: layer, model.values, .forward, precision: first.precision, workspace)
        for work in works {
          let span = Profile.begin("forward", .stage)
          work.passes[index].forwardLayer(layer, weights, workspace)
          span.end()
        }
        workspace.release(to: mark)
      }
    }
    let encodings = works.map { work in work.joined(work.passes.map { $0.endForward() }) }
    if let head = model.tokenHead, works.contains(where: \.hidesTokens) {
      let mark = workspace.mark
      let weights = PackedTokenHead(
        head, .forward, precision: first.precision, parameters: model.parameters, workspace)
      for work in works { work.guess(head, weights, workspace) }
      workspace.release(to: mark)
    }
    return zip(works, encodings).map { $0.embed($1, workspace) }
  }

  /// The rows of all encoders, one after the other, `[n, C]`.
  private func joined(_ parts: [Matrix]) -> Matrix {
    guard parts.count > 1 else { return parts[0] }
    let all = memory.matrix(rows.count, parts[0].columns)
    var start = 0
    for part in parts {
      all.rows(start..<start + part.rows).vector.copy(from: part.vector)
      start += part.rows
    }
    return all
  }

  /// Encodes the rows, dropout included, and keeps nothing else.
  func forwardWithoutActivations(_ workspace: Workspace) -> ShardRows {
    let encodings = joined(passes.map { $0.infer(precision: precision, workspace) })
    if let head = model.tokenHead, hidesTokens {
      let mark = workspace.mark
      let weights = PackedTokenHead(
        head, .forward, precision: precision, parameters: model.parameters, workspace)
      guess(head, weights, workspace)
      workspace.release(to: mark)
    }
    let rows = embed(encodings, workspace)
    (heads, tokens) = ([], nil)
    return rows
  }

  /// Whether any of its tokens is hidden.
  private var hidesTokens: Bool { rows.contains { step.batch.pair($0)?.hidden.isEmpty == false } }

  private func guess(_ head: TokenHead, _ weights: PackedTokenHead, _ workspace: Workspace) {
    guard let states = passes[0].readStates else { return }
    tokens = TokenPass(
      head, states, targets: rows.flatMap { step.batch.pair($0)?.originals ?? [] },
      total: step.batch.hiddenCount, weights: weights, precision: precision,
      parameters: model.parameters, memory: memory, workspace)
  }

  /// Of each pair the sum of its guesses' losses and the number of correct ones, `[pairs, 2]`.
  private var guesses: [Float] {
    var next = 0
    return rows.compactMap(step.batch.pair).flatMap { pair -> [Float] in
      let own = (tokens?.guesses ?? [])[next..<next + (tokens == nil ? 0 : pair.hidden.count)]
      next += own.count
      return [Float(own.reduce(0) { $0 + $1.loss }), Float(own.count { $0.isCorrect })]
    }
  }

  private func embed(_ encodings: Matrix, _ workspace: Workspace) -> ShardRows {
    heads = zip(model.objective.towers, model.heads.networks).map { tower, head in
      HeadPass(
        head, encodings.rows(places(of: tower)), parameters: model.parameters, memory: memory,
        workspace)
    }
    return ShardRows(
      rows: rows, encodings: encodings.vector.array, outputs: heads.map { $0.output.vector.array },
      guesses: guesses)
  }

  /// Where the rows of a tower are among this shard's.
  private func places(of tower: Tower) -> Range<Int> { rows.places(in: step.rows(of: tower)) }

  /// Back-propagates through the network that guesses tokens.
  ///
  /// - Parameters:
  ///   - weights: The network's, packed.
  ///   - dBlock: Receives its parameter gradients.
  ///   - adds: Whether they are added to what it holds.
  ///   - workspace: Memory and threads for the call.
  func backwardTokens(
    _ weights: PackedTokenHead, dBlock: Vector, adds: Bool, _ workspace: Workspace
  ) {
    guard let tokens else {
      if !adds { dBlock.fill(0) }
      return
    }
    dHidden = tokens.backward(
      weights: weights, parameters: model.parameters, dBlock: dBlock, adds: adds, memory: memory,
      workspace)
  }

  /// Back-propagates through the heads.
  ///
  /// - Parameters:
  ///   - gradients: By all rows' outputs and, where they take part, encodings.
  ///   - dBlock: Receives the heads' parameter gradients.
  ///   - workspace: Memory and threads for the call.
  func backwardHeads(_ gradients: RowGradients, dBlock: Vector, _ workspace: Workspace) {
    precondition(!heads.isEmpty, "forward comes first")
    let mark = workspace.mark
    let dEncodings = workspace.matrix(rows.count, model.encoder.configuration.hiddenSize)
    dBlock.fill(0)
    // What no row has is computed by every rank alike: it counts once.
    if isFirst { gradients.copyOwn(into: model.heads.own, of: dBlock) }
    for (index, (tower, pass)) in zip(model.objective.towers, heads).enumerated() {
      let places = places(of: tower)
      let dOutput = workspace.matrix(places.count, pass.output.columns)
      for (row, global) in rows[places].enumerated() {
        dOutput.row(row).copy(from: gradients.output(of: index, global))
      }
      let dRows = dEncodings.rows(places)
      dRows.vector.copy(
        from: pass.backward(
          dOutput, parameters: model.parameters, dBlock: dBlock, workspace
        ).vector)
      for (row, global) in rows[places].enumerated() {
        guard let direct = gradients.encoding(of: index, global) else { continue }
        let target = dRows.row(row)
        for column in 0..<target.count { target[column] += direct[column] }
      }
    }
    for (encoder, own) in step.encoders.enumerated() {
      let pass = passes[encoder]
      // The run's encoder alone reads pairs.
      pass.startBackward(
        dEncodings.rows(rows.places(in: own)),
        read: (encoder == 0 ? dHidden : nil) ?? noReads(of: pass, workspace))
    }
    workspace.release(to: mark)
  }

  /// A gradient of 0 by the states that are read but that no loss takes; nil where none are read.
  private func noReads(of pass: EncoderPass, _ workspace: Workspace) -> Matrix? {
    guard let states = pass.readStates else { return nil }
    let gradient = workspace.matrix(states.rows, states.columns)
    gradient.fill(0)
    return gradient
  }

  /// Back-propagates through one layer of an encoder.
  func backwardLayer(
    _ index: Int, encoder: Int, _ weights: PackedLayer, dBlock: Vector, adds: Bool,
    _ workspace: Workspace,
    betweenProducts pause: () -> Void
  ) {
    passes[encoder].backwardLayer(
      index, weights, dBlock: dBlock, adds: adds, workspace, betweenProducts: pause)
  }

  /// Back-propagates through the embeddings of all encoders.
  func backwardEmbeddings(
    _ touched: TouchedRows, dTokens: Matrix?, dBlock: Vector, _ workspace: Workspace
  ) {
    dBlock.fill(0)
    dTokens?.fill(0)
    for (encoder, pass) in passes.enumerated() {
      let start = Int32(encoder * model.encoder.parameters.tokenEmbeddings.rows)
      pass.backwardEmbeddings(
        tokens: dTokens == nil ? [] : touched.numbers(of: pass.sequences.tokens.map { $0 + start }),
        dTokens: dTokens, dBlock: dBlock, workspace)
    }
  }
}

/// What a shard found for its rows.
struct ShardRows: Sendable {
  /// The global rows, ascending.
  let rows: [Int]
  /// The encoder's output, `[n, C]`.
  let encodings: [Float]
  /// What each tower's network gives for its rows, `[n, outputSize]`.
  let outputs: [[Float]]
  /// Of each of its pairs the sum of its guesses' losses and the number of correct ones, `[pairs, 2]`.
  let guesses: [Float]

  /// The encoder's output for those rows that are in a range of global rows.
  func encodings(of range: Range<Int>) -> [Float] {
    let columns = encodings.count / max(1, rows.count)
    let places = rows.places(in: range)
    return Array(encodings[places.lowerBound * columns..<places.upperBound * columns])
  }
}

extension [Int] {
  /// Where the numbers of a range are in an ascending list.
  fileprivate func places(in range: Range<Int>) -> Range<Int> {
    let start = count { $0 < range.lowerBound }
    return start..<start + count { range.contains($0) }
  }
}

/// The objective's gradients in global row order, in the encoder's precision.
struct RowGradients: Sendable {
  private let gradients: ObjectiveResult.Gradients
  private let starts: [Int]

  init(_ gradients: ObjectiveResult.Gradients, of objective: any Objective, _ rows: StepRows) {
    self.gradients = gradients
    starts = objective.towers.map { rows.rows(of: $0).lowerBound }
  }

  /// dL/doutput of a tower's network for a global row, `[outputSize]`.
  func output(of tower: Int, _ row: Int) -> [Float] {
    gradients.rows[tower].row(row - starts[tower]).map { Float($0) }
  }

  /// dL/d(encoder's output) that a row has besides, `[C]`, or nil.
  func encoding(of tower: Int, _ row: Int) -> [Float]? {
    gradients.encodings[tower]?.row(row - starts[tower]).map { Float($0) }
  }

  /// Writes the gradients of the objective's own parameters.
  func copyOwn(into slots: [ParameterSlot], of dBlock: Vector) {
    for (slot, values) in zip(slots, gradients.parameters) {
      slot.vector(inBlock: dBlock).copy(from: values.map { Float($0) })
    }
  }
}
