internal import Distribution
internal import Encoders
internal import Objectives
internal import Tensors

/// AdamW over all stages, its state divided over the ranks.
///
/// Each rank keeps the moments of its slices and of its words, updates those and passes the new values
/// on.
final class Optimizer {
  private let model: TacoModel
  let rule: AdamW
  /// What updates parameters with a rule of their own: they have no decay.
  private let ownRule: AdamW
  private let threads: Int
  private let partition: Partition
  private var rank: Int { partition.rank }
  private var ranks: Int { partition.count }
  private var moments: [Int: Moments] = [:]
  /// The updates that this rank's words lack, by their row among them.
  private let deferred: DeferredUpdates

  /// First and second moments of some parameters.
  private struct Moments {
    let first: Storage
    let second: Storage
  }

  init(_ model: TacoModel, rule: AdamW, threads: Int, partition: Partition) {
    self.model = model
    self.rule = rule
    ownRule = AdamW(variant: .torch, weightDecay: 0)
    self.threads = threads
    self.partition = partition
    let words = model.trainsWords ? model.words.rows : 0
    deferred = DeferredUpdates(rows: partition.share(of: words, rank: partition.rank))
  }

  /// Scales this rank's slices down where the whole gradient is too long.
  func clip(_ gradients: SummedGradients) {
    let factor = rule.clipFactor(norm: gradients.report.gradientNorm)
    guard factor < 1 else { return }
    for slice in gradients.slices.joined() { scale(slice, by: factor) }
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
    guard !block.range.isEmpty else { return }
    let start = block.range.lowerBound
    let values = model.parameters[start + slice.lowerBound..<start + slice.upperBound]
    let state = moments(of: start, count: slice.count)
    let threads = threads
    let groups = model.groups(of: block).map { group in
      (
        // Counted from the slice's start.
        range: group.range.clamped(to: slice).shifted(by: -slice.lowerBound),
        rule: group.rule == nil ? rule : ownRule, rate: group.rule?.rate(at: step - 1) ?? rate
      )
    }
    concurrently(threads) { thread in
      let span = Profile.begin("AdamW")
      defer { span.end() }
      for group in groups {
        let part = part(of: slice.count, thread, threads).clamped(to: group.range)
        guard !part.isEmpty else { continue }
        group.rule.update(
          values[part], gradient: gradient[part], first: state.first.vector[part],
          second: state.second.vector[part], step: step, learningRate: group.rate)
      }
    }
  }

  /// Updates all words that this rank owns, from the gradient of those that a batch touched; the others
  /// get their update when they are needed.
  ///
  /// - Parameters:
  ///   - touched: The touched ones of this rank's words, ascending.
  ///   - gradient: Their gradients, `[touched, embedding size]`.
  ///   - step: The number of this update, from 1.
  ///   - rate: The learning rate.
  func updateWords(_ touched: ArraySlice<Int32>, gradient: Matrix, step: Int, rate: Double) {
    bringUpToDate(touched)
    let words = wordState
    let rows = touched.map { words.row(of: $0) }
    let (rule, threads) = (rule, threads)
    concurrently(threads) { thread in
      let span = Profile.begin("AdamW of words")
      defer { span.end() }
      for index in part(of: rows.count, thread, threads) {
        let (values, first, second) = words[rows[index]]
        rule.update(
          values, gradient: gradient.row(index), first: first, second: second, step: step,
          learningRate: rate)
      }
    }
    deferred.append(rule.terms(step: step, learningRate: rate), doneBy: rows)
    if deferred.isFull { bringUpToDate() }
  }

  /// Gives words of this rank the updates that they lack.
  func bringUpToDate(_ words: ArraySlice<Int32>) {
    guard !deferred.isEmpty else { return }
    let state = wordState
    replay(words.map { state.row(of: $0) }, state)
  }

  /// Gives all words of this rank the updates that they lack; reading or writing words or moments
  /// elsewhere comes after it.
  func bringUpToDate() {
    guard !deferred.isEmpty else { return }
    replay(0..<partition.share(of: model.words.rows, rank: rank), wordState)
  }

  private func replay(_ rows: some RandomAccessCollection<Int> & Sendable, _ words: WordState) {
    let rule = rule
    deferred.catchUp(rows, threads: threads) { row, updates in
      let (values, first, second) = words[row]
      rule.replay(updates, values, first: first, second: second)
    }
  }

  /// The words that this rank owns, by their row among them, with their moments.
  private struct WordState: Sendable {
    let table: Matrix
    let first: Matrix
    let second: Matrix
    let partition: Partition

    func row(of word: Int32) -> Int { Int(word) / partition.count }

    subscript(row: Int) -> (values: Vector, first: Vector, second: Vector) {
      (table.row(row * partition.count + partition.rank), first.row(row), second.row(row))
    }
  }

  private var wordState: WordState {
    let slot = model.words
    let owned = ownedWords(rank)
    let state = moments(of: slot.offset, count: owned * slot.columns)
    return WordState(
      table: slot.matrix(in: model.parameters),
      first: state.first.vector.matrix(rows: owned, columns: slot.columns),
      second: state.second.vector.matrix(rows: owned, columns: slot.columns), partition: partition)
  }

  /// What this rank keeps: tensor by tensor the first (code 2 i, of the i-th parameter) and the second
  /// moments (code 2 i + 1).
  var state: [(code: Int, values: Vector)] {
    bringUpToDate()
    var state: [(code: Int, values: Vector)] = []
    for block in blocks {
      guard let moments = moments[block.range.lowerBound] else { continue }
      let isWords = block.range.lowerBound == model.encoder.parameters.wordOffset
      let slice =
        isWords
        ? 0..<moments.first.count
        : GradientReduction.slices(of: block.range.count, ranks: ranks)[rank]
      let start = block.range.lowerBound
      for (index, entry) in model.layout.entries.enumerated()
      where isWords ? entry.offset == block.range.lowerBound : block.range.contains(entry.offset) {
        let part =
          isWords
          ? slice
          : slice.clamped(to: entry.offset - start..<entry.range.upperBound - start)
        let place = part.lowerBound - slice.lowerBound..<part.upperBound - slice.lowerBound
        guard !place.isEmpty else { continue }
        state.append((2 * index, moments.first.vector[place]))
        state.append((2 * index + 1, moments.second.vector[place]))
      }
    }
    return state
  }

  /// The rows of the words that this rank owns.
  var ownWords: [Vector] {
    guard model.encoder.parameters.wordOffset != nil else { return [] }
    bringUpToDate()
    let table = model.words.matrix(in: model.parameters)
    return stride(from: rank, to: table.rows, by: ranks).map { table.row($0) }
  }

  /// The trained blocks: frozen ones have no moments.
  private var blocks: [ParameterLayout.Block] {
    model.layout.blocks.filter {
      !$0.range.isEmpty && model.trained.contains($0.range.lowerBound)
    }
  }

  /// Brings all moments to rank 0, in the order of the trained parameters; collective.
  ///
  /// - Parameters:
  ///   - first: Receives the first moments on rank 0, `[trained.count]`; nil elsewhere.
  ///   - second: Receives the second moments on rank 0; nil elsewhere.
  ///   - collectives: The ranks.
  /// - Throws: What the exchange throws.
  func gather(first: Vector?, second: Vector?, _ collectives: some Collectives) throws {
    bringUpToDate()
    let words = model.words
    let base = model.trained.lowerBound
    for block in blocks {
      let isWords = block.range.lowerBound == model.encoder.parameters.wordOffset
      let counts =
        isWords
        ? (0..<ranks).map { ownedWords($0) * words.columns }
        : GradientReduction.slices(of: block.range.count, ranks: ranks).map(\.count)
      let state = moments(of: block.range.lowerBound, count: counts[rank])
      for (own, all) in [(state.first, first), (state.second, second)] {
        let target = all.map { all in
          let start = block.range.lowerBound - base
          return all[start..<start + counts.reduce(0, +)]
        }
        guard ranks > 1 else {
          target?.copy(from: own.vector)
          continue
        }
        try collectives.gather(
          UnsafeBufferPointer(own.vector.buffer), counts: counts,
          into: target?.buffer ?? UnsafeMutableBufferPointer(start: nil, count: 0), to: 0)
        if isWords, let target { sortWords(target) }
      }
    }
  }

  /// The two moments.
  enum Moment {
    case first, second
  }

  /// Takes this rank's moments out of all moments, `[trained.count]`.
  func restore(_ all: Vector, _ moment: Moment) {
    // The words come from the same place and are as new.
    deferred.forget()
    let words = model.words
    let base = model.trained.lowerBound
    for block in blocks {
      let start = block.range.lowerBound
      let isWords = start == model.encoder.parameters.wordOffset
      let rows = isWords ? stride(from: rank, to: words.rows, by: ranks).map { $0 } : []
      let slice = GradientReduction.slices(of: block.range.count, ranks: ranks)[rank]
      let state = moments(of: start, count: isWords ? rows.count * words.columns : slice.count)
      let own = (moment == .first ? state.first : state.second).vector
      if isWords {
        own.matrix(rows: rows.count, columns: words.columns)
          .gatherRows(rows, of: words.matrix(in: all))
      } else {
        own.copy(from: all[start - base + slice.lowerBound..<start - base + slice.upperBound])
      }
    }
  }

  private func ownedWords(_ rank: Int) -> Int {
    partition.share(of: model.words.rows, rank: rank)
  }

  /// From the order of the owners to the order of the table.
  private func sortWords(_ gathered: Vector) {
    guard ranks > 1 else { return }
    let slot = model.words
    let copy = Storage(count: gathered.count)
    copy.vector.copy(from: gathered)
    let order = (0..<ranks).flatMap { Array(stride(from: $0, to: slot.rows, by: ranks)) }
    withExtendedLifetime(copy) {
      copy.vector.matrix(rows: slot.rows, columns: slot.columns).scatterRows(
        order, to: gathered.matrix(rows: slot.rows, columns: slot.columns))
    }
  }

  private func moments(of start: Int, count: Int) -> Moments {
    if let known = moments[start] { return known }
    let new = Moments(first: Storage(count: count), second: Storage(count: count))
    moments[start] = new
    return new
  }
}

extension Range<Int> {
  fileprivate func shifted(by distance: Int) -> Range<Int> {
    lowerBound + distance..<upperBound + distance
  }
}
