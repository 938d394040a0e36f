import Objectives
import Tensors
import Testing

@testable import TripleView

@Suite struct KMeansTests {
  /// Points and scikit-learn's median errors over 21 seeds (`scripts/fixtures/objective`).
  struct Fixture: Decodable, Sendable {
    let rows: Int
    let columns: Int
    let clusters: Int
    let points: [Double]
    let errorOfOneRun: Double
    let errorOfTenRuns: Double

    var matrix: DoubleMatrix { DoubleMatrix(rows: rows, columns: columns, values: points) }
  }

  private func median(_ values: [Double]) -> Double {
    values.sorted()[values.count / 2]
  }

  @Test(arguments: [1, 10])
  func errorEqualsScikitLearns(restarts: Int) throws {
    let ratios = try fixture("kmeans", as: [Fixture].self).map { set in
      let errors = (0..<21).map { seed in
        KMeans(
          points: set.matrix, count: set.clusters, restarts: restarts, seed: UInt64(seed), step: 3
        ).error
      }
      return median(errors) / (restarts == 1 ? set.errorOfOneRun : set.errorOfTenRuns)
    }
    #expect(abs(median(ratios) - 1) < 0.01)
    #expect(ratios.allSatisfy { $0 < 1.1 }, "\(ratios)")
  }

  @Test func isAFunctionOfSeedAndStep() {
    let points = randomMatrix(40, 6, stream: 1)
    func assignments(seed: UInt64, step: UInt64) -> [Int] {
      KMeans(points: points, count: 8, restarts: 1, seed: seed, step: step).assignments
    }
    #expect(assignments(seed: 1, step: 1) == assignments(seed: 1, step: 1))
    #expect(Set((0..<5).map { assignments(seed: 1, step: $0) }).count > 1)
    #expect(Set((0..<5).map { assignments(seed: $0, step: 1) }).count > 1)
  }

  @Test func clustersAreNumberedByFirstAppearance() {
    let points = randomMatrix(50, 3, stream: 2)
    let found = KMeans(points: points, count: 9, restarts: 3, seed: 0, step: 0)
    var seen = 0
    for cluster in found.assignments {
      #expect(cluster <= seen)
      seen = max(seen, cluster + 1)
    }
    #expect(seen == found.count && found.count == 9)
  }

  @Test func oneClusterAndAsManyAsPoints() {
    let points = randomMatrix(12, 4, stream: 3)
    let one = KMeans(points: points, count: 1, restarts: 2, seed: 0, step: 0)
    #expect(one.assignments == Array(repeating: 0, count: 12))
    let all = KMeans(points: points, count: 12, restarts: 2, seed: 0, step: 0)
    #expect(all.assignments == Array(0..<12) && all.error < 1e-20)
    let more = KMeans(points: points, count: 99, restarts: 1, seed: 0, step: 0)
    #expect(more.count == 12)
  }

  @Test func fewerDistinctPointsThanClusters() {
    let values: [Double] = [1, 5, 1, 1, 5, 9, 9, 1]
    let points = DoubleMatrix(rows: 8, columns: 1, values: values)
    for seed in 0..<20 {
      let found = KMeans(points: points, count: 6, restarts: 1, seed: UInt64(seed), step: 0)
      #expect(found.assignments == [0, 1, 0, 0, 1, 2, 2, 0])
      #expect(found.error < 1e-20)
    }
    let same = DoubleMatrix(rows: 5, columns: 2, repeating: 0.3)
    #expect(KMeans(points: same, count: 4, restarts: 2, seed: 0, step: 0).count == 1)
  }

  @Test func emptyClustersMoveToTheFarthestPoints() {
    // Two of the three centres start so far off that no point is ever nearest to them.
    let points = DoubleMatrix(rows: 6, columns: 1, values: [0, 0, 0, 0.1, 7, -20])
    let seeds = DoubleMatrix(rows: 3, columns: 1, values: [1e6, 0, -1e6])
    #expect(Lloyd(points: points).clusters(startingAt: seeds) == [1, 1, 1, 1, 2, 0])
  }

  @Test func numbersOutOfRangeDoNotCrash() {
    var points = randomMatrix(9, 3, stream: 4)
    points[2, 1] = .nan
    points[4, 0] = .infinity
    #expect(KMeans(points: points, count: 4, restarts: 2, seed: 0, step: 0).assignments.count == 9)
    let empty = DoubleMatrix(rows: 0, columns: 3)
    #expect(KMeans(points: empty, count: 4, restarts: 1, seed: 0, step: 0).assignments.isEmpty)
  }
}

@Suite struct ElbowTests {
  @Test func bendOfErrorCurves() {
    #expect(KMeans.bend(of: [100, 60, 20, 15, 10, 5]) == 2)
    #expect(KMeans.bend(of: [8, 6, 4, 2]) == nil)
    #expect(KMeans.bend(of: [4, 4, 4]) == nil)
    #expect(KMeans.bend(of: [9, 1]) == nil)
    #expect(KMeans.bend(of: [0, 0, 0, 0]) == nil)
  }

  @Test(arguments: [4, 6, 8])
  func findsTheClustersThatAreThere(labelCount: Int) {
    // Six tight groups, one on each axis: the error falls evenly up to six clusters, then hardly.
    var points = randomMatrix(60, 6, stream: 5)
    for row in 0..<60 {
      points[row, row % 6] += 20
    }
    let found = KMeans(points: points, elbowNear: labelCount, restarts: 10, seed: 0, step: 0)
    #expect(found.count == 6)
  }

  @Test func withoutABendTheLabelsTell() {
    let pair = DoubleMatrix(rows: 2, columns: 1, values: [0, 1])
    #expect(KMeans(points: pair, elbowNear: 2, restarts: 1, seed: 0, step: 0).count == 2)
    #expect(KMeans(points: pair, elbowNear: 1, restarts: 1, seed: 0, step: 0).count == 1)
  }
}
