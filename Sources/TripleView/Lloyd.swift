internal import ElementaryFunctions
internal import Foundation
internal import Objectives
internal import Tensors

/// One run of k-means: seeding and Lloyd's iterations over centred points.
struct Lloyd {
  /// The points less their mean, which keeps the distances by products exact, `[n, d]`.
  private let points: DoubleMatrix

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
  }

  /// The centres to start at, by greedy k-means++, `[K, d]`.
  ///
  /// Arthur and Vassilvitskii 2007, with the best of 2 + floor(log K) candidates at every step.
  func seeds(count: Int, random: KeyedRandom) -> DoubleMatrix {
    let trials = 2 + Int(Elementary.log(Double(count)))
    var seeds = [min(Int(random.uniform(0) * Double(points.rows)), points.rows - 1)]
    var nearest = distances(from: seeds[0], atMost: nil)
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
        let updated = distances(from: candidate, atMost: nearest)
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

  /// The squared distances of all points from one, or what they are at most.
  private func distances(from point: Int, atMost bounds: [Double]?) -> [Double] {
    (0..<points.rows).map { row in
      let distance = points.squaredDistance(ofRow: row, from: point, of: points)
      return bounds.map { min($0[row], distance) } ?? distance
    }
  }

  /// The sum of squared distances of the points to the means of their clusters.
  func error(of assignments: [Int], count: Int) -> Double {
    let means = Self.means(of: points, assignments: assignments, count: count)
    return assignments.enumerated().reduce(0) { sum, assignment in
      let (row, cluster) = assignment
      return sum + points.squaredDistance(ofRow: row, from: cluster, of: means.centers)
    }
  }

  /// The nearest centre of each point, the first of equals.
  private func assign(to centers: DoubleMatrix) -> [Int] {
    let squares = (0..<centers.rows).map { centers.row($0).reduce(0) { $0 + $1 * $1 } }
    let products = points.timesTranspose(of: centers, scale: -2)
    return (0..<points.rows).map { row in
      var (best, nearest) = (0, Double.infinity)
      for center in squares.indices {
        let distance = products[row, center] + squares[center]
        if distance < nearest { (best, nearest) = (center, distance) }
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
      points.squaredDistance(ofRow: row, from: cluster, of: previous)
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
    let columns = points.columns
    centers.values.withUnsafeMutableBufferPointer { sums in
      points.values.withUnsafeBufferPointer { values in
        for (row, cluster) in assignments.enumerated() {
          sizes[cluster] += 1
          for column in 0..<columns {
            sums[cluster * columns + column] += values[row * columns + column]
          }
        }
      }
    }
    for cluster in 0..<count where sizes[cluster] > 0 {
      for index in centers.range(ofRow: cluster) {
        centers.values[index] /= Double(sizes[cluster])
      }
    }
    return (centers, sizes)
  }
}

extension DoubleMatrix {
  /// The squared distance of a row from one of another matrix, by differences: 0 for equal rows.
  fileprivate func squaredDistance(ofRow row: Int, from otherRow: Int, of other: DoubleMatrix)
    -> Double
  {
    let (range, otherRange) = (range(ofRow: row), other.range(ofRow: otherRow))
    precondition(range.count == otherRange.count, "distance of rows of unequal lengths")
    return values.withUnsafeBufferPointer { values in
      other.values.withUnsafeBufferPointer { others in
        var sums = SIMD8<Double>.zero
        var (index, otherIndex) = (range.lowerBound, otherRange.lowerBound)
        while index + 8 <= range.upperBound {
          let difference = values.eight(from: index) - others.eight(from: otherIndex)
          sums.addProduct(difference, difference)
          index += 8
          otherIndex += 8
        }
        let four = sums.lowHalf + sums.highHalf
        var sum = (four[0] + four[1]) + (four[2] + four[3])
        while index < range.upperBound {
          let difference = values[index] - others[otherIndex]
          sum += difference * difference
          index += 1
          otherIndex += 1
        }
        return sum
      }
    }
  }
}

extension UnsafeBufferPointer<Double> {
  /// Eight elements, which must be there.
  @inline(__always)
  fileprivate func eight(from index: Int) -> SIMD8<Double> {
    UnsafeRawBufferPointer(self).loadUnaligned(
      fromByteOffset: index * MemoryLayout<Double>.stride, as: SIMD8<Double>.self)
  }
}
