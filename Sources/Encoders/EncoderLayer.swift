internal import Tensors

/// One transformer layer (post-norm, as BERT has it) over packed rows: forward and backward.
///
/// T rows are keys and values, Tq rows are queries and everything after attention: all rows, or in
/// the last layer only each sequence's first.
struct EncoderLayer {
  let slots: EncoderParameters.Layer
  let parameters: Vector
  let normEpsilon: Double
  let attention: Attention
  /// The rows of the input that are queries, or nil when all are.
  let queryRows: [Int]?
  let queryTokens: TokenRows
  let attentionDropout: DropoutSite?
  let outputDropout: DropoutSite?

  /// What the forward pass leaves for the backward pass; outputs of normalisations are computed again.
  struct Saved {
    let queries: Matrix
    let keys: Matrix
    let values: Matrix
    let weights: Vector
    let context: Matrix
    let attentionSum: Matrix
    let attentionMean: Vector
    let attentionRstd: Vector
    let intermediate: Matrix
    let outputSum: Matrix
    let outputMean: Vector
    let outputRstd: Vector
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
    let (rows, team) = (output.rows, workspace.team)
    let mark = workspace.mark
    let (queryInput, queries, keys, values) = project(input, weights, memory, workspace)
    let attentionWeights = memory.vector(attention.weightCount)
    let context = memory.matrix(rows, size)
    attention.forward(
      queries: queries, keys: keys, values: values, weights: attentionWeights, context: context,
      workspace)

    let attentionSum = memory.matrix(rows, size)
    let attentionOutput = workspace.matrix(rows, size)
    let (attentionMean, attentionRstd) = (memory.vector(rows), memory.vector(rows))
    multiply(context, weights.attentionOutput, into: attentionSum, workspace)
    residualForward(
      attentionSum, bias: slots.attentionOutput.bias.vector(in: parameters), residual: queryInput,
      dropout: attentionDropout, tokens: queryTokens, team: team)
    layerNormForward(
      attentionSum, slots.attentionNorm.values(parameters, normEpsilon), into: attentionOutput,
      mean: attentionMean, rstd: attentionRstd, team: team)

    let intermediate = memory.matrix(rows, slots.intermediate.weight.rows)
    multiply(attentionOutput, weights.intermediate, into: intermediate, workspace)
    let activated = workspace.matrix(rows, intermediate.columns)
    geluForward(
      intermediate, bias: slots.intermediate.bias.vector(in: parameters), into: activated,
      team: team)
    let outputSum = memory.matrix(rows, size)
    let (outputMean, outputRstd) = (memory.vector(rows), memory.vector(rows))
    multiply(activated, weights.output, into: outputSum, workspace)
    residualForward(
      outputSum, bias: slots.output.bias.vector(in: parameters), residual: attentionOutput,
      dropout: outputDropout, tokens: queryTokens, team: team)
    workspace.release(to: mark)
    layerNormForward(
      outputSum, slots.outputNorm.values(parameters, normEpsilon), into: output, mean: outputMean,
      rstd: outputRstd, team: team)

    return Saved(
      queries: queries, keys: keys, values: values, weights: attentionWeights, context: context,
      attentionSum: attentionSum, attentionMean: attentionMean,
      attentionRstd: attentionRstd, intermediate: intermediate, outputSum: outputSum,
      outputMean: outputMean, outputRstd: outputRstd)
  }

  /// Computes the layer's output once more, `[Tq, C]`, in the workspace.
  func output(_ saved: Saved, _ workspace: Workspace) -> Matrix {
    let output = workspace.matrix(saved.outputSum.rows, size)
    layerNormAgain(
      saved.outputSum, slots.outputNorm.values(parameters, normEpsilon), mean: saved.outputMean,
      rstd: saved.outputRstd, into: output, team: workspace.team)
    return output
  }

  /// Computes the gradients of input and parameters from the output's.
  ///
  /// - Parameters:
  ///   - input: `[T, C]`.
  ///   - saved: As `forward` left it.
  ///   - weights: The layer's, for this direction.
  ///   - gradient: dL/doutput `[Tq, C]`; overwritten.
  ///   - dInput: Receives dL/dinput `[T, C]`; may be `gradient` when all rows are queries.
  ///   - dBlock: Receives the layer's parameter gradients.
  ///   - adds: Whether they are added to what it holds.
  ///   - dRelativeBias: The shared table's gradient is added here.
  ///   - workspace: Memory and threads for the pass.
  ///   - pause: Called between matrix products.
  func backward(
    _ input: Matrix, _ saved: Saved, _ weights: PackedLayer, gradient: Matrix, dInput: Matrix,
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

    layerNormBackward(
      saved.attentionSum, slots.attentionNorm.values(parameters, normEpsilon),
      mean: saved.attentionMean, rstd: saved.attentionRstd, gradient: gradient,
      dWeight: parameterGradient.vector(slots.attentionNorm.weight),
      dBias: parameterGradient.vector(slots.attentionNorm.bias), workspace)
    let dOutput = workspace.matrix(gradient.rows, size)
    residualBackward(
      gradient, into: dOutput, dBias: parameterGradient.vector(slots.attentionOutput.bias),
      dropout: attentionDropout, tokens: queryTokens, workspace)
    parameterGradient.weight(
      slots.attentionOutput.weight, dOutput, saved.context, workspace)
    let dContext = workspace.matrix(gradient.rows, size)
    multiply(dOutput, weights.attentionOutput, into: dContext, workspace)
    pause()
    projectBackward(
      input, saved, weights, dContext, gradient, dInput, parameterGradient, dRelativeBias, workspace
    )
    parameterGradient.finish()
    pause()
    workspace.release(to: start)
  }

  /// From dL/doutput to dL/d(attention output), in place.
  private func feedForwardBackward(
    _ saved: Saved, _ weights: PackedLayer, _ gradient: Matrix,
    _ parameterGradient: LayerGradient, _ workspace: Workspace, _ pause: () -> Void
  ) {
    layerNormBackward(
      saved.outputSum, slots.outputNorm.values(parameters, normEpsilon), mean: saved.outputMean,
      rstd: saved.outputRstd, gradient: gradient,
      dWeight: parameterGradient.vector(slots.outputNorm.weight),
      dBias: parameterGradient.vector(slots.outputNorm.bias), workspace)
    let dOutput = workspace.matrix(gradient.rows, size)
    residualBackward(
      gradient, into: dOutput, dBias: parameterGradient.vector(slots.output.bias),
      dropout: outputDropout, tokens: queryTokens, workspace)
    let dIntermediate = workspace.matrix(gradient.rows, saved.intermediate.columns)
    multiply(dOutput, weights.output, into: dIntermediate, workspace)
    pause()
    let activated = workspace.matrix(gradient.rows, saved.intermediate.columns)
    geluBackward(
      saved.intermediate, bias: slots.intermediate.bias.vector(in: parameters),
      gradient: dIntermediate, dBias: parameterGradient.vector(slots.intermediate.bias),
      output: activated, workspace)
    parameterGradient.weight(slots.output.weight, dOutput, activated, workspace)
    pause()
    // The output's gradient has been used up.
    let attentionOutput = dOutput
    layerNormAgain(
      saved.attentionSum, slots.attentionNorm.values(parameters, normEpsilon),
      mean: saved.attentionMean, rstd: saved.attentionRstd, into: attentionOutput,
      team: workspace.team)
    parameterGradient.weight(
      slots.intermediate.weight, dIntermediate, attentionOutput, workspace)
    pause()
    multiply(dIntermediate, weights.intermediate, into: gradient, adds: true, workspace)
  }

  /// The rows that are queries where their weights are packed apart.
  private var separateRows: [Int] {
    guard let queryRows else { preconditionFailure("weights packed apart are for some rows") }
    return queryRows
  }

  private func gatherQueries(_ input: Matrix, _ workspace: Workspace) -> Matrix {
    let rows = workspace.matrix(separateRows.count, size)
    rows.gatherRows(separateRows, of: input)
    return rows
  }

  /// Queries, keys and values; one product when all rows are queries, else keys and values alone.
  private func project(
    _ input: Matrix, _ weights: PackedLayer, _ memory: Arena, _ workspace: Workspace
  ) -> (queryInput: Matrix, queries: Matrix, keys: Matrix, values: Matrix) {
    let bias = slots.queryKeyValue.bias.vector(in: parameters)
    switch weights.queryKeyValue {
    case .joint(let weight):
      let all = memory.matrix(input.rows, 3 * size)
      multiply(input, weight, into: all, workspace)
      addBias(bias, to: all, team: workspace.team)
      return (
        input, all.columns(0..<size), all.columns(size..<2 * size), all.columns(2 * size..<3 * size)
      )
    case .separate(let queryWeight, let keyValueWeight):
      let queryInput = gatherQueries(input, workspace)
      let queries = memory.matrix(queryInput.rows, size)
      multiply(queryInput, queryWeight, into: queries, workspace)
      addBias(bias[0..<size], to: queries)
      let keysValues = memory.matrix(input.rows, 2 * size)
      multiply(input, keyValueWeight, into: keysValues, workspace)
      addBias(bias[size..<3 * size], to: keysValues, team: workspace.team)
      return (
        queryInput, queries, keysValues.columns(0..<size), keysValues.columns(size..<2 * size)
      )
    }
  }

  /// `residual` is the gradient that reaches the queries' input directly; it may be `dInput`.
  private func projectBackward(
    _ input: Matrix, _ saved: Saved, _ weights: PackedLayer, _ dContext: Matrix,
    _ residual: Matrix, _ dInput: Matrix, _ parameterGradient: LayerGradient,
    _ dRelativeBias: Matrix?, _ workspace: Workspace
  ) {
    let slot = slots.queryKeyValue.weight
    let dBias = parameterGradient.vector(slots.queryKeyValue.bias)
    func attend(_ dQueries: Matrix, _ dKeys: Matrix, _ dValues: Matrix) {
      attention.backward(
        queries: saved.queries, keys: saved.keys, values: saved.values, weights: saved.weights,
        dContext: dContext, dQueries: dQueries, dKeys: dKeys, dValues: dValues,
        dRelativeBias: dRelativeBias, workspace)
    }
    switch weights.queryKeyValue {
    case .joint(let weight):
      let all = workspace.matrix(input.rows, 3 * size)
      attend(
        all.columns(0..<size), all.columns(size..<2 * size), all.columns(2 * size..<3 * size))
      addBiasBackward(all, into: dBias, workspace)
      parameterGradient.weight(slot, all, input, workspace)
      multiply(all, weight, into: residual, adds: true, workspace)
    case .separate(let queryWeight, let keyValueWeight):
      let dQueries = workspace.matrix(saved.queries.rows, size)
      let dKeysValues = workspace.matrix(input.rows, 2 * size)
      attend(dQueries, dKeysValues.columns(0..<size), dKeysValues.columns(size..<2 * size))
      addBiasBackward(dQueries, into: dBias[0..<size], workspace)
      addBiasBackward(dKeysValues, into: dBias[size..<3 * size], workspace)
      parameterGradient.weight(
        slot, rows: 0..<size, dQueries, gatherQueries(input, workspace), workspace)
      parameterGradient.weight(
        slot, rows: size..<3 * size, dKeysValues, input, workspace)
      multiply(dKeysValues, keyValueWeight, into: dInput, workspace)
      multiply(dQueries, queryWeight, into: residual, adds: true, workspace)
      for (index, row) in separateRows.enumerated() {
        add(residual.row(index), to: dInput.row(row))
      }
    }
  }
}
