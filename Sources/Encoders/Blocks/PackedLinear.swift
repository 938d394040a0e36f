internal import Tensors

/// A product's weight in the order in which matrix products read it, with its adapters.
struct PackedLinear: Sendable {
  /// One adapter's factors.
  struct PackedAdapter: Sendable {
    let adapter: Adapter
    /// The columns of this product's output.
    let outputs: Range<Int>
    let down: PackedOperand
    let up: PackedOperand
  }

  private let weight: PackedOperand
  private let adapters: [PackedAdapter]

  /// Copies a weight for one direction.
  ///
  /// - Parameters:
  ///   - linear: The product.
  ///   - rows: The rows of the weight that take part; nil for all.
  ///   - values: The parameters; must not change while the copy is in use.
  ///   - direction: Which products are to come.
  ///   - precision: How they are computed.
  ///   - workspace: Its scratch memory holds the copy.
  init(
    _ linear: EncoderParameters.Linear, rows: Range<Int>? = nil, _ values: ParameterValues,
    _ direction: PackedLayer.Direction, _ precision: ProductPrecision, _ workspace: Workspace
  ) {
    func pack(_ matrix: Matrix, _ precision: ProductPrecision = .float32) -> PackedOperand {
      PackedOperand(
        matrix, direction.operand, precision: precision, memory: workspace.scratch,
        team: workspace.team)
    }
    let matrix = values.matrix(linear.weight, workspace)
    weight = pack(rows.map { matrix.rows($0) } ?? matrix, precision)
    let rows = rows ?? 0..<linear.weight.rows
    adapters = linear.adapters.filter { rows.overlaps($0.outputs) }.map { adapter in
      PackedAdapter(
        adapter: adapter,
        outputs: adapter.outputs.lowerBound - rows.lowerBound..<adapter.outputs.upperBound
          - rows.lowerBound,
        down: pack(adapter.down.matrix(in: values.buffer)),
        up: pack(adapter.up.matrix(in: values.buffer)))
    }
  }

  /// What adapters leave for the backward pass: `scale * dropout(input) A'` of each, `[T, r]`.
  typealias Saved = [Matrix]

  /// Computes `output = input W'` and adds what the adapters give.
  ///
  /// - Parameters:
  ///   - input: `[T, in]`.
  ///   - output: Receives `[T, out]`.
  ///   - drops: The adapters' dropout, or nil.
  ///   - memory: Holds what is saved.
  ///   - workspace: Memory and threads for the call.
  /// - Returns: What the backward pass needs besides the input.
  func forward(
    _ input: Matrix, into output: Matrix, _ drops: AdapterDropout?, memory: Arena,
    _ workspace: Workspace
  ) -> Saved {
    multiply(input, weight, into: output, workspace)
    return adapters.map { part in
      let low = memory.matrix(input.rows, part.adapter.down.rows)
      let mark = workspace.mark
      let dropped = drops?.apply(to: input, part.adapter, workspace) ?? input
      multiply(dropped, part.down, into: low, workspace)
      scale(low.vector, by: part.adapter.scale)
      multiply(low, part.up, into: output.columns(part.outputs), adds: true, workspace)
      workspace.release(to: mark)
      return low
    }
  }

  /// The gradient of the input from that of the output, and the gradients of the adapters.
  ///
  /// - Parameters:
  ///   - dOutput: dL/doutput, `[T, out]`.
  ///   - input: The input of the forward pass, `[T, in]`; read only where there are adapters.
  ///   - saved: As `forward` left it.
  ///   - dInput: Receives dL/dinput, `[T, in]`; nil where nobody needs it.
  ///   - adds: Whether it is added to what `dInput` holds.
  ///   - drops: The adapters' dropout, or nil.
  ///   - gradient: Receives the adapters' gradients.
  ///   - workspace: Memory and threads for the call.
  func backward(
    _ dOutput: Matrix, _ input: Matrix?, _ saved: Saved, into dInput: Matrix?, adds: Bool = false,
    _ drops: AdapterDropout?, _ gradient: LayerGradient, _ workspace: Workspace
  ) {
    if let dInput { multiply(dOutput, weight, into: dInput, adds: adds, workspace) }
    for (part, low) in zip(adapters, saved) {
      guard let input else { preconditionFailure("adapters need their input again") }
      let mark = workspace.mark
      let part = part
      let dPart = dOutput.columns(part.outputs)
      gradient.weight(part.adapter.up, dPart, low, workspace)
      let dLow = workspace.matrix(low.rows, low.columns)
      multiply(dPart, part.up, into: dLow, workspace)
      scale(dLow.vector, by: part.adapter.scale)
      let dropped = drops?.apply(to: input, part.adapter, workspace) ?? input
      gradient.weight(part.adapter.down, dLow, dropped, workspace)
      if let dInput {
        if let drops, drops.isActive(part.adapter) {
          let dDropped = workspace.matrix(dInput.rows, dInput.columns)
          multiply(dLow, part.down, into: dDropped, workspace)
          drops.applyBackward(to: dDropped, part.adapter, workspace)
          for row in 0..<dInput.rows { add(dDropped.row(row), to: dInput.row(row)) }
        } else {
          multiply(dLow, part.down, into: dInput, adds: true, workspace)
        }
      }
      workspace.release(to: mark)
    }
  }
}

/// The dropout of adapters' inputs in one pass.
struct AdapterDropout {
  let keys: DropoutKeys
  let tokens: TokenRows

  func isActive(_ adapter: Adapter) -> Bool { adapter.dropout > 0 }

  /// A copy with elements dropped, or the input itself.
  func apply(to input: Matrix, _ adapter: Adapter, _ workspace: Workspace) -> Matrix {
    guard let site = keys.site(of: adapter) else { return input }
    let copy = workspace.matrix(input.rows, input.columns)
    for row in 0..<input.rows { copy.row(row).copy(from: input.row(row)) }
    site.apply(to: copy, tokens, team: workspace.team)
    return copy
  }

  /// Drops elements of the gradient, in place.
  func applyBackward(to gradient: Matrix, _ adapter: Adapter, _ workspace: Workspace) {
    keys.site(of: adapter)?.apply(to: gradient, tokens, team: workspace.team)
  }
}

extension DropoutKeys {
  /// The decisions of an adapter's input.
  func site(of adapter: Adapter) -> DropoutSite? {
    guard adapter.dropout > 0 else { return nil }
    // After the 12 bits of a layer's other places.
    return site(
      stream: 0x8000 | UInt32(adapter.place.layer) * 8 + UInt32(adapter.place.site),
      rate: adapter.dropout)
  }
}
