package import Tensors

/// A node of the binary tree over shards: `count` shards, a power of two, from a multiple of `count`.
public struct TreeNode: Sendable, Equatable {
  /// The first shard.
  public let start: Int
  /// The number of shards.
  public let count: Int

  /// The node of `count` shards from `start`.
  public init(start: Int, count: Int) { (self.start, self.count) = (start, count) }

  /// The largest nodes that together are a range of shards, from left to right.
  public static func cover(_ range: Range<Int>) -> [TreeNode] {
    var nodes: [TreeNode] = []
    for shard in range {
      nodes.append(TreeNode(start: shard, count: 1))
      while let parent = parentOfLastTwo(nodes) {
        nodes.replaceSubrange((nodes.count - 2)..., with: [parent])
      }
    }
    return nodes
  }

  /// The node whose two halves end the list, if they do.
  static func parentOfLastTwo(_ nodes: [TreeNode]) -> TreeNode? {
    guard nodes.count >= 2 else { return nil }
    let (left, right) = (nodes[nodes.count - 2], nodes[nodes.count - 1])
    return left.parent(with: right)
  }

  /// The parent of this node and its right neighbour, if they are its two halves.
  func parent(with right: TreeNode) -> TreeNode? {
    guard count == right.count, start + count == right.start, start % (2 * count) == 0 else {
      return nil
    }
    return TreeNode(start: start, count: 2 * count)
  }
}

/// A sum of vectors over shards in the fixed order of a binary tree: leaf, pairs, pairs of pairs.
///
/// The order, and so every bit of the result, is the same however the shards are spread over ranks and
/// threads: each part adds up its own nodes, and the parts' nodes are joined by the same rule.
package struct OrderedSum {
  /// The sums of the nodes so far, from left to right.
  package private(set) var nodes: [TreeNode] = []
  /// Their values.
  package private(set) var vectors: [Vector] = []

  /// The sum of nothing.
  package init() {}

  /// Appends the sum of the node that follows on the right; halves are added as soon as both are there.
  ///
  /// - Parameters:
  ///   - vector: Its values; overwritten when a neighbour on the right is added to them.
  ///   - node: The shards that it covers.
  package mutating func append(_ vector: Vector, _ node: TreeNode) {
    nodes.append(node)
    vectors.append(vector)
    join()
  }

  /// The values to which those of a node may be added as they are computed, if the two are halves.
  package func leftHalf(of node: TreeNode) -> Vector? {
    nodes.last?.parent(with: node) == nil ? nil : vectors.last
  }

  /// Takes note that the values of the node that follows have been added to its left half.
  package mutating func noteAdded(_ node: TreeNode) {
    guard let parent = nodes.last?.parent(with: node) else {
      preconditionFailure("a node is added to its left half")
    }
    nodes[nodes.count - 1] = parent
    join()
  }

  private mutating func join() {
    while let parent = TreeNode.parentOfLastTwo(nodes) {
      let right = vectors.removeLast()
      let span = Profile.begin("gradient sum")
      add(right, to: vectors[vectors.count - 1])
      span.end()
      nodes.replaceSubrange((nodes.count - 2)..., with: [parent])
    }
  }

  /// Appends all nodes of a sum over the shards that follow on the right.
  package mutating func append(_ other: OrderedSum) {
    for (vector, node) in zip(other.vectors, other.nodes) { append(vector, node) }
  }
}
