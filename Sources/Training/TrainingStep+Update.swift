internal import Tensors

extension TrainingStep {
  /// Updates the model: each rank its slices, then everybody gets the new values; collective.
  func update(_ gradients: SummedGradients, step: Int, learningRate: Double) throws {
    var exchanges: [any PendingExchange] = []
    for (index, stage) in model.stages.enumerated() {
      let block = model.block(of: stage)
      let reduction = reductions[index]
      if stage == .embeddings {
        let all = try gatherGradient(index, gradients)
        let size = block.range.count
        optimizer.update(
          block, slice: 0..<size, gradient: all[0..<size], step: step + 1, rate: learningRate)
        optimizer.updateWords(
          gradients.words.words, gradient: model.wordGradient(gradients.words, in: all),
          step: step + 1, rate: learningRate)
      } else {
        optimizer.update(
          block, slice: reduction.slice, gradient: gradients.slices[index], step: step + 1,
          rate: learningRate)
        let values = model.parameters[block.range]
        exchanges.append(
          try ranks.startAllGather(
            UnsafeBufferPointer(values[reduction.slice].buffer), counts: reduction.counts,
            into: values.buffer))
      }
    }
    for exchange in exchanges { try exchange.wait() }
  }

  /// One stage's whole gradient, on every rank; collective.
  func gatherGradient(_ stage: Int, _ gradients: SummedGradients) throws -> Vector {
    // This rank's own sums have been sent: their memory can take the result.
    let all = reductions[stage].first
    try ranks.allGather(
      UnsafeBufferPointer(gradients.slices[stage].buffer), counts: reductions[stage].counts,
      into: all.buffer)
    return all
  }

  /// The Euclidean norm over all stages: chunk by chunk, in an order that no division changes.
  func gradientNorm(_ slices: [Vector]) throws -> Double {
    let chunk = GradientReduction.chunk
    let own = slices.map { slice in
      stride(from: 0, to: slice.count, by: chunk).map {
        sumOfSquares(slice[$0..<min($0 + chunk, slice.count)])
      }
    }
    let counts = reductions.map { $0.counts.map { ($0 + chunk - 1) / chunk } }
    let perRank = (0..<ranks.size).map { rank in counts.reduce(0) { $0 + $1[rank] } }
    var all = [Double](repeating: 0, count: perRank.reduce(0, +))
    try Array(own.joined()).withUnsafeBufferPointer { values in
      try all.withUnsafeMutableBufferPointer { result in
        try ranks.allGather(values, counts: perRank, into: result)
      }
    }
    var next = (0..<ranks.size).map { rank in perRank[..<rank].reduce(0, +) }
    var sum = 0.0
    for stage in counts {
      for (rank, count) in stage.enumerated() {
        for value in all[next[rank]..<next[rank] + count] { sum += value }
        next[rank] += count
      }
    }
    return sum.squareRoot()
  }
}
