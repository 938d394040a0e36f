internal import ElementaryFunctions

extension KeyedRandom {
  /// The standard normal number of an index (Box and Muller's transformation of two uniform ones).
  public func normal(_ index: UInt64) -> Double {
    let radius = (-2 * Elementary.log(1 - uniform(2 * index))).squareRoot()
    return radius * Elementary.cosine(turns: uniform(2 * index + 1))
  }
}
