internal import Distribution
internal import Encoders
internal import Tensors

extension TrainingStep {
  /// Updates the model: each rank its slices and its words; collective.
  ///
  /// Afterwards every rank has all values but those of words that others own or that the batch did not
  /// touch: `fetchWords` brings the ones that a batch needs, `synchronize` all.
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
    if let slice = gradients.wordSlice {
      let words = gradients.words
      let own = words.rows(ofRank: partition.rank)
      optimizer.updateWords(
        words.words[own],
        gradient: slice.matrix(
          rows: own.count, columns: model.words.columns),
        step: step + 1, rate: learningRate)
    }
    for exchange in exchanges { try exchange.wait() }
  }

  /// Brings a batch's words up to date, and their values from their owners; collective.
  func fetchWords(_ words: BatchWords) throws {
    guard model.trainsWords else { return }
    optimizer.bringUpToDate(words.words[words.rows(ofRank: partition.rank)])
    guard partition.count > 1 else { return }
    let table = model.words.matrix(in: model.parameters)
    let indices = words.words.map { Int($0) }
    let scratch = workspaces[0].scratch
    let mark = scratch.mark
    defer { scratch.release(to: mark) }
    let rows = scratch.matrix(indices.count, table.columns)
    let own = rows.rows(words.rows(ofRank: partition.rank))
    own.gatherRows(Array(indices[words.rows(ofRank: partition.rank)]), of: table)
    try ranks.allGather(
      UnsafeBufferPointer(own.vector.buffer), counts: words.counts.map { $0 * table.columns },
      into: rows.vector.buffer)
    rows.scatterRows(indices, to: table)
  }

  /// Brings all words' values up to date, and from their owners, so that the ranks' models are the same;
  /// collective.
  public func synchronize() throws {
    guard model.trainsWords else { return }
    optimizer.bringUpToDate()
    guard partition.count > 1 else { return }
    let table = model.words.matrix(in: model.parameters)
    // In pieces, since the table may be large.
    for start in stride(from: 0, to: table.rows, by: 8192) {
      let words = (start..<min(start + 8192, table.rows)).map { Int32($0) }
      try fetchWords(BatchWords(words: words, ranks: partition.count))
    }
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

  /// The Euclidean norm over all stages: chunk by chunk, then word by word, in an order that no partition
  /// over ranks changes; collective.
  func gradientNorm(_ slices: [[Vector]], _ words: BatchWords) throws -> Double {
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
    guard model.trainsWords else { return sum.squareRoot() }
    let rows = slices[slices.count - 1][1].matrix(
      rows: words.counts[partition.rank], columns: model.words.columns)
    let squares = try gather(
      (0..<rows.rows).map { sumOfSquares(rows.row($0)) }, counts: words.counts)
    for index in words.words.indices.sorted(by: { words.words[$0] < words.words[$1] }) {
      sum += squares[index]
    }
    return sum.squareRoot()
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
