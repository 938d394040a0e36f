internal import Tensors

/// First and second moments of some parameters, zero at first.
struct AdamWMoments {
  /// The two moments.
  enum Part: CaseIterable {
    case first, second
  }

  /// The running mean of gradients.
  let first: Storage
  /// The running mean of squared gradients.
  let second: Storage

  /// The moments of so many parameters.
  init(count: Int) { (first, second) = (Storage(count: count), Storage(count: count)) }

  /// One of them; as long-lived as its storage.
  subscript(part: Part) -> Vector { part == .first ? first.vector : second.vector }
}
