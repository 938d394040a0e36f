internal import Tensors

/// Where the gradients of a layer's parameters go: into a block, or added to what it holds.
///
/// Either way each parameter's gradient is summed up from 0 first, so that adding it rounds once, as
/// adding two finished gradients does.
struct LayerGradient {
  private let block: Vector
  private let sums: Vector
  private let adds: Bool
  private let precision: ProductPrecision
  private let slots: EncoderParameters.Layer

  /// Begins a gradient.
  ///
  /// - Parameters:
  ///   - slots: The layer's parameters.
  ///   - block: The gradient of all of them.
  ///   - adds: Whether it holds something to be added to.
  ///   - precision: How the weights' gradients are computed.
  ///   - scratch: Memory that must last as long as this.
  init(
    _ slots: EncoderParameters.Layer, _ block: Vector, adds: Bool, precision: ProductPrecision,
    scratch: Arena
  ) {
    (self.slots, self.block, self.adds, self.precision) = (slots, block, adds, precision)
    sums = adds ? scratch.vector(block.count) : block
    for slot in slots.vectors { slot.vector(inBlock: sums).fill(0) }
  }

  /// The gradient of a bias or a norm, to which rows are added.
  func vector(_ slot: ParameterSlot) -> Vector { slot.vector(inBlock: sums) }

  /// The gradient of a weight, from the gradient of what it gave, `[T, out]`, and from what it got, `[T, in]`.
  ///
  /// - Parameters:
  ///   - slot: The weight.
  ///   - rows: The rows of the weight that took part; nil for all.
  ///   - dOutput: dL/doutput.
  ///   - input: The input.
  ///   - scratch: Memory for the call.
  func weight(
    _ slot: ParameterSlot, rows: Range<Int>? = nil, _ dOutput: Matrix, _ input: Matrix,
    scratch: Arena
  ) {
    let target = slot.matrix(inBlock: block)
    multiplyTransposed(
      dOutput, input, into: rows.map { target.rows($0) } ?? target, adds: adds,
      precision: precision, scratch: scratch)
  }

  /// Adds what has been summed up apart.
  func finish() {
    guard adds else { return }
    for slot in slots.vectors { add(slot.vector(inBlock: sums), to: slot.vector(inBlock: block)) }
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
