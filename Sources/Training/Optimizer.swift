internal import Encoders
internal import Tensors

/// AdamW over all stages, its state divided over the ranks.
///
/// Each rank keeps the moments of its slices and of its words, updates those and passes the new values
/// on.
final class Optimizer {
  private let model: TacoModel
  private let rule: AdamW
  private let threads: Int
  private let rank: Int
  private let ranks: Int
  private var moments: [Int: Moments] = [:]

  /// First and second moments of some parameters.
  private struct Moments {
    let first: Storage
    let second: Storage
  }

  init(_ model: TacoModel, rule: AdamW, threads: Int, rank: Int, ranks: Int) {
    self.model = model
    self.rule = rule
    self.threads = threads
    self.rank = rank
    self.ranks = ranks
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
      let part = part(of: slice.count, thread, threads)
      rule.update(
        values[part], gradient: gradient[part], first: state.first.vector[part],
        second: state.second.vector[part], step: step, learningRate: rate)
    }
  }

  /// Updates all words that this rank owns, from the gradient of those that a batch touched.
  ///
  /// - Parameters:
  ///   - touched: The touched ones of this rank's words, ascending.
  ///   - gradient: Their gradients, `[touched, embedding size]`.
  ///   - step: The number of this update, from 1.
  ///   - rate: The learning rate.
  func updateWords(_ touched: ArraySlice<Int32>, gradient: Matrix, step: Int, rate: Double) {
    let slot = model.encoder.parameters.words
    let table = slot.matrix(in: model.parameters)
    let (rank, ranks) = (rank, ranks)
    let owned = (table.rows - rank + ranks - 1) / ranks
    let state = moments(of: slot.offset, count: owned * table.columns)
    let first = state.first.vector.matrix(rows: owned, columns: table.columns)
    let second = state.second.vector.matrix(rows: owned, columns: table.columns)
    let zero = Storage(count: table.columns)
    let (rule, threads) = (rule, threads)
    concurrently(threads) { thread in
      let rows = part(of: owned, thread, threads)
      var next = touched.partition { Int($0) / ranks >= rows.lowerBound }
      for row in rows {
        let word = row * ranks + rank
        var slope = zero.vector
        if next < touched.endIndex, Int(touched[next]) == word {
          slope = gradient.row(next - touched.startIndex)
          next += 1
        }
        rule.update(
          table.row(word), gradient: slope, first: first.row(row), second: second.row(row),
          step: step, learningRate: rate)
      }
    }
  }

  private func moments(of start: Int, count: Int) -> Moments {
    if let known = moments[start] { return known }
    let new = Moments(first: Storage(count: count), second: Storage(count: count))
    moments[start] = new
    return new
  }
}

extension ArraySlice {
  /// The first index whose element, and all after it, satisfy a condition.
  fileprivate func partition(_ isAfter: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
