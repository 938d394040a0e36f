internal import Foundation
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
  public init(points: DoubleMatrix, count: Int, restarts: Int, seed: UInt64, step: UInt64) {
    guard points.rows > 0 else {
      (assignments, error, self.count) = ([], 0, 0)
      return
    }
    let lloyd = Lloyd(points: points)
    let count = min(max(count, 1), points.rows)
    var best: (assignments: [Int], error: Double)?
    for restart in 0..<max(restarts, 1) {
      let random = KeyedRandom(
        seed: seed, purpose: .clustering, step: step, stream: UInt32(truncatingIfNeeded: restart))
      let assignments = lloyd.clusters(startingAt: lloyd.seeds(count: count, random: random))
      let error = lloyd.error(of: assignments, count: count)
      if best.map({ error < $0.error }) ?? true {
        best = (assignments, error)
      }
    }
    assignments = Self.numberedByFirstAppearance(best?.assignments ?? [])
    error = best?.error ?? 0
    self.count = (assignments.max() ?? -1) + 1
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
