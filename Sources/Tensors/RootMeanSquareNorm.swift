/// `output = x / sqrt(mean(x^2) + epsilon) * weight` over the columns (RMSNorm, Zhang and Sennrich 2019).
///
/// - Parameters:
///   - input: `[T, C]`.
///   - norm: The scale; its shift takes no part.
///   - output: `[T, C]`; may be the input itself.
///   - rstd: Receives 1 / sqrt(mean square + epsilon) of every row, `[T]`.
///   - team: The threads.
public func rootMeanSquareNormForward(
  _ input: Matrix, _ norm: NormParameters, into output: Matrix, rstd: Vector, team: Team = .solo
) {
  let span = Profile.begin("RMSNorm")
  defer { span.end() }
  checkNorm(input, norm, output, rstd)
  team.split(input.rows) {
    kernels.rootMeanSquareNormForward(
      input.rows($0), norm, into: output.rows($0), rstd: rstd[$0])
  }
}

/// Computes the output of `rootMeanSquareNormForward` again, to the same bits.
///
/// - Parameters:
///   - input: `[T, C]`.
///   - norm: The scale.
///   - rstd: As the forward pass left it, `[T]`.
///   - output: `[T, C]`.
///   - team: The threads.
public func rootMeanSquareNormAgain(
  _ input: Matrix, _ norm: NormParameters, rstd: Vector, into output: Matrix, team: Team = .solo
) {
  let span = Profile.begin("RMSNorm")
  defer { span.end() }
  checkNorm(input, norm, output, rstd)
  team.split(input.rows) {
    kernels.rootMeanSquareNormAgain(input.rows($0), norm, rstd: rstd[$0], into: output.rows($0))
  }
}

/// Turns dL/doutput into dL/dinput, in place, and adds the scale's gradient.
///
/// - Parameters:
///   - input: The input of the forward pass, `[T, C]`.
///   - norm: The scale.
///   - rstd: As the forward pass left it, `[T]`.
///   - gradient: On entry dL/doutput, on return dL/dinput, `[T, C]`.
///   - dWeight: Receives the sum over rows, `[C]`.
///   - workspace: Memory and threads for the call.
public func rootMeanSquareNormBackward(
  _ input: Matrix, _ norm: NormParameters, rstd: Vector, gradient: Matrix, dWeight: Vector,
  _ workspace: Workspace
) {
  let span = Profile.begin("RMSNorm backward")
  defer { span.end() }
  checkNorm(input, norm, gradient, rstd)
  precondition(dWeight.count == input.columns, "RMS norm of unequal shapes")
  workspace.team.sumRows(input.rows, into: [dWeight], scratch: workspace.scratch) { rows, sums in
    kernels.rootMeanSquareNormBackward(
      input.rows(rows), norm, rstd: rstd[rows], gradient: gradient.rows(rows), dWeight: sums[0])
  }
}

private func checkNorm(_ input: Matrix, _ norm: NormParameters, _ other: Matrix, _ rstd: Vector) {
  precondition(
    input.rows == other.rows && input.columns == other.columns && rstd.count == input.rows
      && norm.weight.count == input.columns, "RMS norm of unequal shapes")
}
