internal import Tensors

/// The feed-forward part of a layer: two products with a GELU between them, or three with a gate.
///
/// The bias of the last product is the caller's, who adds it with the residual.
struct FeedForwardPart {
  let slots: EncoderParameters.Layer
  let values: ParameterValues
  let kind: BlockParts.FeedForward
  let drops: AdapterDropout?

  /// What the forward pass leaves for the backward pass.
  struct Saved {
    /// `[Tq, F]` without the bias, or gate and up `[Tq, 2F]`.
    let intermediate: Matrix
    let intermediateLow: PackedLinear.Saved
    let outputLow: PackedLinear.Saved
  }

  /// Columns before the last product, F.
  private var columns: Int { slots.output.weight.columns }

  private func bias(_ workspace: Workspace) -> Vector {
    if let bias = slots.intermediate.bias { return values.vector(bias) }
    let zeros = workspace.vector(columns)
    zeros.fill(0)
    return zeros
  }

  /// Computes the part's product, `[Tq, C]`, of rows `[Tq, C]`.
  func forward(
    _ input: Matrix, _ weights: PackedLayer, into output: Matrix, memory: Arena,
    _ workspace: Workspace
  ) -> Saved {
    let intermediate = memory.matrix(input.rows, slots.intermediate.weight.rows)
    let intermediateLow = weights.intermediate.forward(
      input, into: intermediate, drops, memory: memory, workspace)
    let mark = workspace.mark
    defer { workspace.release(to: mark) }
    let activated = workspace.matrix(input.rows, columns)
    switch kind {
    case .gelu:
      geluForward(intermediate, bias: bias(workspace), into: activated, team: workspace.team)
    case .gated:
      if let bias = slots.intermediate.bias {
        addBias(values.vector(bias), to: intermediate, team: workspace.team)
      }
      gatedForward(intermediate, into: activated, team: workspace.team)
    }
    let outputLow = weights.output.forward(
      activated, into: output, drops, memory: memory, workspace)
    return Saved(
      intermediate: intermediate, intermediateLow: intermediateLow, outputLow: outputLow)
  }

  /// Adds the gradient of the input to `dInput` `[Tq, C]`, or replaces it, from that of the product.
  ///
  /// `dOutput` `[Tq, C]` is overwritten, and with a gate what `forward` saved; `input` writes the part's input once
  /// more.
  func backward(
    _ dOutput: Matrix, input: (Matrix) -> Void, _ saved: Saved, _ weights: PackedLayer,
    into dInput: Matrix, adds: Bool, _ parameterGradient: LayerGradient, _ workspace: Workspace,
    _ pause: () -> Void
  ) {
    let dActivated = workspace.matrix(dOutput.rows, columns)
    // Adapters of the last product need its input, which comes back below.
    let activated: Matrix
    let dIntermediate: Matrix
    let hasOutputAdapters = !slots.output.adapters.isEmpty
    if hasOutputAdapters {
      let again = workspace.matrix(dOutput.rows, columns)
      activate(saved.intermediate, into: again, workspace)
      weights.output.backward(
        dOutput, again, saved.outputLow, into: dActivated, drops, parameterGradient, workspace)
    } else {
      weights.output.backward(
        dOutput, nil, saved.outputLow, into: dActivated, drops, parameterGradient, workspace)
    }
    pause()
    switch kind {
    case .gelu:
      activated = workspace.matrix(dOutput.rows, columns)
      geluBackward(
        saved.intermediate, bias: bias(workspace), gradient: dActivated,
        dBias: parameterGradient.vector(slots.intermediate.bias, count: columns),
        output: activated, workspace)
      dIntermediate = dActivated
    case .gated:
      gatedBackward(saved.intermediate, gradient: dActivated, team: workspace.team)
      (activated, dIntermediate) = (dActivated, saved.intermediate)
      if let bias = slots.intermediate.bias, !bias.isFrozen {
        addBiasBackward(dIntermediate, into: parameterGradient.vector(bias), workspace)
      }
    }
    parameterGradient.weight(slots.output.weight, dOutput, activated, workspace)
    pause()
    // The product's gradient has been used up.
    let again = dOutput
    let needsInput = !slots.intermediate.weight.isFrozen || !slots.intermediate.adapters.isEmpty
    if needsInput { input(again) }
    parameterGradient.weight(slots.intermediate.weight, dIntermediate, again, workspace)
    pause()
    weights.intermediate.backward(
      dIntermediate, again, saved.intermediateLow, into: dInput, adds: adds, drops,
      parameterGradient, workspace)
  }

  private func activate(_ intermediate: Matrix, into output: Matrix, _ workspace: Workspace) {
    switch kind {
    case .gelu:
      geluForward(intermediate, bias: bias(workspace), into: output, team: workspace.team)
    case .gated: gatedForward(intermediate, into: output, team: workspace.team)
    }
  }
}
