internal import Foundation
public import Objectives
public import Tensors

/// A clustering by k-means, as scikit-learn computes it.
///
/// Greedy k-means++ seeding, Lloyd's iterations until the assignment stands still or the centres
/// move by less than 1e-4 of the mean variance, 300 at most; of several restarts the one with the
/// smallest error. A function of the points, the settings, the seed and the step: the same on every
/// rank.
public struct KMeans: Sendable, Hashable {
  /// The cluster of each point, numbered by first appearance.
  public let assignments: [Int]

  /// The sum of squared distances of the points to the means of their clusters.
  public let error: Double

  /// The number of clusters; less than asked for when fewer points are distinct.
  public let count: Int

  /// Clusters points.
  ///
  /// - Parameters:
  ///   - points: The points, `[n, d]`.
  ///   - count: The number of clusters K, brought into 1...n.
  ///   - restarts: The number of runs, of which the best is kept.
  ///   - seed: The seed of the run.
  ///   - step: The step of the run.
  ///   - workers: Those who compute the runs.
  /// - Throws: What the workers throw.
  public init<Workers: TileWorkers>(
    points: DoubleMatrix, count: Int, restarts: Int, seed: UInt64, step: UInt64,
    workers: Workers = LocalWorkers()
  ) throws(Workers.Failure) {
    self = try Self.clusterings(
      of: points, counts: [count], restarts: restarts, seed: seed, step: step, workers: workers)[0]
  }

  /// The best clustering of several runs, for each of some numbers of clusters.
  ///
  /// The runs know nothing of one another: each is a tile of its own.
  static func clusterings<Workers: TileWorkers>(
    of points: DoubleMatrix, counts: [Int], restarts: Int, seed: UInt64, step: UInt64,
    workers: Workers
  ) throws(Workers.Failure) -> [KMeans] {
    guard points.rows > 0 else {
      return counts.map { _ in KMeans(numbering: [], error: 0) }
    }
    let restarts = max(restarts, 1)
    let lloyd = Lloyd(points: points)
    let tiles = RowTiles(rows: counts.count * restarts, height: 1)
    // Of each run the error, then the clusters.
    let runs = try workers.rows(tiles, columns: 1 + points.rows) { run in
      let (index, restart) = run.lowerBound.quotientAndRemainder(dividingBy: restarts)
      let count = min(max(counts[index], 1), points.rows)
      let random = KeyedRandom(
        seed: seed, purpose: .clustering, step: step, stream: UInt32(truncatingIfNeeded: restart))
      let assignments = lloyd.clusters(startingAt: lloyd.seeds(count: count, random: random))
      let error = lloyd.error(of: assignments, count: count)
      return DoubleMatrix(
        rows: 1, columns: 1 + points.rows, values: [error] + assignments.map(Double.init))
    }
    return counts.indices.map { index in
      var best = index * restarts
      for run in best..<best + restarts where runs[run, 0] < runs[best, 0] { best = run }
      return KMeans(numbering: runs.row(best).dropFirst().map { Int($0) }, error: runs[best, 0])
    }
  }

  /// A clustering whose clusters are yet to be numbered.
  private init(numbering assignments: [Int], error: Double) {
    self.assignments = Self.numberedByFirstAppearance(assignments)
    self.error = error
    count = (self.assignments.max() ?? -1) + 1
  }

  private static func numberedByFirstAppearance(_ assignments: [Int]) -> [Int] {
    var numbers = [Int: Int]()
    return assignments.map { cluster in
      let number = numbers[cluster] ?? numbers.count
      numbers[cluster] = number
      return number
    }
  }
}
