internal import Distribution
internal import Encoders

/// The partition of a rank's shards into waves that fit a memory budget.
///
/// A wave is a node of the shard tree, so the order of sums, and so every bit, is the same with any
/// budget: shards beyond it are encoded once without activations and, wave by wave, again with them.
struct Waves {
  /// The shards of each wave, consecutive.
  let ranges: [Range<Int>]

  /// Divides shards.
  ///
  /// - Parameters:
  ///   - shards: The rank's shards.
  ///   - bytes: What a shard's activations take.
  ///   - budget: What all activations of the rank may take, or nil for no bound.
  init(_ shards: Range<Int>, bytes: (Int) -> Int, budget: Int?) {
    guard let budget, shards.reduce(0, { $0 + bytes($1) }) > budget else {
      ranges = [shards]
      return
    }
    var pending = TreeNode.cover(shards).reversed() as [TreeNode]
    var ranges: [Range<Int>] = []
    while let node = pending.popLast() {
      let range = node.start..<node.start + node.count
      if node.count == 1 || range.reduce(0, { $0 + bytes($1) }) <= budget {
        ranges.append(range)
      } else {
        let half = node.count / 2
        pending.append(TreeNode(start: node.start + half, count: half))
        pending.append(TreeNode(start: node.start, count: half))
      }
    }
    self.ranges = ranges
  }
}

extension EncoderConfiguration {
  /// The bytes that `EncoderPass` keeps between the forward and the backward pass.
  ///
  /// - Parameters:
  ///   - lengths: The tokens of each sequence of a shard.
  ///   - frozenLayers: How many of the lowest layers, and the embeddings with them, keep nothing.
  ///   - adapterColumns: The ranks of a layer's adapters together.
  /// - Returns: The bytes, without what a thread needs besides.
  func activationBytes(_ lengths: [Int], frozenLayers: Int = 0, adapterColumns: Int = 0) -> Int {
    // What a frozen layer takes while it is computed is free again for the next one.
    let layerCount = max(1, layerCount - frozenLayers)
    let tokens = lengths.reduce(0, +)
    let gates = parts.feedForward == .gated ? 2 : 1
    let normed = parts.norm == .layer ? 4 : 2
    let perLayer =
      2 * (querySize + keySize + hiddenSize) + gates * intermediateSize + normed
      + adapterColumns
    let rotary = parts.rotary == nil ? 0 : headSize
    let sums = family.hasEmbeddingNorm ? 2 * embeddingSize + 2 : embeddingSize
    // Frozen embeddings leave what the lowest trained layer is given.
    let embeddings = 3 * hiddenSize + rotary + (frozenLayers == 0 ? sums : 0)
    // What a token takes beside its activations, in floats: ids, positions and row indices.
    let bookkeeping = 12
    let weights = lengths.reduce(0) { $0 + $1 * $1 } * headCount * layerCount
    return 4 * (tokens * (perLayer * layerCount + embeddings + bookkeeping) + weights)
  }
}
