/// `output = silu(gate) * up` of the two halves of every row (SwiGLU, Shazeer 2020).
///
/// - Parameters:
///   - input: Gate and up beside one another, `[T, 2F]`.
///   - output: `[T, F]`.
///   - team: The threads.
public func gatedForward(_ input: Matrix, into output: Matrix, team: Team = .solo) {
  let span = Profile.begin("SwiGLU")
  defer { span.end() }
  precondition(
    input.rows == output.rows && input.columns == 2 * output.columns, "SwiGLU of unequal shapes")
  team.split(input.rows) { kernels.gatedForward(input.rows($0), into: output.rows($0)) }
}

/// Turns the input of `gatedForward` into dL/dinput and dL/doutput into the output once more, both in place.
///
/// - Parameters:
///   - input: On entry the input of the forward pass, on return dL/dinput, `[T, 2F]`.
///   - gradient: On entry dL/doutput, on return the forward pass's output, `[T, F]`.
///   - team: The threads.
public func gatedBackward(_ input: Matrix, gradient: Matrix, team: Team = .solo) {
  let span = Profile.begin("SwiGLU backward")
  defer { span.end() }
  precondition(
    input.rows == gradient.rows && input.columns == 2 * gradient.columns,
    "SwiGLU of unequal shapes")
  team.split(input.rows) { kernels.gatedBackward(input.rows($0), gradient: gradient.rows($0)) }
}
