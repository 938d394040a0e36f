internal import Tensors

/// One transformer layer over packed rows, made of parts: forward and backward.
///
/// The stream of hidden states goes through an attention part and a feed-forward part, each with a residual sum;
/// norms stand after the sums (BERT) or before the parts (Llama). T rows are keys and values, Tq rows are queries
/// and everything after attention: all rows, or in the last layer only one a sequence.
struct EncoderLayer {
  let slots: EncoderParameters.Layer
  let values: ParameterValues
  let attention: AttentionPart
  let feedForward: FeedForwardPart
  let queryTokens: TokenRows
  let attentionDropout: DropoutSite?
  let outputDropout: DropoutSite?
  /// The adapters' dropout of what comes after attention.
  let drops: AdapterDropout?

  /// The rows of the input that are queries, or nil when all are.
  var queryRows: [Int]? { attention.queryRows }

  /// What the forward pass leaves for the backward pass; outputs of normalisations are computed again.
  struct Saved {
    let attentionInput: EncoderParameters.Norm.Saved?
    let attention: AttentionPart.Saved
    let contextLow: PackedLinear.Saved
    /// The residual sum after attention, `[Tq, C]`.
    let attentionSum: Matrix
    let attentionNorm: EncoderParameters.Norm.Saved?
    let feedForwardInput: EncoderParameters.Norm.Saved?
    let feedForward: FeedForwardPart.Saved
    /// The residual sum after the feed-forward part, `[Tq, C]`.
    let outputSum: Matrix
    let outputNorm: EncoderParameters.Norm.Saved?
  }

  private var size: Int { slots.attentionOutput.weight.rows }

  /// Computes the layer's output from its input; what it saves lies in `memory`.
  ///
  /// - Parameters:
  ///   - input: `[T, C]`.
  ///   - weights: The layer's, for this direction.
  ///   - output: Receives `[Tq, C]`; may be the input when all rows are queries.
  ///   - memory: Must last until the backward pass.
  ///   - workspace: Memory and threads for the pass.
  /// - Returns: What the backward pass needs besides the input.
  func forward(
    _ input: Matrix, _ weights: PackedLayer, into output: Matrix, memory: Arena,
    _ workspace: Workspace
  ) -> Saved {
    let rows = output.rows
    let mark = workspace.mark
    let (attentionInput, inputNorm) = normalized(
      input, slots.attentionInputNorm, memory, workspace)
    let heads = attention.forward(attentionInput, weights, memory: memory, workspace)
    let attentionSum = memory.matrix(rows, size)
    let contextLow = weights.attentionOutput.forward(
      heads.context, into: attentionSum, drops, memory: memory, workspace)
    addResidual(
      attentionSum, slots.attentionOutput.bias, queries(of: input, workspace), attentionDropout,
      workspace)

    let (stream, attentionNorm) = normalized(attentionSum, slots.attentionNorm, memory, workspace)
    let (inner, innerNorm) = normalized(stream, slots.feedForwardInputNorm, memory, workspace)
    let outputSum = memory.matrix(rows, size)
    let part = feedForward.forward(inner, weights, into: outputSum, memory: memory, workspace)
    addResidual(outputSum, slots.output.bias, stream, outputDropout, workspace)
    workspace.release(to: mark)
    let outputNorm = slots.outputNorm?.forward(
      outputSum, into: output, values, memory: memory, workspace)
    if outputNorm == nil { output.vector.copy(from: outputSum.vector) }

    return Saved(
      attentionInput: inputNorm, attention: heads, contextLow: contextLow,
      attentionSum: attentionSum, attentionNorm: attentionNorm, feedForwardInput: innerNorm,
      feedForward: part, outputSum: outputSum, outputNorm: outputNorm)
  }

  /// The layer's output, `[Tq, C]`, once more, in the workspace or where it is kept.
  func output(_ saved: Saved, _ workspace: Workspace) -> Matrix {
    again(saved.outputSum, slots.outputNorm, saved.outputNorm, workspace)
  }

  /// Computes the gradients of input and parameters from the output's.
  ///
  /// - Parameters:
  ///   - input: `[T, C]`.
  ///   - saved: As `forward` left it; used up.
  ///   - weights: The layer's, for this direction.
  ///   - gradient: dL/doutput `[Tq, C]`; overwritten.
  ///   - dInput: Receives dL/dinput `[T, C]`; may be `gradient` when all rows are queries. Nil where nobody needs it.
  ///   - dBlock: Receives the layer's parameter gradients.
  ///   - adds: Whether they are added to what it holds.
  ///   - dRelativeBias: The shared table's gradient is added here.
  ///   - workspace: Memory and threads for the pass.
  ///   - pause: Called between matrix products.
  func backward(
    _ input: Matrix, _ saved: Saved, _ weights: PackedLayer, gradient: Matrix, dInput: Matrix?,
    dBlock: Vector, adds: Bool, dRelativeBias: Matrix?, _ workspace: Workspace,
    betweenProducts pause: () -> Void
  ) {
    let start = workspace.mark
    let parameterGradient = LayerGradient(
      slots, dBlock, adds: adds, precision: weights.precision, workspace)
    let mark = workspace.mark
    feedForwardBackward(saved, weights, gradient, parameterGradient, workspace, pause)
    workspace.release(to: mark)
    pause()

    backward(
      slots.attentionNorm, saved.attentionSum, saved.attentionNorm, gradient, parameterGradient,
      workspace)
    let dOutput = productGradient(
      gradient, slots.attentionOutput.bias, attentionDropout, parameterGradient, workspace)
    parameterGradient.weight(
      slots.attentionOutput.weight, dOutput, saved.attention.context, workspace)
    let dContext = workspace.matrix(gradient.rows, saved.attention.context.columns)
    weights.attentionOutput.backward(
      dOutput, saved.attention.context, saved.contextLow, into: dContext, drops, parameterGradient,
      workspace)
    pause()
    attentionBackward(
      input, saved, weights, dContext, gradient, dInput, parameterGradient, dRelativeBias, workspace
    )
    parameterGradient.finish()
    pause()
    workspace.release(to: start)
  }

  /// From dL/doutput to dL/d(stream after attention), in place.
  private func feedForwardBackward(
    _ saved: Saved, _ weights: PackedLayer, _ gradient: Matrix,
    _ parameterGradient: LayerGradient, _ workspace: Workspace, _ pause: () -> Void
  ) {
    backward(
      slots.outputNorm, saved.outputSum, saved.outputNorm, gradient, parameterGradient, workspace)
    let dOutput = productGradient(
      gradient, slots.output.bias, outputDropout, parameterGradient, workspace)
    let norm = slots.feedForwardInputNorm
    // A norm of its own has the part's gradient apart from the residual's.
    let dInner = norm == nil ? gradient : workspace.matrix(gradient.rows, size)
    feedForward.backward(
      dOutput, input: { writeInner(saved, into: $0, workspace) }, saved.feedForward, weights,
      into: dInner, adds: norm == nil, parameterGradient, workspace, pause)
    guard let norm, let kept = saved.feedForwardInput else { return }
    let stream = again(saved.attentionSum, slots.attentionNorm, saved.attentionNorm, workspace)
    norm.backward(stream, kept, gradient: dInner, values, parameterGradient, workspace)
    add(dInner.vector, to: gradient.vector, team: workspace.team)
  }

  /// `residual` is the gradient that reaches the queries' input directly; it may be `dInput`.
  private func attentionBackward(
    _ input: Matrix, _ saved: Saved, _ weights: PackedLayer, _ dContext: Matrix,
    _ residual: Matrix, _ dInput: Matrix?, _ parameterGradient: LayerGradient,
    _ dRelativeBias: Matrix?, _ workspace: Workspace
  ) {
    let attentionInput = again(input, slots.attentionInputNorm, saved.attentionInput, workspace)
    func back(_ dInput: Matrix?, adds: Bool, _ dQueryInput: Matrix?, addsQueries: Bool) {
      attention.backward(
        attentionInput, saved.attention, weights, dContext, dInput: dInput, adds: adds,
        dQueryInput: dQueryInput, addsQueries: addsQueries, parameterGradient, dRelativeBias,
        workspace)
    }
    if let norm = slots.attentionInputNorm, let kept = saved.attentionInput {
      guard dInput != nil || !norm.weight.isFrozen else {
        return back(nil, adds: false, nil, addsQueries: false)
      }
      let dNormalized = workspace.matrix(input.rows, size)
      let dQueries = queryRows.map { workspace.matrix($0.count, size) }
      back(dNormalized, adds: false, dQueries, addsQueries: false)
      if let dQueries { addQueries(dQueries, to: dNormalized) }
      norm.backward(input, kept, gradient: dNormalized, values, parameterGradient, workspace)
      guard let dInput else { return }
      if queryRows == nil {
        add(dNormalized.vector, to: residual.vector, team: workspace.team)
      } else {
        dInput.vector.copy(from: dNormalized.vector)
        addQueries(residual, to: dInput)
      }
    } else if queryRows == nil {
      back(dInput, adds: true, nil, addsQueries: false)
    } else {
      back(dInput, adds: false, dInput.map { _ in residual }, addsQueries: true)
      if let dInput { addQueries(residual, to: dInput) }
    }
  }

  // MARK: Parts that there may be

  /// A norm's output in the workspace and what it keeps; the input itself where there is none.
  private func normalized(
    _ input: Matrix, _ norm: EncoderParameters.Norm?, _ memory: Arena, _ workspace: Workspace
  ) -> (output: Matrix, saved: EncoderParameters.Norm.Saved?) {
    guard let norm else { return (input, nil) }
    let output = workspace.matrix(input.rows, size)
    return (output, norm.forward(input, into: output, values, memory: memory, workspace))
  }

  private func again(
    _ input: Matrix, _ norm: EncoderParameters.Norm?, _ saved: EncoderParameters.Norm.Saved?,
    _ workspace: Workspace
  ) -> Matrix {
    guard let norm, let saved else { return input }
    let output = workspace.matrix(input.rows, size)
    norm.again(input, saved, into: output, values, workspace)
    return output
  }

  /// Writes what the feed-forward part was given; its norm is that of the attention's or its own.
  private func writeInner(_ saved: Saved, into output: Matrix, _ workspace: Workspace) {
    var stream = saved.attentionSum
    if let norm = slots.attentionNorm, let kept = saved.attentionNorm {
      norm.again(stream, kept, into: output, values, workspace)
      stream = output
    }
    if let norm = slots.feedForwardInputNorm, let kept = saved.feedForwardInput {
      norm.again(stream, kept, into: output, values, workspace)
    }
  }

  private func backward(
    _ norm: EncoderParameters.Norm?, _ input: Matrix, _ saved: EncoderParameters.Norm.Saved?,
    _ gradient: Matrix, _ parameterGradient: LayerGradient, _ workspace: Workspace
  ) {
    guard let norm, let saved else { return }
    norm.backward(input, saved, gradient: gradient, values, parameterGradient, workspace)
  }

  /// `sum = dropout(sum + bias) + residual`.
  private func addResidual(
    _ sum: Matrix, _ bias: ParameterSlot?, _ residual: Matrix, _ dropout: DropoutSite?,
    _ workspace: Workspace
  ) {
    let mark = workspace.mark
    defer { workspace.release(to: mark) }
    let shift: Vector
    if let bias {
      shift = values.vector(bias)
    } else {
      shift = workspace.vector(size)
      shift.fill(0)
    }
    residualForward(
      sum, bias: shift, residual: residual, dropout: dropout, tokens: queryTokens,
      team: workspace.team)
  }

  /// The gradient of a part's product from that of the residual sum, in memory of its own.
  private func productGradient(
    _ gradient: Matrix, _ bias: ParameterSlot?, _ dropout: DropoutSite?,
    _ parameterGradient: LayerGradient, _ workspace: Workspace
  ) -> Matrix {
    let dOutput = workspace.matrix(gradient.rows, size)
    residualBackward(
      gradient, into: dOutput, dBias: parameterGradient.vector(bias, count: size), dropout: dropout,
      tokens: queryTokens, workspace)
    return dOutput
  }

  private func queries(of input: Matrix, _ workspace: Workspace) -> Matrix {
    guard let queryRows else { return input }
    let rows = workspace.matrix(queryRows.count, size)
    rows.gatherRows(queryRows, of: input)
    return rows
  }

  private func addQueries(_ rows: Matrix, to all: Matrix) {
    for (index, row) in (queryRows ?? []).enumerated() { add(rows.row(index), to: all.row(row)) }
  }
}
