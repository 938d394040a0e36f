internal import Tensors

extension EncoderParameters.Norm {
  /// What the forward pass leaves for the backward pass, a number for every row.
  struct Saved {
    let mean: Vector?
    let rstd: Vector

    init(_ kind: BlockParts.Norm, rows: Int, memory: Arena) {
      mean = kind == .layer ? memory.vector(rows) : nil
      rstd = memory.vector(rows)
    }
  }

  private func parameters(_ values: ParameterValues) -> NormParameters {
    let weight = values.vector(weight)
    return NormParameters(
      weight: weight, bias: bias.map { values.vector($0) } ?? weight, epsilon: epsilon)
  }

  /// Normalises rows `[T, C]`; `output` may be the input.
  func forward(
    _ input: Matrix, into output: Matrix, _ values: ParameterValues, memory: Arena,
    _ workspace: Workspace
  ) -> Saved {
    let saved = Saved(kind, rows: input.rows, memory: memory)
    if let mean = saved.mean {
      layerNormForward(
        input, parameters(values), into: output, mean: mean, rstd: saved.rstd, team: workspace.team)
    } else {
      rootMeanSquareNormForward(
        input, parameters(values), into: output, rstd: saved.rstd, team: workspace.team)
    }
    return saved
  }

  /// The output of `forward` again, to the same bits.
  func again(
    _ input: Matrix, _ saved: Saved, into output: Matrix, _ values: ParameterValues,
    _ workspace: Workspace
  ) {
    if let mean = saved.mean {
      layerNormAgain(
        input, parameters(values), mean: mean, rstd: saved.rstd, into: output, team: workspace.team)
    } else {
      rootMeanSquareNormAgain(
        input, parameters(values), rstd: saved.rstd, into: output, team: workspace.team)
    }
  }

  /// Turns dL/doutput into dL/dinput, in place, and adds the parameters' gradients.
  func backward(
    _ input: Matrix, _ saved: Saved, gradient: Matrix, _ values: ParameterValues,
    _ parameterGradient: LayerGradient, _ workspace: Workspace
  ) {
    backward(input, saved, gradient: gradient, values, workspace, into: parameterGradient.vector)
  }

  /// The same for a norm outside the layers, whose block has been set to 0.
  func backward(
    _ input: Matrix, _ saved: Saved, gradient: Matrix, _ values: ParameterValues, dBlock: Vector,
    _ workspace: Workspace
  ) {
    backward(input, saved, gradient: gradient, values, workspace) { slot in
      guard slot.isFrozen else { return slot.vector(inBlock: dBlock) }
      let unused = workspace.vector(slot.count)
      unused.fill(0)
      return unused
    }
  }

  private func backward(
    _ input: Matrix, _ saved: Saved, gradient: Matrix, _ values: ParameterValues,
    _ workspace: Workspace, into target: (ParameterSlot) -> Vector
  ) {
    if let mean = saved.mean, let bias {
      layerNormBackward(
        input, parameters(values), mean: mean, rstd: saved.rstd, gradient: gradient,
        dWeight: target(weight), dBias: target(bias), workspace)
    } else {
      rootMeanSquareNormBackward(
        input, parameters(values), rstd: saved.rstd, gradient: gradient, dWeight: target(weight),
        workspace)
    }
  }
}
