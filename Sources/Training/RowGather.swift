package import Distribution
internal import Encoders
package import Objectives
package import Tensors

/// Brings rows that shards computed to every rank, in global row order.
struct RowGather {
  private let plan: ShardPlan
  private let ranks: Int
  private let wanted: Range<Int>

  /// A gather of a plan's rows in a range of global rows.
  init(_ plan: ShardPlan, _ wanted: Range<Int>, ranks: Int) {
    self.plan = plan
    self.ranks = ranks
    self.wanted = wanted
  }

  /// Gathers rows; collective.
  ///
  /// - Parameters:
  ///   - shards: This rank's shards, in order.
  ///   - columns: The length of a row.
  ///   - collectives: The ranks.
  ///   - values: Those of a shard's rows that are wanted, `[n, columns]`.
  /// - Returns: `[wanted rows, columns]`, ascending by global row.
  /// - Throws: What the exchange throws.
  func callAsFunction(
    _ shards: [ShardRows], columns: Int, _ collectives: some Collectives,
    _ values: (ShardRows) -> [Float]
  ) throws -> DoubleMatrix {
    let own = Array(shards.map(values).joined())
    let order = (0..<ranks).map(rows(ofRank:))
    let total = order.reduce(0) { $0 + $1.count }
    var gathered = [Float](repeating: 0, count: total * columns)
    try own.withUnsafeBufferPointer { values in
      try gathered.withUnsafeMutableBufferPointer { result in
        try collectives.allGather(
          values, counts: order.map { $0.count * columns }, into: result)
      }
    }
    var result = DoubleMatrix(rows: total, columns: columns)
    let arrived = Array(order.joined())
    let places = arrived.indices.sorted { arrived[$0] < arrived[$1] }
    for (target, source) in places.enumerated() {
      for column in 0..<columns {
        result.values[target * columns + column] = Double(gathered[source * columns + column])
      }
    }
    return result
  }

  private func rows(ofRank rank: Int) -> [Int] {
    ShardPlan.shards(ofRank: rank, of: ranks, count: plan.shards.count)
      .flatMap { plan.shards[$0].filter(wanted.contains) }
  }
}

/// The rows of a step that was computed, on every rank, for a look at them.
package struct TowerRows {
  /// The encoder's rows in global order, `[n, C]`.
  package let encodings: DoubleMatrix
  /// What each tower's network gives, `[n, outputSize]`.
  package let outputs: [(tower: Tower, values: DoubleMatrix)]

  /// Gathers the rows; collective.
  ///
  /// - Throws: What the exchange throws.
  package init(_ training: TrainingStep<some Collectives>, _ gradients: SummedGradients) throws {
    let (rows, plan) = (gradients.stepRows, gradients.plan)
    encodings = try training.encodings(gradients.rows, plan, of: rows.sequences.indices)
    outputs = Array(
      zip(training.model.objective.towers, try training.outputs(gradients.rows, plan, rows)))
  }
}

extension Tower {
  /// What stands before the names of its rows, as before those of its encoder's parameters.
  package var prefix: String { encoder.map { "\($0)." } ?? "" }
}

extension TrainingStep {
  /// What each tower's network gave for its rows, `[n, outputSize]`, on every rank; collective.
  func outputs(
    _ shards: [ShardRows], _ plan: ShardPlan, _ rows: StepRows
  ) throws -> [DoubleMatrix] {
    try model.objective.towers.enumerated().map { index, tower in
      try RowGather(plan, rows.rows(of: tower), ranks: ranks.size)(
        shards, columns: model.heads.outputSizes[index], ranks
      ) { $0.outputs[index] }
    }
  }

  /// What the guesses of the batch's hidden tokens came to, summed pair by pair in their order; collective.
  func guesses(
    _ shards: [ShardRows], _ plan: ShardPlan, _ batch: StepBatch
  ) throws -> TokenGuesses {
    let rows = try RowGather(plan, batch.range(of: .pairs), ranks: ranks.size)(
      shards, columns: 2, ranks
    ) {
      $0.guesses
    }
    return TokenGuesses(
      loss: (0..<rows.rows).reduce(0) { $0 + rows[$1, 0] }, count: batch.hiddenCount,
      correct: Int((0..<rows.rows).reduce(0) { $0 + rows[$1, 1] }))
  }

  /// The encoder's rows in a range of global rows, `[n, C]`, on every rank; collective.
  func encodings(
    _ shards: [ShardRows], _ plan: ShardPlan, of range: Range<Int>
  ) throws -> DoubleMatrix {
    try RowGather(plan, range, ranks: ranks.size)(
      shards, columns: model.encoder.configuration.hiddenSize, ranks
    ) { $0.encodings(of: range) }
  }
}
