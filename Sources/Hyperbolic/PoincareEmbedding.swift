internal import ElementaryFunctions
internal import Tensors

/// Points in the Poincare ball that keep a tree's shape: Poincare embeddings (Nickel and Kiela, 2017).
///
/// Every node u and each of its ancestors v are drawn together, against nodes v' that are no ancestors:
/// `d(u, v) + log(sum of exp(-d(u, v')) over v and the v')`, by Riemannian gradient descent. A function of the tree and
/// these numbers, with the same bits on every processor; the run's seed has no part in it, so that runs with other
/// seeds have the same vectors.
struct PoincareEmbedding: Sendable, Hashable {
  /// The dimension.
  var size = 100
  /// Passes over the relations, after those of the burn-in.
  var epochs = 2000
  /// Passes at a tenth of the rate, while the points leave the origin.
  var burnIn = 20
  /// The learning rate.
  var rate = 0.025
  /// Relations that are computed before points move.
  var batchSize = 16
  /// Nodes that are drawn against each relation.
  var negatives = 5
  /// Decides what is drawn.
  var seed: UInt64 = 7

  /// The largest norm of a point.
  private static let largestNorm = 1 - 1e-5
  /// Points start in a cube of this half side.
  private static let start = 1e-4
  /// Draws before a node of many ancestors goes without one of its negatives.
  private static let draws = 64

  /// A node and one of its ancestors.
  private struct Relation {
    let node: Int
    let ancestor: Int
  }

  /// Its numbers, and one for the algorithm: to be raised when the same numbers give other points.
  var key: String {
    "Poincare embeddings 1, \(size) columns, \(burnIn) + \(epochs) epochs, rate \(rate), batches of \(batchSize), "
      + "\(negatives) negatives, seed \(seed)"
  }

  /// The points of a tree's nodes, `[nodes, size]`.
  func callAsFunction(_ tree: LabelTree) -> DoubleMatrix { self(tree, pause: {}) }

  /// The points of a tree's nodes, `[nodes, size]`; `pause` is called in every epoch, and ends the work by throwing.
  func callAsFunction(
    _ tree: LabelTree, pause: () throws -> Void
  ) rethrows -> DoubleMatrix {
    let relations = tree.ancestors.enumerated().flatMap { node, ancestors in
      ancestors.map { Relation(node: node, ancestor: $0) }
    }
    let starts = KeyedRandom(seed: seed, purpose: .objective, stream: 0)
    var points = DoubleMatrix(rows: tree.nodes.count, columns: size)
    for index in points.values.indices {
      points.values[index] = (2 * starts.uniform(UInt64(index)) - 1) * Self.start
    }
    let candidates = Candidates(tree, relations.map { ($0.node, $0.ancestor) })
    for epoch in 0..<burnIn + epochs {
      try pause()
      let rate = epoch < burnIn ? rate / 10 : rate
      let order = KeyedRandom(
        seed: seed, purpose: .objective, step: UInt64(epoch), stream: 1)
      let keys = relations.indices.map { order.uniform(UInt64($0)) }
      let shuffled = relations.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
      let random = KeyedRandom(
        seed: seed, purpose: .objective, step: UInt64(epoch), stream: 2)
      for first in stride(from: 0, to: shuffled.count, by: batchSize) {
        var slopes = PoincareSlopes(points)
        for index in shuffled[first..<min(first + batchSize, shuffled.count)] {
          let (node, ancestor) = (relations[index].node, relations[index].ancestor)
          let others = (0..<negatives).compactMap { negative in
            candidates.draw(tree.ancestors[node], node, random, tries: Self.draws) {
              UInt64((index * negatives + negative) * Self.draws + $0)
            }
          }
          slopes.add(node, [ancestor] + others)
        }
        slopes.move(&points, rate: rate, within: Self.largestNorm)
      }
    }
    return points
  }
}

/// What negatives are drawn from: nodes by their number of relations to the power of 0.75.
private struct Candidates {
  private var sums: [Double] = []

  init(_ tree: LabelTree, _ relations: [(Int, Int)]) {
    var counts = [Int](repeating: 0, count: tree.nodes.count)
    for (node, ancestor) in relations {
      counts[node] += 1
      counts[ancestor] += 1
    }
    var sum = 0.0
    for count in counts {
      // A label beside all others is to be kept away from them too.
      let root = Double(max(count, 1)).squareRoot()
      sum += root * root.squareRoot()
      sums.append(sum)
    }
  }

  /// A node that is neither `node` nor one of its ancestors; nil when none is found.
  func draw(
    _ ancestors: [Int], _ node: Int, _ random: KeyedRandom, tries: Int, key: (Int) -> UInt64
  ) -> Int? {
    guard ancestors.count + 1 < sums.count, let total = sums.last else { return nil }
    for attempt in 0..<tries {
      let place = random.uniform(key(attempt)) * total
      var (low, high) = (0, sums.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if sums[middle] > place { high = middle } else { low = middle + 1 }
      }
      if low != node, !ancestors.contains(low) { return low }
    }
    return nil
  }
}

/// The gradients of some relations by the points, which stand still meanwhile.
struct PoincareSlopes {
  private let points: DoubleMatrix
  private var gradient: DoubleMatrix
  private var touched: Set<Int> = []

  init(_ points: DoubleMatrix) {
    self.points = points
    gradient = DoubleMatrix(rows: points.rows, columns: points.columns)
  }

  /// Adds a relation: the node, its ancestor, and after that the negatives.
  mutating func add(_ node: Int, _ others: [Int]) {
    let distances = others.map { hyperbolicDistance(points.row(node), points.row($0)) }
    // The nearest one's exponential is 1, so that the sum is never 0.
    let nearest = distances.min() ?? 0
    let shares = distances.map { Elementary.exp(nearest - $0) }
    let sum = shares.reduce(0, +)
    for (index, other) in others.enumerated() {
      let weight = (index == 0 ? 1 : 0) - shares[index] / sum
      addDistance(node, other, weight)
      addDistance(other, node, weight)
    }
  }

  /// Adds `weight` times the gradient of a distance by its first point.
  private mutating func addDistance(_ node: Int, _ other: Int, _ weight: Double) {
    touched.insert(node)
    let (own, far) = (points.range(ofRow: node), points.range(ofRow: other))
    let (square, farSquare, inner) = points.values.withUnsafeBufferPointer { values in
      var (square, farSquare, inner) = (0.0, 0.0, 0.0)
      for column in 0..<own.count {
        let (x, y) = (values[own.lowerBound + column], values[far.lowerBound + column])
        square += x * x
        farSquare += y * y
        inner += x * y
      }
      return (square, farSquare, inner)
    }
    let (room, farRoom) = (1 - square, 1 - farSquare)
    let gap = 2 * (square - 2 * inner + farSquare) / (room * farRoom)
    // Where points meet the distance has no derivative.
    guard gap > 1e-14 else { return }
    // The derivative of arcosh at 1 + gap.
    let slope = weight * 4 / (farRoom * (gap * (gap + 2)).squareRoot())
    let ownFactor = slope * (farSquare - 2 * inner + 1) / (room * room)
    let farFactor = slope / room
    gradient.values.withUnsafeMutableBufferPointer { gradient in
      points.values.withUnsafeBufferPointer { values in
        for column in 0..<own.count {
          gradient[own.lowerBound + column] +=
            ownFactor * values[own.lowerBound + column]
            - farFactor * values[far.lowerBound + column]
        }
      }
    }
  }

  /// Moves the points against their gradients, by the ball's metric, and keeps them inside.
  func move(_ points: inout DoubleMatrix, rate: Double, within largest: Double) {
    for node in touched.sorted() {
      let range = points.range(ofRow: node)
      let room = 1 - dot(self.points.row(node), self.points.row(node))
      let step = rate * room * room / 4
      for index in range { points.values[index] -= step * gradient.values[index] }
      let length = norm(points.row(node))
      guard length > largest else { continue }
      for index in range { points.values[index] *= largest / length }
    }
  }
}
