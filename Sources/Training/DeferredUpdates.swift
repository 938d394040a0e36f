internal import Tensors

/// Updates without a gradient that rows have not got yet.
///
/// A row that no batch touches still decays and still moves by its moments. Doing that when the row
/// is needed next, all updates one after the other while its row is in the cache, takes the same
/// operations in the same order, so the same bits, without going through the whole table every step.
final class DeferredUpdates {
  /// The updates since the last one that all rows have.
  private var updates: [AdamWTerms] = []
  /// How many of them each row has.
  private var done: [Int]

  /// How many updates may wait, so that catching up never takes long.
  static let limit = 128

  /// So many rows, none of which lacks an update.
  init(rows: Int) {
    done = [Int](repeating: 0, count: rows)
  }

  /// Whether no row lacks an update.
  var isEmpty: Bool { updates.isEmpty }
  /// Whether all rows should catch up now.
  var isFull: Bool { updates.count >= Self.limit }

  /// Notes an update that some rows have got, after all before it, and the others lack.
  func append(_ update: AdamWTerms, doneBy rows: some Sequence<Int>) {
    updates.append(update)
    for row in rows { done[row] = updates.count }
  }

  /// Gives some rows all that they lack.
  ///
  /// - Parameters:
  ///   - rows: The rows, each once.
  ///   - threads: The threads that share them.
  ///   - replay: Applies updates to a row; called on those threads.
  func catchUp(
    _ rows: some RandomAccessCollection<Int> & Sendable, threads: Int,
    _ replay: @Sendable (_ row: Int, _ updates: ArraySlice<AdamWTerms>) -> Void
  ) {
    guard !isEmpty else { return }
    let (updates, done) = (updates, done)
    concurrently(threads) { thread in
      let span = Profile.begin("AdamW of token embeddings")
      defer { span.end() }
      for index in part(of: rows.count, thread, threads) {
        let row = rows[rows.index(rows.startIndex, offsetBy: index)]
        if done[row] < updates.count { replay(row, updates[done[row]...]) }
      }
    }
    if rows.count == self.done.count {
      forget()
    } else {
      for row in rows { self.done[row] = updates.count }
    }
  }

  /// Takes all rows as they are.
  func forget() {
    guard !isEmpty else { return }
    updates = []
    done = [Int](repeating: 0, count: done.count)
  }
}
