internal import Encoders
package import Tensors

/// The gradient of one parameter; of the words only the rows that the batch touches.
package struct TensorGradient {
  /// The parameter.
  package let entry: ParameterLayout.Entry
  /// The gradient, row-major.
  package var values: [Float]
  /// The rows of the parameter that `values` is of, ascending; nil for all.
  let words: [Int32]?

  /// The place in the flat buffer of the parameter that `values[index]` belongs to.
  package func offset(of index: Int) -> Int {
    guard let words else { return entry.offset + index }
    let size = entry.shape[1]
    return entry.offset + Int(words[index / size]) * size + index % size
  }

  /// The gradient with all its rows.
  package var dense: [Float] {
    guard words != nil else { return values }
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
        try body(TensorGradient(entry: entry, values: values, words: nil))
      }
      guard stage == .embeddings, model.trainsWords else { continue }
      let rows = model.wordGradient(gradients.words, in: all)
      // The batch's words stand in the order of their owners, which depends on the number of ranks.
      let words = gradients.words.words.enumerated().sorted { $0.element < $1.element }
      for entry in model.layout.entries where model.isWords(entry) {
        let start = Int32((entry.offset - model.words.offset) / model.words.columns)
        let own = words.filter { (start..<start + Int32(entry.shape[0])).contains($0.element) }
        try body(
          TensorGradient(
            entry: entry, values: own.flatMap { rows.row($0.offset).array },
            words: own.map { $0.element - start }))
      }
    }
  }
}
