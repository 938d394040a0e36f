/// The ranks that gradients, moments and weights are divided over, and this one's place among them.
///
/// All ranks; or, when every rank keeps everything, as with MPI's all-reduce, one.
package struct Partition: Sendable, Equatable {
  /// This one's place, from 0.
  package let rank: Int
  /// How many ranks there are.
  package let count: Int

  /// The partition of `count` ranks as number `rank` sees it.
  package init(rank: Int, count: Int) { (self.rank, self.count) = (rank, count) }

  /// How many of `count` items, dealt out in turn, one rank has.
  package func share(of count: Int, rank: Int) -> Int {
    (count - rank + self.count - 1) / self.count
  }
}
