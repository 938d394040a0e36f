internal import Encoders
internal import Tensors

/// AdamW over all stages.
///
/// Each rank keeps the moments of its slices, updates them and passes the new values on. Embeddings are updated by every rank, since the words' gradient is small and everybody's.
final class Optimizer {
  private let model: TacoModel
  private let rule: AdamW
  private let threads: Int
  private var moments: [Int: (first: Storage, second: Storage)] = [:]

  init(_ model: TacoModel, rule: AdamW, threads: Int) {
    self.model = model
    self.rule = rule
    self.threads = threads
  }

  /// Updates this rank's slice of a block.
  ///
  /// - Parameters:
  ///   - block: The block in the flat buffer.
  ///   - slice: The part of it that this rank keeps.
  ///   - gradient: The slice's gradient.
  ///   - step: The number of this update, from 1.
  ///   - rate: The learning rate.
  func update(
    _ block: ParameterLayout.Block, slice: Range<Int>, gradient: Vector, step: Int, rate: Double
  ) {
    let start = block.range.lowerBound
    let values = model.parameters[start + slice.lowerBound..<start + slice.upperBound]
    let state = moments(of: start, count: slice.count)
    let (rule, threads) = (rule, threads)
    concurrently(threads) { thread in
      let part = slice.count * thread / threads..<slice.count * (thread + 1) / threads
      rule.update(
        values[part], gradient: gradient[part], first: state.first.vector[part],
        second: state.second.vector[part], step: step, learningRate: rate)
    }
  }

  /// Updates all rows of the word embeddings from the gradient of those that a batch touched.
  ///
  /// - Parameters:
  ///   - words: The touched rows, ascending.
  ///   - gradient: Their gradients, `[U, embedding size]`.
  ///   - step: The number of this update, from 1.
  ///   - rate: The learning rate.
  func updateWords(_ words: [Int32], gradient: Matrix, step: Int, rate: Double) {
    let slot = model.encoder.parameters.words
    let table = slot.matrix(in: model.parameters)
    let state = moments(of: slot.offset, count: table.rows * table.columns)
    let first = state.first.vector.matrix(rows: table.rows, columns: table.columns)
    let second = state.second.vector.matrix(rows: table.rows, columns: table.columns)
    let zero = Storage(count: table.columns)
    let (rule, threads) = (rule, threads)
    concurrently(threads) { thread in
      let rows = table.rows * thread / threads..<table.rows * (thread + 1) / threads
      var touched = words.partitioningIndex { Int($0) >= rows.lowerBound }
      for row in rows {
        var slope = zero.vector
        if touched < words.count, Int(words[touched]) == row {
          slope = gradient.row(touched)
          touched += 1
        }
        rule.update(
          table.row(row), gradient: slope, first: first.row(row), second: second.row(row),
          step: step, learningRate: rate)
      }
    }
  }

  private func moments(of start: Int, count: Int) -> (first: Storage, second: Storage) {
    if let known = moments[start] { return known }
    let new = (first: Storage(count: count), second: Storage(count: count))
    moments[start] = new
    return new
  }
}

extension Array {
  /// The first index whose element, and all after it, satisfy a condition.
  fileprivate func partitioningIndex(_ isAfter: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
