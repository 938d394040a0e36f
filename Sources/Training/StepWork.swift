internal import Encoders
internal import Objectives
internal import Tensors

/// The floating-point operations of a step's products and attention, forward and backward, counted from shapes: what the
/// kernels do when it runs, neither norms nor activations nor losses.
struct StepWork {
  private let shape: ModelShape
  /// How often a step goes through its rows.
  private let passes: Int

  /// The work of steps of a model.
  ///
  /// - Parameters:
  ///   - shape: The model's.
  ///   - passes: How often a step goes through its rows.
  init(_ shape: ModelShape, passes: Int = 1) {
    (self.shape, self.passes) = (shape, passes)
  }

  /// The operations that one global row takes.
  func operations(_ row: Int, of step: StepRows) -> Int {
    let encoder = shape.encoders[step.encoder(of: row)]
    let reads = step.batch.pair(row)?.hidden.count ?? 0
    let layers = encoder.parameters.layers.indices.reduce(0) {
      $0 + layer($1, of: encoder, step.sequences[row].count, reads: reads)
    }
    let guesses = 6 * reads * (shape.tokenHead?.operandSize ?? 0)
    let rest = projection(encoder, step.sequences[row].count) + heads(row, step) + guesses
    return passes * (layers + rest)
  }

  /// The networks after the encoder, which train whatever is frozen below them.
  private func heads(_ row: Int, _ step: StepRows) -> Int {
    let size = shape.encoder.configuration.hiddenSize
    return shape.objective.towers.enumerated().reduce(0) { sum, tower in
      guard shape.heads.networks[tower.offset] != nil,
        step.rows(of: tower.element).contains(row)
      else { return sum }
      return sum + 6 * size * (size + shape.heads.outputSizes[tower.offset])
    }
  }

  /// The product between embeddings and layers of different widths.
  private func projection(_ encoder: Encoder, _ tokens: Int) -> Int {
    guard let weight = encoder.parameters.projection?.weight else { return 0 }
    let trains = shape.frozenLayers == 0 && !weight.isFrozen
    return 2 * tokens * weight.count * (trains ? 3 : 1)
  }

  private func layer(_ index: Int, of encoder: Encoder, _ tokens: Int, reads: Int) -> Int {
    let (configuration, slots) = (encoder.configuration, encoder.parameters.layers[index])
    let queries = encoder.givesOneRow(layer: index) ? 1 + reads : tokens
    let trains = index >= shape.frozenLayers
    let heads = 4 * tokens * queries * configuration.querySize
    var sum = trains ? 3 * heads : heads
    // Below the lowest trained layer nobody asks for a gradient, but a norm that trains does.
    let asks =
      index > shape.frozenLayers || shape.stages.last == .embeddings
      || slots.attentionInputNorm.map { !$0.weight.isFrozen } ?? false
    for (place, linear) in slots.linears.enumerated() {
      let isProjection = place == 0
      /// The rows that columns of the product's output have.
      func rows(_ outputs: Range<Int>) -> Int {
        guard isProjection else { return queries * outputs.count }
        let own = outputs.clamped(to: 0..<configuration.querySize).count
        return queries * own + tokens * (outputs.count - own)
      }
      let needsInput = !isProjection || asks
      let directions = trains ? 1 + (needsInput ? 1 : 0) + (linear.weight.isFrozen ? 0 : 1) : 1
      let once = 2 * rows(0..<linear.weight.rows) * linear.weight.columns
      sum += once * directions
      for adapter in linear.adapters {
        let (rank, inputs) = (adapter.down.rows, adapter.down.columns)
        let outputs = rows(adapter.outputs)
        let inputRows = outputs / adapter.outputs.count
        let ofInputs = inputRows * inputs * (needsInput ? 3 : 2)
        sum += 2 * rank * (3 * outputs + ofInputs)
      }
    }
    return sum
  }
}
