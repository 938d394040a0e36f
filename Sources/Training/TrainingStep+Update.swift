internal import Distribution
internal import Encoders
internal import Tensors

extension TrainingStep {
  /// Updates the model: each rank its slices and its rows of the token embeddings; collective.
  ///
  /// Afterwards every rank has all values but those of rows that others own or that the batch did not touch:
  /// `RowTable.fetch` brings the ones that a batch needs, `synchronize` all.
  func update(_ gradients: SummedGradients, step: Int, learningRate: Double) throws {
    try clip(gradients)
    var exchanges: [any PendingExchange] = []
    for (index, stage) in model.stages.enumerated() {
      let block = model.block(of: stage)
      let part = reductions[index].parts[0]
      let slice = part.slices[partition.rank]
      optimizer.update(
        block, slice: slice, gradient: gradients.slices[index][0], step: step + 1,
        rate: learningRate)
      guard partition.count > 1 else { continue }
      let values = model.parameters[block.range]
      exchanges.append(
        try ranks.startAllGather(
          UnsafeBufferPointer(values[slice].buffer), counts: part.counts, into: values.buffer))
    }
    if let gradient = gradients.ofOwnRows(model, partition) {
      optimizer.table?.update(
        gradients.touched.rows(ofRank: partition.rank), gradient: gradient, step: step + 1,
        rate: learningRate)
    }
    for exchange in exchanges { try exchange.wait() }
  }

  /// Brings all rows of the token embeddings up to date, and their values from their owners, so that the ranks' models
  /// are the same; collective.
  public func synchronize() throws {
    try optimizer.table?.fetchAll(workspaces[0].scratch, ranks)
  }

  /// One stage's whole gradient, on every rank; collective.
  func gatherGradient(_ stage: Int, _ gradients: SummedGradients) throws -> Vector {
    // This rank's own sums have been sent: their memory can take the result.
    let all = reductions[stage].whole
    guard partition.count > 1 else { return all }
    for (part, slice) in zip(reductions[stage].parts, gradients.slices[stage]) {
      try ranks.allGather(
        UnsafeBufferPointer(slice.buffer), counts: part.counts, into: all[part.range].buffer)
    }
    return all
  }

  /// The Euclidean norm over all stages: chunk by chunk, then token by token, in an order that no partition
  /// over ranks changes; collective.
  func gradientNorm(_ slices: [[Vector]], _ touched: TouchedRows) throws -> Double {
    let chunk = GradientReduction.chunk
    let own = slices.map { stage in
      stride(from: 0, to: stage[0].count, by: chunk).map {
        sumOfSquares(stage[0][$0..<min($0 + chunk, stage[0].count)])
      }
    }
    let counts = reductions.map { $0.parts[0].counts.map { ($0 + chunk - 1) / chunk } }
    let perRank = (0..<partition.count).map { rank in counts.reduce(0) { $0 + $1[rank] } }
    let chunks = try gather(Array(own.joined()), counts: perRank)
    var next = (0..<partition.count).map { rank in perRank[..<rank].reduce(0, +) }
    var sum = 0.0
    for stage in counts {
      for (rank, count) in stage.enumerated() {
        for value in chunks[next[rank]..<next[rank] + count] { sum += value }
        next[rank] += count
      }
    }
    guard model.trainsTokenTable else { return sum.squareRoot() }
    let rows = slices[slices.count - 1][1].matrix(
      rows: touched.counts[partition.rank], columns: model.tokenTable.columns)
    for (_, square) in try squares(of: rows, touched) { sum += square }
    return sum.squareRoot()
  }

  /// The sum of squares of each touched row, in the order of the table; collective.
  func squares(
    of own: Matrix, _ touched: TouchedRows
  ) throws -> [(row: Int32, square: Double)] {
    let all = try gather((0..<own.rows).map { sumOfSquares(own.row($0)) }, counts: touched.counts)
    return touched.ascending.map { (touched.rows[$0], all[$0]) }
  }

  func gather(_ values: [Double], counts: [Int]) throws -> [Double] {
    guard partition.count > 1 else { return values }
    var all = [Double](repeating: 0, count: counts.reduce(0, +))
    try values.withUnsafeBufferPointer { values in
      try all.withUnsafeMutableBufferPointer { result in
        try ranks.allGather(values, counts: counts, into: result)
      }
    }
    return all
  }
}
