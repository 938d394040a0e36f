/// Adds `bias` `[C]` to every row of `output` `[T, C]`.
public func addBias(_ bias: Vector, to output: Matrix) {
  let span = Profile.begin("bias")
  defer { span.end() }
  precondition(bias.count == output.columns, "bias of \(bias.count) on \(output.columns) columns")
  for index in 0..<output.rows {
    let row = output.row(index).pointer
    var i = 0
    while i < bias.count {
      (Lanes(row, i, of: bias.count) + Lanes(bias.pointer, i, of: bias.count))
        .store(row, i, of: bias.count)
      i &+= Lanes.width
    }
  }
}

/// Adds the sum of the rows of `gradient` `[T, C]` to `dBias` `[C]`, row after row.
public func addBiasBackward(_ gradient: Matrix, into dBias: Vector) {
  let span = Profile.begin("bias backward")
  defer { span.end() }
  precondition(dBias.count == gradient.columns, "bias of \(dBias.count) for \(gradient.columns)")
  for index in 0..<gradient.rows { add(gradient.row(index), to: dBias) }
}

/// `target += source`, element by element.
public func add(_ source: Vector, to target: Vector) {
  precondition(source.count == target.count, "sum of \(source.count) and \(target.count) floats")
  let count = source.count
  var i = 0
  while i < count {
    (Lanes(target.pointer, i, of: count) + Lanes(source.pointer, i, of: count))
      .store(target.pointer, i, of: count)
    i &+= Lanes.width
  }
}

private let inverseRootTwo: Float = 0.707_106_781
private let inverseRootTwoPi: Float = 0.398_942_280

/// `output = gelu(input + bias)` with the exact (erf) form, `[T, F]`.
public func geluForward(_ input: Matrix, bias: Vector, into output: Matrix) {
  let span = Profile.begin("GELU")
  defer { span.end() }
  precondition(
    input.columns == bias.count && output.columns == bias.count && input.rows == output.rows,
    "gelu of unequal shapes")
  let count = bias.count
  for index in 0..<input.rows {
    let x = input.row(index).pointer
    let y = output.row(index).pointer
    var i = 0
    while i < count {
      let z = Lanes(x, i, of: count) + Lanes(bias.pointer, i, of: count)
      let cumulative = (errorFunction(z * inverseRootTwo) + 1) * 0.5
      (z * cumulative).store(y, i, of: count)
      i &+= Lanes.width
    }
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
public func geluBackward(
  _ input: Matrix, bias: Vector, gradient: Matrix, dBias: Vector, output: Matrix
) {
  let span = Profile.begin("GELU backward")
  defer { span.end() }
  precondition(
    input.columns == bias.count && gradient.columns == bias.count && gradient.rows == input.rows
      && output.columns == bias.count && output.rows == input.rows, "gelu of unequal shapes")
  let count = bias.count
  for index in 0..<input.rows {
    let x = input.row(index).pointer
    let g = gradient.row(index).pointer
    let y = output.row(index).pointer
    var i = 0
    while i < count {
      let z = Lanes(x, i, of: count) + Lanes(bias.pointer, i, of: count)
      let cumulative = (errorFunction(z * inverseRootTwo) + 1) * 0.5
      let density = exponential(z * z * -0.5) * inverseRootTwoPi
      let d = Lanes(g, i, of: count) * cumulative.addingProduct(z, density)
      (z * cumulative).store(y, i, of: count)
      d.store(g, i, of: count)
      (Lanes(dBias.pointer, i, of: count) + d).store(dBias.pointer, i, of: count)
      i &+= Lanes.width
    }
  }
}

/// `values = max(values + bias, 0)` in place, `[T, C]`.
public func reluForward(_ values: Matrix, bias: Vector) {
  addBias(bias, to: values)
  for index in 0..<values.rows {
    let row = values.row(index).pointer
    var i = 0
    while i < values.columns {
      let x = Lanes(row, i, of: values.columns)
      x.replacing(with: 0, where: x .< 0).store(row, i, of: values.columns)
      i &+= Lanes.width
    }
  }
}

/// Sets the gradient to 0 where the forward output was not positive, in place, `[T, C]`.
public func reluBackward(output: Matrix, gradient: Matrix) {
  precondition(
    output.rows == gradient.rows && output.columns == gradient.columns, "relu of unequal shapes")
  for index in 0..<output.rows {
    let y = output.row(index).pointer
    let g = gradient.row(index).pointer
    var i = 0
    while i < output.columns {
      let d = Lanes(g, i, of: output.columns)
      d.replacing(with: 0, where: Lanes(y, i, of: output.columns) .<= 0)
        .store(g, i, of: output.columns)
      i &+= Lanes.width
    }
  }
}

/// `values *= factor`, element by element.
public func scale(_ values: Vector, by factor: Float) {
  var i = 0
  while i < values.count {
    (Lanes(values.pointer, i, of: values.count) * factor)
      .store(values.pointer, i, of: values.count)
    i &+= Lanes.width
  }
}

/// The sum of squares, in sixteen partial sums that are joined in double precision.
public func sumOfSquares(_ values: Vector) -> Double {
  var squares = Lanes.zero
  var i = 0
  while i < values.count {
    let x = Lanes(values.pointer, i, of: values.count)
    squares.addProduct(x, x)
    i &+= Lanes.width
  }
  var sum = 0.0
  for lane in 0..<Lanes.width { sum += Double(squares[lane]) }
  return sum
}
