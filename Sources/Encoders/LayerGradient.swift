internal import Tensors

/// Where the gradients of a layer's parameters go: into a block, or added to what it holds.
///
/// Either way each parameter's gradient is summed up from 0 first, so that adding it rounds once, as
/// adding two finished gradients does.
struct LayerGradient {
  private let block: Vector
  /// Of biases and norms.
  private let sums: [(slot: ParameterSlot, sum: Vector)]
  private let adds: Bool
  private let precision: ProductPrecision

  /// Begins a gradient.
  ///
  /// - Parameters:
  ///   - slots: The layer's parameters.
  ///   - block: The gradient of all of them.
  ///   - adds: Whether it holds something to be added to.
  ///   - precision: How the weights' gradients are computed.
  ///   - workspace: Memory that must last as long as this.
  init(
    _ slots: EncoderParameters.Layer, _ block: Vector, adds: Bool, precision: ProductPrecision,
    _ workspace: Workspace
  ) {
    (self.block, self.adds, self.precision) = (block, adds, precision)
    sums = slots.vectors.map { slot in
      let target = slot.vector(inBlock: block)
      return (slot, adds ? workspace.vector(target.count) : target)
    }
    for (_, sum) in sums { sum.fill(0) }
  }

  /// The gradient of a bias or a norm, to which rows are added.
  func vector(_ slot: ParameterSlot) -> Vector {
    guard let sum = sums.first(where: { $0.slot.offset == slot.offset })?.sum else {
      preconditionFailure("not a bias or a norm of this layer")
    }
    return sum
  }

  /// The gradient of a weight, from the gradient of what it gave, `[T, out]`, and from what it got, `[T, in]`.
  ///
  /// - Parameters:
  ///   - slot: The weight.
  ///   - rows: The rows of the weight that took part; nil for all.
  ///   - dOutput: dL/doutput.
  ///   - input: The input.
  ///   - workspace: Memory and threads for the call.
  func weight(
    _ slot: ParameterSlot, rows: Range<Int>? = nil, _ dOutput: Matrix, _ input: Matrix,
    _ workspace: Workspace
  ) {
    let target = slot.matrix(inBlock: block)
    multiplyTransposed(
      dOutput, input, into: rows.map { target.rows($0) } ?? target, adds: adds,
      precision: precision, workspace)
  }

  /// Adds what has been summed up apart.
  func finish() {
    guard adds else { return }
    for (slot, sum) in sums { add(sum, to: slot.vector(inBlock: block)) }
  }
}

extension EncoderParameters.Layer {
  /// Biases and norms.
  fileprivate var vectors: [ParameterSlot] {
    [
      queryKeyValue.bias, attentionOutput.bias, attentionNorm.weight, attentionNorm.bias,
      intermediate.bias, output.bias, outputNorm.weight, outputNorm.bias,
    ]
  }
}
