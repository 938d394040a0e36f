internal import Distribution
internal import Encoders
package import Objectives
internal import Tensors

/// Parameters that stand elsewhere during a second pass.
package struct MovedParameters {
  /// Their place in the flat buffer.
  package let range: Range<Int>
  /// Their values there.
  package let values: [Float]
}

/// What a second pass was computed with and found.
package struct PerturbedPass {
  /// What was moved.
  package let moved: [MovedParameters]
  /// The pass's losses.
  package let result: ObjectiveResult
}

extension TrainingStep {
  /// Adds the gradients of a second pass, in which parameters stand where the loss is higher; collective.
  ///
  /// The fast gradient method (Miyato et al. 2017): each tensor t of the token embeddings and of the lowest trained
  /// layer, with gradient g, is `t + size g / |g|` for that pass. The sum is the gradient of
  /// `L(parameters) + L(parameters + moves)` with the moves, and the first pass's clusters, held constant.
  ///
  /// - Parameters:
  ///   - clean: The first pass's gradients; finite.
  ///   - size: The length of each tensor's move.
  ///   - step: The number of the step in the run, from 0.
  ///   - pass: Computes the second pass.
  /// - Returns: The sum; its losses are the first pass's and one more term.
  /// - Throws: What the second pass throws, or `NonFiniteError` for the sum.
  func addPerturbedPass(
    to clean: SummedGradients, by size: Double, step: Int, _ pass: () throws -> SummedGradients
  ) throws -> SummedGradients {
    let moved = try moves(along: clean, by: size)
    // The second pass takes the first one's memory.
    let first = keptGradients.vectors(clean.slices.joined().map(\.count))
    for (kept, slice) in zip(first, clean.slices.joined()) { kept.copy(from: slice) }
    let second = try with(moved, pass)
    for (kept, slice) in zip(first, second.slices.joined()) {
      add(kept, to: slice, team: workspaces[0].team)
    }
    let result = second.report.objective
    var sum = clean
    sum.slices = second.slices
    sum.perturbed = PerturbedPass(moved: moved, result: result)
    sum.report.objective.total += result.total
    sum.report.objective.terms.append(.adversarial(result.total))
    sum.report.gradientNorm = try gradientNorm(sum.slices, sum.touched)
    if !allowsNonFinite { try refuseNonFinite(sum, step: step) }
    return sum
  }

  /// Where each tensor goes along its gradient; collective.
  ///
  /// A tensor whose gradient is 0 stays. Every rank has the whole gradient of these few tensors, and so finds the same bits.
  private func moves(
    along gradients: SummedGradients, by size: Double
  ) throws -> [MovedParameters] {
    var moved: [MovedParameters] = []
    let stages = model.perturbedStages
    try forEachGradient(gradients, of: stages) { gradient in
      guard model.isPerturbed(gradient.entry) else { return }
      let norm = gradient.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard norm > 0 else { return }
      let columns = gradient.rows == nil ? gradient.values.count : gradient.entry.shape[1]
      for start in stride(from: 0, to: gradient.values.count, by: columns) {
        let offset = gradient.offset(of: start)
        let range = offset..<offset + columns
        let values = zip(model.parameters[range].array, gradient.values[start..<start + columns])
        moved.append(
          MovedParameters(
            range: range, values: values.map { $0 + Float(size / norm * Double($1)) }))
      }
    }
    return moved
  }

  /// What `body` gives while parameters are moved.
  private func with<Result>(_ moved: [MovedParameters], _ body: () throws -> Result) rethrows
    -> Result
  {
    let before = moved.map { model.parameters[$0.range].array }
    for part in moved { model.parameters[part.range].copy(from: part.values) }
    defer {
      for (part, values) in zip(moved, before) { model.parameters[part.range].copy(from: values) }
    }
    return try body()
  }
}

extension TacoModel {
  /// The stages of what a second pass perturbs: each encoder's lowest trained layer, and the embeddings with the tokens'.
  fileprivate var perturbedStages: [BackwardStage] {
    guard frozenLayers < encoder.configuration.layerCount else { return [] }
    return encoders.indices.reversed().map { .layer(frozenLayers, encoder: $0) }
      + (trainsTokenTable ? [.embeddings] : [])
  }

  /// Whether a second pass perturbs a parameter of these stages.
  fileprivate func isPerturbed(_ entry: ParameterLayout.Entry) -> Bool {
    isTokenTable(entry)
      || encoders.contains {
        frozenLayers < $0.parameters.layerBlocks.count
          && entry.block == $0.parameters.layerBlocks[frozenLayers]
      }
  }
}
