internal import Tensors

/// One transformer layer (post-norm, as BERT has it) over packed rows: forward and backward.
///
/// T rows are keys and values, Tq rows are queries and everything after attention: all rows, or in
/// the last layer only each sequence's first.
struct EncoderLayer {
  let slots: EncoderParameters.Layer
  let parameters: Vector
  let normEpsilon: Double
  let attention: Attention
  /// The rows of the input that are queries, or nil when all are.
  let queryRows: [Int]?
  let queryTokens: TokenRows
  let attentionDropout: DropoutSite?
  let outputDropout: DropoutSite?

  /// What the forward pass leaves for the backward pass.
  struct Saved {
    let input: Matrix
    let queryInput: Matrix
    let queries: Matrix
    let keys: Matrix
    let values: Matrix
    let weights: Vector
    let context: Matrix
    let attentionSum: Matrix
    let attentionMean: Vector
    let attentionInverse: Vector
    let attentionOutput: Matrix
    let intermediate: Matrix
    let outputSum: Matrix
    let outputMean: Vector
    let outputInverse: Vector
  }

  private var size: Int { slots.attentionOutput.weight.rows }

  /// Computes the layer's output `[Tq, C]` from its input `[T, C]`; what it saves lies in `memory`.
  func forward(
    _ input: Matrix, _ weights: PackedLayer, into output: Matrix, memory: Arena, scratch: Arena
  ) -> Saved {
    let rows = output.rows
    let (queryInput, queries, keys, values) = project(input, weights, memory)
    let attentionWeights = memory.vector(attention.weightCount)
    let context = memory.matrix(rows, size)
    attention.forward(
      queries: queries, keys: keys, values: values, weights: attentionWeights, context: context,
      scratch: scratch)

    let attentionSum = memory.matrix(rows, size)
    let attentionOutput = memory.matrix(rows, size)
    let (attentionMean, attentionInverse) = (memory.vector(rows), memory.vector(rows))
    multiply(context, weights.attentionOutput, into: attentionSum)
    residualForward(
      attentionSum, bias: slots.attentionOutput.bias.vector(in: parameters), residual: queryInput,
      dropout: attentionDropout, tokens: queryTokens)
    layerNormForward(
      attentionSum, slots.attentionNorm.values(parameters, normEpsilon), into: attentionOutput,
      mean: attentionMean, inverse: attentionInverse)

    let intermediate = memory.matrix(rows, slots.intermediate.weight.rows)
    multiply(attentionOutput, weights.intermediate, into: intermediate)
    let mark = scratch.mark
    let activated = scratch.matrix(rows, intermediate.columns)
    geluForward(
      intermediate, bias: slots.intermediate.bias.vector(in: parameters), into: activated)
    let outputSum = memory.matrix(rows, size)
    let (outputMean, outputInverse) = (memory.vector(rows), memory.vector(rows))
    multiply(activated, weights.output, into: outputSum)
    scratch.release(to: mark)
    residualForward(
      outputSum, bias: slots.output.bias.vector(in: parameters), residual: attentionOutput,
      dropout: outputDropout, tokens: queryTokens)
    layerNormForward(
      outputSum, slots.outputNorm.values(parameters, normEpsilon), into: output, mean: outputMean,
      inverse: outputInverse)

    return Saved(
      input: input, queryInput: queryInput, queries: queries, keys: keys, values: values,
      weights: attentionWeights, context: context, attentionSum: attentionSum,
      attentionMean: attentionMean,
      attentionInverse: attentionInverse, attentionOutput: attentionOutput,
      intermediate: intermediate, outputSum: outputSum, outputMean: outputMean,
      outputInverse: outputInverse)
  }

  /// Computes the gradients of input and parameters from the output's.
  ///
  /// - Parameters:
  ///   - saved: As `forward` left it.
  ///   - weights: The layer's, for this direction.
  ///   - gradient: dL/doutput `[Tq, C]`; overwritten.
  ///   - dInput: Receives dL/dinput `[T, C]`; may be `gradient` when all rows are queries.
  ///   - dBlock: Receives the layer's parameter gradients.
  ///   - dRelativeBias: The shared table's gradient is added here.
  ///   - scratch: Memory for the pass.
  ///   - pause: Called between matrix products.
  func backward(
    _ saved: Saved, _ weights: PackedLayer, gradient: Matrix, dInput: Matrix, dBlock: Vector,
    dRelativeBias: Matrix?, scratch: Arena, betweenProducts pause: () -> Void
  ) {
    clearVectors(dBlock)
    let mark = scratch.mark
    feedForwardBackward(saved, weights, gradient, dBlock, scratch, pause)
    scratch.release(to: mark)
    pause()

    layerNormBackward(
      saved.attentionSum, slots.attentionNorm.values(parameters, normEpsilon),
      mean: saved.attentionMean, inverse: saved.attentionInverse, gradient: gradient,
      dWeight: slots.attentionNorm.weight.vector(inBlock: dBlock),
      dBias: slots.attentionNorm.bias.vector(inBlock: dBlock))
    let dOutput = scratch.matrix(gradient.rows, size)
    residualBackward(
      gradient, into: dOutput, dBias: slots.attentionOutput.bias.vector(inBlock: dBlock),
      dropout: attentionDropout, tokens: queryTokens)
    multiplyTransposed(
      dOutput, saved.context, into: slots.attentionOutput.weight.matrix(inBlock: dBlock),
      scratch: scratch)
    let dContext = scratch.matrix(gradient.rows, size)
    multiply(dOutput, weights.attentionOutput, into: dContext)
    pause()
    projectBackward(saved, weights, dContext, gradient, dInput, dBlock, dRelativeBias, scratch)
    pause()
    scratch.release(to: mark)
  }

  /// From dL/doutput to dL/d(attention output), in place.
  private func feedForwardBackward(
    _ saved: Saved, _ weights: PackedLayer, _ gradient: Matrix, _ dBlock: Vector, _ scratch: Arena,
    _ pause: () -> Void
  ) {
    layerNormBackward(
      saved.outputSum, slots.outputNorm.values(parameters, normEpsilon), mean: saved.outputMean,
      inverse: saved.outputInverse, gradient: gradient,
      dWeight: slots.outputNorm.weight.vector(inBlock: dBlock),
      dBias: slots.outputNorm.bias.vector(inBlock: dBlock))
    let dOutput = scratch.matrix(gradient.rows, size)
    residualBackward(
      gradient, into: dOutput, dBias: slots.output.bias.vector(inBlock: dBlock),
      dropout: outputDropout, tokens: queryTokens)
    let dIntermediate = scratch.matrix(gradient.rows, saved.intermediate.columns)
    multiply(dOutput, weights.output, into: dIntermediate)
    pause()
    let activated = scratch.matrix(gradient.rows, saved.intermediate.columns)
    geluBackward(
      saved.intermediate, bias: slots.intermediate.bias.vector(in: parameters),
      gradient: dIntermediate, dBias: slots.intermediate.bias.vector(inBlock: dBlock),
      output: activated)
    multiplyTransposed(
      dOutput, activated, into: slots.output.weight.matrix(inBlock: dBlock), scratch: scratch)
    pause()
    multiplyTransposed(
      dIntermediate, saved.attentionOutput,
      into: slots.intermediate.weight.matrix(inBlock: dBlock), scratch: scratch)
    pause()
    multiply(dIntermediate, weights.intermediate, into: gradient, adds: true)
  }

  /// Queries, keys and values; one product when all rows are queries, else keys and values alone.
  private func project(
    _ input: Matrix, _ weights: PackedLayer, _ memory: Arena
  ) -> (queryInput: Matrix, queries: Matrix, keys: Matrix, values: Matrix) {
    let bias = slots.queryKeyValue.bias.vector(in: parameters)
    switch weights.queryKeyValue {
    case .joint(let weight):
      let all = memory.matrix(input.rows, 3 * size)
      multiply(input, weight, into: all)
      addBias(bias, to: all)
      return (
        input, all.columns(0..<size), all.columns(size..<2 * size), all.columns(2 * size..<3 * size)
      )
    case .separate(let queryWeight, let keyValueWeight):
      let queryRows = queryRows ?? Array(0..<input.rows)
      let queryInput = memory.matrix(queryRows.count, size)
      queryInput.gatherRows(queryRows, of: input)
      let queries = memory.matrix(queryRows.count, size)
      multiply(queryInput, queryWeight, into: queries)
      addBias(bias[0..<size], to: queries)
      let keysValues = memory.matrix(input.rows, 2 * size)
      multiply(input, keyValueWeight, into: keysValues)
      addBias(bias[size..<3 * size], to: keysValues)
      return (
        queryInput, queries, keysValues.columns(0..<size), keysValues.columns(size..<2 * size)
      )
    }
  }

  /// `residual` is the gradient that reaches the queries' input directly; it may be `dInput`.
  private func projectBackward(
    _ saved: Saved, _ weights: PackedLayer, _ dContext: Matrix, _ residual: Matrix,
    _ dInput: Matrix, _ dBlock: Vector, _ dRelativeBias: Matrix?, _ scratch: Arena
  ) {
    let dWeight = slots.queryKeyValue.weight.matrix(inBlock: dBlock)
    let dBias = slots.queryKeyValue.bias.vector(inBlock: dBlock)
    func attend(_ dQueries: Matrix, _ dKeys: Matrix, _ dValues: Matrix) {
      attention.backward(
        queries: saved.queries, keys: saved.keys, values: saved.values, weights: saved.weights,
        dContext: dContext, dQueries: dQueries, dKeys: dKeys, dValues: dValues,
        dRelativeBias: dRelativeBias, scratch: scratch)
    }
    switch weights.queryKeyValue {
    case .joint(let weight):
      let all = scratch.matrix(saved.input.rows, 3 * size)
      attend(
        all.columns(0..<size), all.columns(size..<2 * size), all.columns(2 * size..<3 * size))
      addBiasBackward(all, into: dBias)
      multiplyTransposed(all, saved.input, into: dWeight, scratch: scratch)
      multiply(all, weight, into: residual, adds: true)
    case .separate(let queryWeight, let keyValueWeight):
      let dQueries = scratch.matrix(saved.queries.rows, size)
      let dKeysValues = scratch.matrix(saved.input.rows, 2 * size)
      attend(dQueries, dKeysValues.columns(0..<size), dKeysValues.columns(size..<2 * size))
      addBiasBackward(dQueries, into: dBias[0..<size])
      addBiasBackward(dKeysValues, into: dBias[size..<3 * size])
      multiplyTransposed(
        dQueries, saved.queryInput, into: dWeight.rows(0..<size), scratch: scratch)
      multiplyTransposed(
        dKeysValues, saved.input, into: dWeight.rows(size..<3 * size), scratch: scratch)
      multiply(dKeysValues, keyValueWeight, into: dInput)
      multiply(dQueries, queryWeight, into: residual, adds: true)
      for (index, row) in (queryRows ?? []).enumerated() {
        add(residual.row(index), to: dInput.row(row))
      }
    }
  }

  /// Biases and norms are summed row by row, from 0.
  private func clearVectors(_ dBlock: Vector) {
    for slot in [
      slots.queryKeyValue.bias, slots.attentionOutput.bias, slots.attentionNorm.weight,
      slots.attentionNorm.bias, slots.intermediate.bias, slots.output.bias, slots.outputNorm.weight,
      slots.outputNorm.bias,
    ] { slot.vector(inBlock: dBlock).fill(0) }
  }
}
