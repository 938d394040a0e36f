internal import Encoders
package import Tensors

/// The gradient of one parameter; of token embeddings only the rows that the batch touches.
package struct TensorGradient {
  /// The parameter.
  package let entry: ParameterLayout.Entry
  /// The gradient, row-major.
  package var values: [Float]
  /// The rows of the parameter that `values` is of, ascending; nil for all.
  let rows: [Int32]?

  /// The place in the flat buffer of the parameter that `values[index]` belongs to.
  package func offset(of index: Int) -> Int {
    guard let rows else { return entry.offset + index }
    let size = entry.shape[1]
    return entry.offset + Int(rows[index / size]) * size + index % size
  }

  /// The gradient with all its rows.
  package var dense: [Float] {
    guard rows != nil else { return values }
    var all = [Float](repeating: 0, count: entry.count)
    for index in values.indices { all[offset(of: index) - entry.offset] = values[index] }
    return all
  }
}

extension TrainingStep {
  /// Calls `body` with the gradient of every parameter, on every rank; collective.
  ///
  /// - Parameters:
  ///   - gradients: As `computeGradients` found them.
  ///   - wanted: The stages whose parameters are meant; nil for all.
  ///   - body: Is given one parameter's gradient at a time.
  /// - Throws: What the exchange or the body throws.
  package func forEachGradient(
    _ gradients: SummedGradients, of wanted: [BackwardStage]? = nil,
    _ body: (TensorGradient) throws -> Void
  ) throws {
    for (index, stage) in model.stages.enumerated() where wanted?.contains(stage) ?? true {
      let all = try gatherGradient(index, gradients)
      let block = model.block(of: stage)
      for entry in model.layout.entries where block.range.contains(entry.offset) {
        let start = entry.offset - block.range.lowerBound
        let values = all[start..<start + entry.count].array
        try body(TensorGradient(entry: entry, values: values, rows: nil))
      }
      guard stage == .embeddings, model.trainsTokenTable else { continue }
      let gradient = model.tokenGradient(gradients.touched, in: all)
      let touched = gradients.touched.ascending.map { ($0, gradients.touched.rows[$0]) }
      for entry in model.layout.entries where model.isTokenTable(entry) {
        let start = Int32((entry.offset - model.tokenTable.offset) / model.tokenTable.columns)
        let own = touched.filter { (start..<start + Int32(entry.shape[0])).contains($0.1) }
        try body(
          TensorGradient(
            entry: entry, values: own.flatMap { gradient.row($0.0).array },
            rows: own.map { $0.1 - start }))
      }
    }
  }
}
