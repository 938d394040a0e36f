internal import Tensors

/// The attention part of a layer: projections, rotary positions and the heads; the output's product is the layer's.
///
/// T rows are keys and values, Tq rows queries: all rows, or one a sequence.
struct AttentionPart {
  let slots: EncoderParameters.Layer
  let values: ParameterValues
  let attention: Attention
  /// The rows of the input that are queries, or nil when all are.
  let queryRows: [Int]?
  /// The rotations of queries and of keys, or nil.
  let rotary: (queries: RotaryTable, keys: RotaryTable)?
  let drops: (queries: AdapterDropout, all: AdapterDropout)?

  /// What the forward pass leaves for the backward pass.
  struct Saved {
    let queries: Matrix
    let keys: Matrix
    let values: Matrix
    let weights: Vector
    let context: Matrix
    let queryLow: PackedLinear.Saved
    let keyValueLow: PackedLinear.Saved
  }

  private var querySize: Int { attention.heads * attention.headSize }
  private var keySize: Int { attention.keyHeads * attention.headSize }

  /// Computes the heads' results, `[Tq, heads * size]`, of rows `[T, C]`.
  func forward(
    _ input: Matrix, _ weights: PackedLayer, memory: Arena, _ workspace: Workspace
  ) -> Saved {
    let (q, k) = (querySize, keySize)
    let bias = slots.queryKeyValue.bias.map { self.values.vector($0) }
    let (queries, keys, values): (Matrix, Matrix, Matrix)
    var (queryLow, keyValueLow): (PackedLinear.Saved, PackedLinear.Saved) = ([], [])
    switch weights.queryKeyValue {
    case .joint(let weight):
      let all = memory.matrix(input.rows, q + 2 * k)
      keyValueLow = weight.forward(input, into: all, drops?.all, memory: memory, workspace)
      if let bias { addBias(bias, to: all, team: workspace.team) }
      (queries, keys) = (all.columns(0..<q), all.columns(q..<q + k))
      values = all.columns(q + k..<q + 2 * k)
    case .separate(let queryWeight, let keyValueWeight):
      let mark = workspace.mark
      queries = memory.matrix(separateRows.count, q)
      queryLow = queryWeight.forward(
        gatherQueries(input, workspace), into: queries, drops?.queries, memory: memory, workspace)
      if let bias { addBias(bias[0..<q], to: queries) }
      let keysValues = memory.matrix(input.rows, 2 * k)
      keyValueLow = keyValueWeight.forward(
        input, into: keysValues, drops?.all, memory: memory, workspace)
      if let bias { addBias(bias[q..<q + 2 * k], to: keysValues, team: workspace.team) }
      (keys, values) = (keysValues.columns(0..<k), keysValues.columns(k..<2 * k))
      workspace.release(to: mark)
    }
    if let rotary {
      rotary.queries.rotate(queries, team: workspace.team)
      rotary.keys.rotate(keys, team: workspace.team)
    }
    let attentionWeights = memory.vector(attention.weightCount)
    let context = memory.matrix(queries.rows, q)
    attention.forward(
      queries: queries, keys: keys, values: values, weights: attentionWeights, context: context,
      workspace)
    return Saved(
      queries: queries, keys: keys, values: values, weights: attentionWeights, context: context,
      queryLow: queryLow, keyValueLow: keyValueLow)
  }

  /// Computes the gradient of the input `[T, C]` from that of the heads' results, `dContext`.
  ///
  /// Where all rows are queries, `dInput` receives it, or has it added where `adds` says so. Where some are, `dInput`
  /// receives what comes through keys and values, and `dQueryInput` `[Tq, C]` what comes through the queries. Nil
  /// where nobody needs it.
  func backward(
    _ input: Matrix, _ saved: Saved, _ weights: PackedLayer, _ dContext: Matrix,
    dInput: Matrix?, adds: Bool, dQueryInput: Matrix?, addsQueries: Bool,
    _ parameterGradient: LayerGradient, _ dRelativeBias: Matrix?, _ workspace: Workspace
  ) {
    let (q, k) = (querySize, keySize)
    let slot = slots.queryKeyValue.weight
    func attend(_ dQueries: Matrix, _ dKeys: Matrix, _ dValues: Matrix) {
      attention.backward(
        queries: saved.queries, keys: saved.keys, values: saved.values, weights: saved.weights,
        dContext: dContext, dQueries: dQueries, dKeys: dKeys, dValues: dValues,
        dRelativeBias: dRelativeBias, workspace)
      guard let rotary else { return }
      rotary.queries.rotateBackward(dQueries, team: workspace.team)
      rotary.keys.rotateBackward(dKeys, team: workspace.team)
    }
    let dBias = slots.queryKeyValue.bias.flatMap {
      $0.isFrozen ? nil : parameterGradient.vector($0)
    }
    switch weights.queryKeyValue {
    case .joint(let weight):
      let all = workspace.matrix(input.rows, q + 2 * k)
      attend(all.columns(0..<q), all.columns(q..<q + k), all.columns(q + k..<q + 2 * k))
      if let dBias { addBiasBackward(all, into: dBias, workspace) }
      parameterGradient.weight(slot, all, input, workspace)
      weight.backward(
        all, input, saved.keyValueLow, into: dInput, adds: adds, drops?.all, parameterGradient,
        workspace)
    case .separate(let queryWeight, let keyValueWeight):
      let dQueries = workspace.matrix(saved.queries.rows, q)
      let dKeysValues = workspace.matrix(input.rows, 2 * k)
      attend(dQueries, dKeysValues.columns(0..<k), dKeysValues.columns(k..<2 * k))
      if let dBias {
        addBiasBackward(dQueries, into: dBias[0..<q], workspace)
        addBiasBackward(dKeysValues, into: dBias[q..<q + 2 * k], workspace)
      }
      let queryInput = gatherQueries(input, workspace)
      parameterGradient.weight(slot, rows: 0..<q, dQueries, queryInput, workspace)
      parameterGradient.weight(slot, rows: q..<q + 2 * k, dKeysValues, input, workspace)
      keyValueWeight.backward(
        dKeysValues, input, saved.keyValueLow, into: dInput, drops?.all, parameterGradient,
        workspace
      )
      queryWeight.backward(
        dQueries, queryInput, saved.queryLow, into: dQueryInput, adds: addsQueries, drops?.queries,
        parameterGradient, workspace)
    }
  }

  /// The rows that are queries where their weights are packed apart.
  private var separateRows: [Int] {
    guard let queryRows else { preconditionFailure("weights packed apart are for some rows") }
    return queryRows
  }

  private func gatherQueries(_ input: Matrix, _ workspace: Workspace) -> Matrix {
    let rows = workspace.matrix(separateRows.count, input.columns)
    rows.gatherRows(separateRows, of: input)
    return rows
  }
}
