internal import Distribution
internal import Tensors

/// A trained table of which a step touches few rows, the token embeddings, divided over the ranks row by row.
///
/// Row r belongs to rank r mod P, which spreads the frequent tokens. Its owner keeps its moments, updates it, and sends
/// the new values to all when a batch needs them. A row that no batch touches gets its updates when it is needed next.
final class RowTable {
  /// Where it stands in the flat buffer.
  let slot: ParameterSlot
  private let parameters: Vector
  private let rule: AdamW
  private let threads: Int
  private let partition: Partition
  /// The updates that this rank's rows lack, by their number among them.
  private let deferred: DeferredUpdates
  private var moments: AdamWMoments?

  /// A table whose rows lack no update and have no moments.
  init(
    _ slot: ParameterSlot, in parameters: Vector, rule: AdamW, threads: Int, partition: Partition
  ) {
    (self.slot, self.parameters, self.rule) = (slot, parameters, rule)
    (self.threads, self.partition) = (threads, partition)
    deferred = DeferredUpdates(rows: partition.share(of: slot.rows, rank: partition.rank))
  }

  private var values: Matrix { slot.matrix(in: parameters) }
  private var ownCount: Int { partition.share(of: slot.rows, rank: partition.rank) }

  /// Updates all rows that this rank owns, from the gradient of those that a batch touched; the others get their
  /// update when they are needed.
  ///
  /// - Parameters:
  ///   - touched: The touched ones of this rank's rows, ascending.
  ///   - gradient: Their gradients, `[touched, columns]`.
  ///   - step: The number of this update, from 1.
  ///   - rate: The learning rate.
  func update(_ touched: ArraySlice<Int32>, gradient: Matrix, step: Int, rate: Double) {
    bringUpToDate(touched)
    let own = ownRows
    let rows = touched.map { own.number(of: $0) }
    let (rule, threads) = (rule, threads)
    concurrently(threads) { thread in
      let span = Profile.begin("AdamW of token embeddings")
      defer { span.end() }
      for index in part(of: rows.count, thread, threads) {
        let (values, first, second) = own[rows[index]]
        rule.update(
          values, gradient: gradient.row(index), first: first, second: second, step: step,
          learningRate: rate)
      }
    }
    deferred.append(rule.terms(step: step, learningRate: rate), doneBy: rows)
    if deferred.isFull { bringUpToDate() }
  }

  /// Gives rows of this rank the updates that they lack.
  func bringUpToDate(_ rows: ArraySlice<Int32>) {
    guard !deferred.isEmpty else { return }
    let own = ownRows
    replay(rows.map { own.number(of: $0) }, own)
  }

  /// Gives all rows of this rank the updates that they lack; reading or writing values or moments elsewhere comes
  /// after it.
  func bringUpToDate() {
    guard !deferred.isEmpty else { return }
    replay(0..<ownCount, ownRows)
  }

  private func replay(_ rows: some RandomAccessCollection<Int> & Sendable, _ own: OwnRows) {
    let rule = rule
    deferred.catchUp(rows, threads: threads) { row, updates in
      let (values, first, second) = own[row]
      rule.replay(updates, values, first: first, second: second)
    }
  }

  /// Brings touched rows up to date, and their values from their owners; collective.
  ///
  /// - Parameters:
  ///   - touched: The same on all ranks.
  ///   - scratch: Takes the values on their way.
  ///   - ranks: All ranks.
  /// - Throws: What the exchange throws.
  func fetch(_ touched: TouchedRows, _ scratch: Arena, _ ranks: some Collectives) throws {
    bringUpToDate(touched.rows(ofRank: partition.rank))
    guard partition.count > 1 else { return }
    let indices = touched.rows.map { Int($0) }
    let own = touched.range(ofRank: partition.rank)
    let mark = scratch.mark
    defer { scratch.release(to: mark) }
    let rows = scratch.matrix(indices.count, slot.columns)
    let ownRows = rows.rows(own)
    ownRows.gatherRows(Array(indices[own]), of: values)
    try ranks.allGather(
      UnsafeBufferPointer(ownRows.vector.buffer), counts: touched.counts.map { $0 * slot.columns },
      into: rows.vector.buffer)
    rows.scatterRows(indices, to: values)
  }

  /// Brings all rows up to date, and their values from their owners; collective.
  func fetchAll(_ scratch: Arena, _ ranks: some Collectives) throws {
    bringUpToDate()
    guard partition.count > 1 else { return }
    // In pieces, since the table may be large.
    for start in stride(from: 0, to: slot.rows, by: 8192) {
      let rows = (start..<min(start + 8192, slot.rows)).map { Int32($0) }
      try fetch(TouchedRows(rows, ranks: partition.count), scratch, ranks)
    }
  }

  /// The rows that this rank owns, by their number among them, with their moments.
  private struct OwnRows: Sendable {
    let table: Matrix
    let first: Matrix
    let second: Matrix
    let partition: Partition

    func number(of row: Int32) -> Int { Int(row) / partition.count }

    subscript(number: Int) -> (values: Vector, first: Vector, second: Vector) {
      (
        table.row(number * partition.count + partition.rank), first.row(number),
        second.row(number)
      )
    }
  }

  private var ownRows: OwnRows {
    let moments = ownMoments()
    func matrix(_ storage: Storage) -> Matrix {
      storage.vector.matrix(rows: ownCount, columns: slot.columns)
    }
    return OwnRows(
      table: values, first: matrix(moments.first), second: matrix(moments.second),
      partition: partition)
  }
}

// What checkpoints and comparisons of ranks see: every row as if no update were lacking.
extension RowTable {
  /// The values of the rows that this rank owns.
  var ownValues: [Vector] {
    bringUpToDate()
    return stride(from: partition.rank, to: slot.rows, by: partition.count).map { values.row($0) }
  }

  /// The moments of the rows that this rank owns; nil before there was an update.
  var knownMoments: AdamWMoments? {
    bringUpToDate()
    return moments
  }

  private func ownMoments() -> AdamWMoments {
    if let moments { return moments }
    let new = AdamWMoments(count: ownCount * slot.columns)
    moments = new
    return new
  }

  /// Brings a moment of all rows to rank 0, where `all` is not nil; collective.
  func gather(_ moment: AdamWMoments.Part, into all: Vector?, _ ranks: some Collectives) throws {
    bringUpToDate()
    let own = ownMoments()[moment]
    guard partition.count > 1 else {
      all?.copy(from: own)
      return
    }
    let counts = (0..<partition.count).map {
      partition.share(of: slot.rows, rank: $0) * slot.columns
    }
    try ranks.gather(
      UnsafeBufferPointer(own.buffer), counts: counts,
      into: all?.buffer ?? UnsafeMutableBufferPointer(start: nil, count: 0), to: 0)
    if let all { sort(all) }
  }

  /// Takes a moment of this rank's rows out of that of all rows; values come from the same place and are as new.
  func restore(_ moment: AdamWMoments.Part, from all: Vector) {
    deferred.forget()
    let rows = stride(from: partition.rank, to: slot.rows, by: partition.count).map { $0 }
    ownMoments()[moment].matrix(rows: rows.count, columns: slot.columns)
      .gatherRows(rows, of: all.matrix(rows: slot.rows, columns: slot.columns))
  }

  /// From the order of the owners to the order of the table.
  private func sort(_ gathered: Vector) {
    let copy = Storage(count: gathered.count)
    copy.vector.copy(from: gathered)
    let order = (0..<partition.count).flatMap {
      Array(stride(from: $0, to: slot.rows, by: partition.count))
    }
    withExtendedLifetime(copy) {
      copy.vector.matrix(rows: slot.rows, columns: slot.columns).scatterRows(
        order, to: gathered.matrix(rows: slot.rows, columns: slot.columns))
    }
  }
}
