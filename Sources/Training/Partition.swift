/// The ranks that gradients, moments and weights are divided over, and this one's place among them.
///
/// All ranks; or, when every rank keeps everything, as with MPI's all-reduce, one.
struct Partition: Sendable, Equatable {
  let rank: Int
  let count: Int

  /// How many of `count` items, dealt out in turn, one rank has.
  func share(of count: Int, rank: Int) -> Int { (count - rank + self.count - 1) / self.count }
}
