internal import Foundation
internal import Tensors

/// One run of k-means: seeding and Lloyd's iterations over centred points.
struct Lloyd {
  /// The points less their mean, which keeps the distances by products exact, `[n, d]`.
  private let points: DoubleMatrix

  /// The squared distances of all points from all points, `[n, n]`.
  private let distances: DoubleMatrix

  /// The sum of the centres' squared movements below which the iterations end.
  private let tolerance: Double

  private let maximumIterations = 300

  init(points: DoubleMatrix) {
    let mean = Self.means(
      of: points, assignments: Array(repeating: 0, count: points.rows), count: 1)
    var centred = points
    for row in 0..<points.rows {
      for column in 0..<points.columns {
        centred[row, column] -= mean.centers[0, column]
      }
    }
    let squares = centred.values.reduce(0) { $0 + $1 * $1 }
    self.points = centred
    tolerance = 1e-4 * squares / Double(max(points.values.count, 1))
    distances = Self.squaredDistances(centred)
  }

  /// The centres to start at, by greedy k-means++, `[K, d]`.
  ///
  /// Arthur and Vassilvitskii 2007, with the best of 2 + floor(log K) candidates at every step.
  func seeds(count: Int, random: KeyedRandom) -> DoubleMatrix {
    let trials = 2 + Int(log(Double(count)))
    var seeds = [min(Int(random.uniform(0) * Double(points.rows)), points.rows - 1)]
    var nearest = Array(distances.row(seeds[0]))
    while seeds.count < count {
      var total = 0.0
      let cumulative = nearest.map { distance in
        total += distance
        return total
      }
      var best: (seed: Int, nearest: [Double], potential: Double)?
      for trial in 0..<trials {
        let draw = random.uniform(UInt64(seeds.count * trials + trial)) * total
        // No point is left to draw when all coincide with a centre: any will do.
        let candidate = cumulative.firstIndex { $0 > draw } ?? points.rows - 1
        let updated = zip(nearest, distances.row(candidate)).map { min($0, $1) }
        let potential = updated.reduce(0, +)
        if best.map({ potential < $0.potential }) ?? true {
          best = (candidate, updated, potential)
        }
      }
      guard let best else { break }
      seeds.append(best.seed)
      nearest = best.nearest
    }
    return DoubleMatrix(
      rows: seeds.count, columns: points.columns, values: seeds.flatMap { points.row($0) })
  }

  /// The assignment at which the iterations from the given centres end.
  func clusters(startingAt seeds: DoubleMatrix) -> [Int] {
    var centers = seeds
    var assignments = assign(to: centers)
    for _ in 0..<maximumIterations {
      let updated = self.centers(of: assignments, previous: centers)
      let movement = zip(updated.values, centers.values).reduce(0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
      centers = updated
      let next = assign(to: centers)
      let standsStill = next == assignments || movement <= tolerance
      assignments = next
      if standsStill { break }
    }
    return assignments
  }

  /// The sum of squared distances of the points to the means of their clusters.
  func error(of assignments: [Int], count: Int) -> Double {
    let means = Self.means(of: points, assignments: assignments, count: count)
    return points.values.indices.reduce(0) { sum, index in
      let (row, column) = index.quotientAndRemainder(dividingBy: points.columns)
      let difference = points.values[index] - means.centers[assignments[row], column]
      return sum + difference * difference
    }
  }

  /// The nearest centre of each point, the first of equals.
  private func assign(to centers: DoubleMatrix) -> [Int] {
    let squares = (0..<centers.rows).map { centers.row($0).reduce(0) { $0 + $1 * $1 } }
    let products = points.timesTranspose(of: centers, scale: -2)
    return (0..<points.rows).map { row in
      var (best, distance) = (0, Double.infinity)
      for center in 0..<centers.rows where products[row, center] + squares[center] < distance {
        (best, distance) = (center, products[row, center] + squares[center])
      }
      return best
    }
  }

  /// The means of the clusters; an empty one moves to the point farthest from its centre.
  ///
  /// It takes the point out of a cluster that keeps another. A cluster for which no point is left
  /// that is off its centre stays where it was.
  private func centers(of assignments: [Int], previous: DoubleMatrix) -> DoubleMatrix {
    var (centers, sizes) = Self.means(
      of: points, assignments: assignments, count: previous.rows)
    var empty = sizes.indices.filter { sizes[$0] == 0 }
    for cluster in empty {
      centers.values.replaceSubrange(centers.range(ofRow: cluster), with: previous.row(cluster))
    }
    guard !empty.isEmpty else { return centers }

    let misfits = assignments.enumerated().map { row, cluster in
      zip(points.row(row), previous.row(cluster)).reduce(0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
    }
    let farthestFirst = misfits.indices.sorted {
      misfits[$0] == misfits[$1] ? $0 < $1 : misfits[$0] > misfits[$1]
    }
    empty.reverse()
    for row in farthestFirst where misfits[row] > 0 {
      let donor = assignments[row]
      guard let cluster = empty.last else { break }
      guard sizes[donor] > 1 else { continue }
      empty.removeLast()
      let size = Double(sizes[donor])
      for column in 0..<points.columns {
        let value = points[row, column]
        centers[cluster, column] = value
        centers[donor, column] = (centers[donor, column] * size - value) / (size - 1)
      }
      sizes[donor] -= 1
    }
    return centers
  }

  /// The means and sizes of clusters 0..<count; zero rows for empty ones.
  private static func means(
    of points: DoubleMatrix, assignments: [Int], count: Int
  ) -> (centers: DoubleMatrix, sizes: [Int]) {
    var centers = DoubleMatrix(rows: count, columns: points.columns)
    var sizes = [Int](repeating: 0, count: count)
    for (row, cluster) in assignments.enumerated() {
      sizes[cluster] += 1
      for column in 0..<points.columns {
        centers[cluster, column] += points[row, column]
      }
    }
    for cluster in 0..<count where sizes[cluster] > 0 {
      for index in centers.range(ofRow: cluster) {
        centers.values[index] /= Double(sizes[cluster])
      }
    }
    return (centers, sizes)
  }

  private static func squaredDistances(_ points: DoubleMatrix) -> DoubleMatrix {
    var distances = points.timesTranspose(of: points, scale: -2)
    let squares = (0..<points.rows).map { -distances[$0, $0] / 2 }
    for row in 0..<points.rows {
      for column in 0..<points.rows {
        let distance = distances[row, column] + squares[row] + squares[column]
        distances[row, column] = row == column ? 0 : max(distance, 0)
      }
    }
    return distances
  }
}
