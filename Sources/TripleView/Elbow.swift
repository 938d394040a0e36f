public import Objectives
public import Tensors

// The number of clusters found from the data (Appendix D, Table 6).
extension KMeans {
  /// Clusters points into as many clusters as the bend of the error curve tells.
  ///
  /// The candidates are the numbers max(K - 5, 1)...min(K + 5, n).
  ///
  /// - Parameters:
  ///   - points: The points, `[n, d]`.
  ///   - labelCount: The number K of distinct labels.
  ///   - restarts: The number of runs a candidate.
  ///   - seed: The seed of the run.
  ///   - step: The step of the run.
  ///   - workers: Those who compute the runs.
  /// - Throws: What the workers throw.
  public init<Workers: TileWorkers>(
    points: DoubleMatrix, elbowNear labelCount: Int, restarts: Int, seed: UInt64, step: UInt64,
    workers: Workers = LocalWorkers()
  ) throws(Workers.Failure) {
    let expected = min(max(labelCount, 1), max(points.rows, 1))
    let candidates = max(expected - 5, 1)...max(min(labelCount + 5, points.rows), 1)
    let clusterings = try Self.clusterings(
      of: points, counts: Array(candidates), restarts: restarts, seed: seed, step: step,
      workers: workers)
    let bend = Self.bend(of: clusterings.map(\.error))
    self = clusterings[bend ?? expected - candidates.lowerBound]
  }

  /// The position of the bend of an error curve: the point farthest below the chord of its ends.
  ///
  /// This is the criterion of Satopaa et al. 2011 (Kneedle); the paper does not name its own.
  /// Nil for a curve that lies nowhere below its chord.
  static func bend(of errors: [Double]) -> Int? {
    guard let first = errors.first, let last = errors.last, errors.count > 2 else { return nil }
    let steps = Double(errors.count - 1)
    let depths = errors.enumerated().map { position, error in
      first + (last - first) * Double(position) / steps - error
    }
    guard let deepest = depths.max(), deepest > 1e-9 * abs(first) else { return nil }
    return depths.firstIndex(of: deepest)
  }
}
