internal import Tensors

/// Where the gradients of a layer's parameters go: into a block, or added to what it holds.
///
/// Either way each parameter's gradient is summed up from 0 first, so that adding it rounds once, as
/// adding two finished gradients does. Frozen parameters have none.
struct LayerGradient {
  private let block: Vector
  /// Of biases and norms.
  private let sums: [(slot: ParameterSlot, sum: Vector)]
  /// Takes what is computed on the way and wanted by nobody.
  private let unused: Vector
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
    sums = slots.vectors.filter { !$0.isFrozen }.map { slot in
      let target = slot.vector(inBlock: block)
      return (slot, adds ? workspace.vector(target.count) : target)
    }
    for (_, sum) in sums { sum.fill(0) }
    let longest = max(
      slots.linears.map(\.weight.rows).max() ?? 0, slots.norms.map(\.weight.count).max() ?? 0)
    unused = workspace.vector(longest)
    unused.fill(0)
  }

  /// The gradient of a bias or a norm, to which rows are added; that of a frozen one is for nobody.
  func vector(_ slot: ParameterSlot) -> Vector {
    guard !slot.isFrozen else { return unused[0..<slot.count] }
    guard let sum = sums.first(where: { $0.slot.offset == slot.offset })?.sum else {
      preconditionFailure("not a bias or a norm of this layer")
    }
    return sum
  }

  /// The gradient of a bias that there may be; for nobody where there is none.
  func vector(_ slot: ParameterSlot?, count: Int) -> Vector {
    slot.map { vector($0) } ?? unused[0..<count]
  }

  /// The gradient of a weight, from the gradient of what it gave, `[T, out]`, and from what it got, `[T, in]`.
  ///
  /// - Parameters:
  ///   - slot: The weight; nothing is done where it is frozen.
  ///   - rows: The rows of the weight that took part; nil for all.
  ///   - dOutput: dL/doutput.
  ///   - input: The input.
  ///   - workspace: Memory and threads for the call.
  func weight(
    _ slot: ParameterSlot, rows: Range<Int>? = nil, _ dOutput: Matrix, _ input: Matrix,
    _ workspace: Workspace
  ) {
    guard !slot.isFrozen else { return }
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
    linears.compactMap(\.bias) + norms.flatMap { [$0.weight, $0.bias].compactMap { $0 } }
  }

  /// Whether anything of it trains.
  var trains: Bool {
    linears.contains { !$0.weight.isFrozen || !$0.adapters.isEmpty }
  }
}
