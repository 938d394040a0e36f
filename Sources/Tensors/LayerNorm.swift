internal import Foundation

/// Learned scale and shift of a layer normalisation, `[C]` each.
public struct NormParameters: Sendable {
  /// The scale, called weight in PyTorch.
  public let weight: Vector
  /// The shift.
  public let bias: Vector
  /// Added to the variance.
  public let epsilon: Float

  /// The parameters of one layer normalisation.
  public init(weight: Vector, bias: Vector, epsilon: Float) {
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }
}

/// `output = LayerNorm(input)` over the columns; keeps mean and 1/deviation of every row.
///
/// - Parameters:
///   - input: `[T, C]`.
///   - norm: Scale and shift.
///   - output: `[T, C]`; may be the input itself.
///   - mean: Receives the mean of every row, `[T]`.
///   - inverse: Receives 1 / sqrt(variance + epsilon) of every row, `[T]`.
public func layerNormForward(
  _ input: Matrix, _ norm: NormParameters, into output: Matrix, mean: Vector, inverse: Vector
) {
  let span = Profile.begin("LayerNorm")
  defer { span.end() }
  precondition(
    input.rows == output.rows && input.columns == output.columns && mean.count == input.rows
      && norm.weight.count == input.columns, "layer norm of unequal shapes")
  for index in 0..<input.rows {
    (mean[index], inverse[index]) = normalizeRow(
      input.row(index), norm, into: output.row(index))
  }
}

@inline(__always)
private func normalizeRow(
  _ row: Vector, _ norm: NormParameters, into output: Vector
) -> (mean: Float, inverse: Float) {
  let count = row.count
  var sum = Lanes.zero
  var i = 0
  while i < count {
    sum += Lanes(row.pointer, i, of: count)
    i &+= Lanes.width
  }
  let mean = sum.total / Float(count)
  var squares = Lanes.zero
  i = 0
  while i &+ Lanes.width <= count {
    let centred = Lanes(row.pointer, i, of: count) - mean
    squares.addProduct(centred, centred)
    i &+= Lanes.width
  }
  var variance = squares.total
  while i < count {
    variance += (row.pointer[i] - mean) * (row.pointer[i] - mean)
    i &+= 1
  }
  let inverse = 1 / (variance / Float(count) + norm.epsilon).squareRoot()
  scaleRow(row, norm, mean, inverse, into: output)
  return (mean, inverse)
}

@inline(__always)
private func scaleRow(
  _ row: Vector, _ norm: NormParameters, _ mean: Float, _ inverse: Float, into output: Vector
) {
  let count = row.count
  var i = 0
  while i < count {
    let normal = (Lanes(row.pointer, i, of: count) - mean) * inverse
    Lanes(norm.bias.pointer, i, of: count)
      .addingProduct(normal, Lanes(norm.weight.pointer, i, of: count))
      .store(output.pointer, i, of: count)
    i &+= Lanes.width
  }
}

/// Computes the output of `layerNormForward` again, to the same bits.
///
/// - Parameters:
///   - input: `[T, C]`.
///   - norm: Scale and shift.
///   - mean: As the forward pass left it, `[T]`.
///   - inverse: As the forward pass left it, `[T]`.
///   - output: `[T, C]`.
public func layerNormAgain(
  _ input: Matrix, _ norm: NormParameters, mean: Vector, inverse: Vector, into output: Matrix
) {
  let span = Profile.begin("LayerNorm")
  defer { span.end() }
  precondition(
    input.rows == output.rows && input.columns == output.columns && mean.count == input.rows
      && norm.weight.count == input.columns, "layer norm of unequal shapes")
  for index in 0..<input.rows {
    scaleRow(input.row(index), norm, mean[index], inverse[index], into: output.row(index))
  }
}

/// Turns dL/doutput into dL/dinput, in place, and adds the parameters' gradients.
///
/// - Parameters:
///   - input: The input of the forward pass, `[T, C]`.
///   - norm: Scale and shift.
///   - mean: As the forward pass left it, `[T]`.
///   - inverse: As the forward pass left it, `[T]`.
///   - gradient: On entry dL/doutput, on return dL/dinput, `[T, C]`.
///   - dWeight: Receives the sum over rows, `[C]`.
///   - dBias: Receives the sum over rows, `[C]`.
public func layerNormBackward(
  _ input: Matrix, _ norm: NormParameters, mean: Vector, inverse: Vector, gradient: Matrix,
  dWeight: Vector, dBias: Vector
) {
  let span = Profile.begin("LayerNorm backward")
  defer { span.end() }
  precondition(
    input.rows == gradient.rows && input.columns == gradient.columns && mean.count == input.rows
      && dWeight.count == input.columns, "layer norm of unequal shapes")
  let count = input.columns
  for index in 0..<input.rows {
    let x = input.row(index).pointer
    let g = gradient.row(index).pointer
    let (rowMean, rowInverse) = (mean[index], inverse[index])
    var sum = Lanes.zero
    var product = Lanes.zero
    var i = 0
    while i < count {
      // Lanes beyond the row carry a gradient of 0 and drop out of both sums.
      let normal = (Lanes(x, i, of: count) - rowMean) * rowInverse
      let d = Lanes(g, i, of: count)
      Lanes(dWeight.pointer, i, of: count).addingProduct(d, normal)
        .store(dWeight.pointer, i, of: count)
      (Lanes(dBias.pointer, i, of: count) + d).store(dBias.pointer, i, of: count)
      let scaled = d * Lanes(norm.weight.pointer, i, of: count)
      sum += scaled
      product.addProduct(scaled, normal)
      i &+= Lanes.width
    }
    let meanGradient = sum.total / Float(count)
    let meanProduct = product.total / Float(count)
    i = 0
    while i < count {
      let normal = (Lanes(x, i, of: count) - rowMean) * rowInverse
      let scaled = Lanes(g, i, of: count) * Lanes(norm.weight.pointer, i, of: count)
      ((scaled - meanGradient).plus(normal, times: -meanProduct) * rowInverse)
        .store(g, i, of: count)
      i &+= Lanes.width
    }
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
public func residualForward(
  _ output: Matrix, bias: Vector, residual: Matrix, dropout: DropoutSite?, tokens: TokenRows
) {
  let span = Profile.begin("bias, dropout, residual")
  defer { span.end() }
  precondition(
    output.rows == residual.rows && output.columns == residual.columns
      && bias.count == output.columns && tokens.count == output.rows, "residual of unequal shapes")
  let count = output.columns
  for index in 0..<output.rows {
    let y = output.row(index).pointer
    let x = residual.row(index).pointer
    if let dropout {
      dropout.forEachLanes(
        row: tokens.rows[index], line: tokens.positions[index], count: count
      ) { i, factors in
        let z = Lanes(y, i, of: count) + Lanes(bias.pointer, i, of: count)
        Lanes(x, i, of: count).addingProduct(z, factors).store(y, i, of: count)
      }
    } else {
      var i = 0
      while i < count {
        (Lanes(y, i, of: count) + Lanes(bias.pointer, i, of: count) + Lanes(x, i, of: count))
          .store(y, i, of: count)
        i &+= Lanes.width
      }
    }
  }
}

/// The gradient of the sub-layer's product, `[T, C]`, from that of the sum.
///
/// Adds its column sums to `dBias`. The residual's gradient is the sum's gradient itself.
public func residualBackward(
  _ gradient: Matrix, into dOutput: Matrix, dBias: Vector, dropout: DropoutSite?, tokens: TokenRows
) {
  let span = Profile.begin("bias, dropout, residual backward")
  defer { span.end() }
  precondition(
    gradient.rows == dOutput.rows && gradient.columns == dOutput.columns
      && tokens.count == gradient.rows, "residual of unequal shapes")
  for index in 0..<gradient.rows {
    dOutput.row(index).copy(from: gradient.row(index))
    dropout?.apply(
      to: dOutput.row(index), row: tokens.rows[index], line: tokens.positions[index])
    add(dOutput.row(index), to: dBias)
  }
}

/// Where each row of a packed matrix comes from: its row in the global batch and its position there.
public struct TokenRows: Sendable {
  /// The row in the global batch, for each matrix row.
  public let rows: [Int]
  /// The position in the sequence, for each matrix row.
  public let positions: [Int]
  /// The number of matrix rows.
  public var count: Int { rows.count }

  /// Names the origin of every matrix row.
  public init(rows: [Int], positions: [Int]) {
    precondition(rows.count == positions.count, "rows and positions of unequal length")
    self.rows = rows
    self.positions = positions
  }
}
