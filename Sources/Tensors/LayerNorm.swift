/// `output = LayerNorm(input)` over the columns; keeps mean and 1/deviation of every row.
///
/// - Parameters:
///   - input: `[T, C]`.
///   - norm: Scale and shift.
///   - output: `[T, C]`; may be the input itself.
///   - mean: Receives the mean of every row, `[T]`.
///   - rstd: Receives 1 / sqrt(variance + epsilon) of every row, `[T]`.
///   - team: The threads.
public func layerNormForward(
  _ input: Matrix, _ norm: NormParameters, into output: Matrix, mean: Vector, rstd: Vector,
  team: Team = .solo
) {
  let span = Profile.begin("LayerNorm")
  defer { span.end() }
  precondition(
    input.rows == output.rows && input.columns == output.columns && mean.count == input.rows
      && rstd.count == input.rows && norm.weight.count == input.columns,
    "layer norm of unequal shapes")
  team.split(input.rows) {
    kernels.layerNormForward(
      input.rows($0), norm, into: output.rows($0), mean: mean[$0], rstd: rstd[$0])
  }
}

/// Computes the output of `layerNormForward` again, to the same bits.
///
/// - Parameters:
///   - input: `[T, C]`.
///   - norm: Scale and shift.
///   - mean: As the forward pass left it, `[T]`.
///   - rstd: As the forward pass left it, `[T]`.
///   - output: `[T, C]`.
///   - team: The threads.
public func layerNormAgain(
  _ input: Matrix, _ norm: NormParameters, mean: Vector, rstd: Vector, into output: Matrix,
  team: Team = .solo
) {
  let span = Profile.begin("LayerNorm")
  defer { span.end() }
  precondition(
    input.rows == output.rows && input.columns == output.columns && mean.count == input.rows
      && rstd.count == input.rows && norm.weight.count == input.columns,
    "layer norm of unequal shapes")
  team.split(input.rows) {
    kernels.layerNormAgain(
      input.rows($0), norm, mean: mean[$0], rstd: rstd[$0], into: output.rows($0))
  }
}

/// Turns dL/doutput into dL/dinput, in place, and adds the parameters' gradients.
///
/// - Parameters:
///   - input: The input of the forward pass, `[T, C]`.
///   - norm: Scale and shift.
///   - mean: As the forward pass left it, `[T]`.
///   - rstd: As the forward pass left it, `[T]`.
///   - gradient: On entry dL/doutput, on return dL/dinput, `[T, C]`.
///   - dWeight: Receives the sum over rows, `[C]`.
///   - dBias: Receives the sum over rows, `[C]`.
///   - workspace: Memory and threads for the call.
public func layerNormBackward(
  _ input: Matrix, _ norm: NormParameters, mean: Vector, rstd: Vector, gradient: Matrix,
  dWeight: Vector, dBias: Vector, _ workspace: Workspace
) {
  let span = Profile.begin("LayerNorm backward")
  defer { span.end() }
  precondition(
    input.rows == gradient.rows && input.columns == gradient.columns && mean.count == input.rows
      && rstd.count == input.rows && norm.weight.count == input.columns
      && dWeight.count == input.columns && dBias.count == input.columns,
    "layer norm of unequal shapes")
  workspace.team.sumRows(input.rows, into: [dWeight, dBias], scratch: workspace.scratch) {
    rows, sums in
    kernels.layerNormBackward(
      input.rows(rows), norm, mean: mean[rows], rstd: rstd[rows],
      gradient: gradient.rows(rows), dWeight: sums[0], dBias: sums[1])
  }
}

/// `sum = dropout(output + bias) + residual`, the step before each layer normalisation, in place.
///
/// - Parameters:
///   - output: A sub-layer's product, `[T, C]`; receives the sum.
///   - bias: The sub-layer's bias, `[C]`.
///   - residual: The sub-layer's input, `[T, C]`.
///   - dropout: The decisions, or nil without dropout.
///   - tokens: Which batch row and position each matrix row belongs to.
///   - team: The threads.
public func residualForward(
  _ output: Matrix, bias: Vector, residual: Matrix, dropout: DropoutSite?, tokens: TokenRows,
  team: Team = .solo
) {
  let span = Profile.begin("bias, dropout, residual")
  defer { span.end() }
  precondition(
    output.rows == residual.rows && output.columns == residual.columns
      && bias.count == output.columns && tokens.count == output.rows, "residual of unequal shapes")
  team.split(output.rows) {
    kernels.residualForward(
      output.rows($0), bias: bias, residual: residual.rows($0), dropout: dropout,
      tokens: tokens[$0])
  }
}

/// The gradient of the sub-layer's product, `[T, C]`, from that of the sum.
///
/// Adds its column sums to `dBias`. The residual's gradient is the sum's gradient itself.
public func residualBackward(
  _ gradient: Matrix, into dOutput: Matrix, dBias: Vector, dropout: DropoutSite?,
  tokens: TokenRows, _ workspace: Workspace
) {
  let span = Profile.begin("bias, dropout, residual backward")
  defer { span.end() }
  precondition(
    gradient.rows == dOutput.rows && gradient.columns == dOutput.columns
      && dBias.count == gradient.columns && tokens.count == gradient.rows,
    "residual of unequal shapes")
  workspace.team.sumRows(gradient.rows, into: [dBias], scratch: workspace.scratch) { rows, sums in
    kernels.residualBackward(
      gradient.rows(rows), into: dOutput.rows(rows), dBias: sums[0], dropout: dropout,
      tokens: tokens[rows])
  }
}
