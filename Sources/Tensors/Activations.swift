/// Adds `bias` `[C]` to every row of `output` `[T, C]`.
public func addBias(_ bias: Vector, to output: Matrix, team: Team = .solo) {
  let span = Profile.begin("bias")
  defer { span.end() }
  precondition(bias.count == output.columns, "bias of \(bias.count) on \(output.columns) columns")
  team.split(output.rows) { kernels.addBias(bias, to: output.rows($0)) }
}

/// Adds the sum of the rows of `gradient` `[T, C]` to `dBias` `[C]`.
public func addBiasBackward(_ gradient: Matrix, into dBias: Vector, _ workspace: Workspace) {
  let span = Profile.begin("bias backward")
  defer { span.end() }
  precondition(dBias.count == gradient.columns, "bias of \(dBias.count) for \(gradient.columns)")
  workspace.team.sumRows(gradient.rows, into: [dBias], scratch: workspace.scratch) { rows, sums in
    kernels.addRows(of: gradient.rows(rows), to: sums[0])
  }
}

/// `target += source`, element by element.
public func add(_ source: Vector, to target: Vector) {
  precondition(source.count == target.count, "sum of \(source.count) and \(target.count) floats")
  kernels.add(source, to: target)
}

/// `target += source`, element by element, by several threads.
public func add(_ source: Vector, to target: Vector, team: Team) {
  precondition(source.count == target.count, "sum of \(source.count) and \(target.count) floats")
  // Whole cache lines for each.
  let lines = (source.count + 15) / 16
  team.split(lines) { range in
    let part = range.lowerBound * 16..<min(range.upperBound * 16, source.count)
    kernels.add(source[part], to: target[part])
  }
}

/// `output = gelu(input + bias)` with the exact (erf) form, `[T, F]`.
public func geluForward(
  _ input: Matrix, bias: Vector, into output: Matrix, team: Team = .solo
) {
  let span = Profile.begin("GELU")
  defer { span.end() }
  precondition(
    input.columns == bias.count && output.columns == bias.count && input.rows == output.rows,
    "gelu of unequal shapes")
  team.split(input.rows) {
    kernels.geluForward(input.rows($0), bias: bias, into: output.rows($0))
  }
}

/// Turns the gradient after GELU into the gradient before it, in place, adds its column sums to
/// `dBias` and recomputes the forward output, which the weight gradient of the next layer needs.
///
/// - Parameters:
///   - input: The input of `geluForward`, `[T, F]`, without the bias.
///   - bias: The bias that the forward pass added, `[F]`.
///   - gradient: On entry dL/doutput, on return dL/dinput, `[T, F]`.
///   - dBias: Receives the column sums, `[F]`.
///   - output: Receives `gelu(input + bias)`, `[T, F]`.
///   - workspace: Memory and threads for the call.
public func geluBackward(
  _ input: Matrix, bias: Vector, gradient: Matrix, dBias: Vector, output: Matrix,
  _ workspace: Workspace
) {
  let span = Profile.begin("GELU backward")
  defer { span.end() }
  precondition(
    input.columns == bias.count && gradient.columns == bias.count && gradient.rows == input.rows
      && output.columns == bias.count && output.rows == input.rows, "gelu of unequal shapes")
  workspace.team.sumRows(input.rows, into: [dBias], scratch: workspace.scratch) { rows, sums in
    kernels.geluBackward(
      input.rows(rows), bias: bias, gradient: gradient.rows(rows), dBias: sums[0],
      output: output.rows(rows))
  }
}

/// `values = max(values + bias, 0)` in place, `[T, C]`.
public func reluForward(_ values: Matrix, bias: Vector) {
  addBias(bias, to: values)
  kernels.reluForward(values)
}

/// Sets the gradient to 0 where the forward output was not positive, in place, `[T, C]`.
public func reluBackward(output: Matrix, gradient: Matrix) {
  precondition(
    output.rows == gradient.rows && output.columns == gradient.columns, "relu of unequal shapes")
  kernels.reluBackward(output: output, gradient: gradient)
}

/// `values *= factor`, element by element.
public func scale(_ values: Vector, by factor: Float) { kernels.scale(values, by: factor) }

/// The sum of squares, in sixteen partial sums that are joined in double precision.
public func sumOfSquares(_ values: Vector) -> Double { kernels.sumOfSquares(values) }
