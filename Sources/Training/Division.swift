/// The ranks that gradients, moments and weights are divided over, and this one's place among them.
///
/// All ranks; or, when every rank keeps everything, as with MPI's all-reduce, one.
struct Division: Sendable, Equatable {
  let rank: Int
  let count: Int
}
