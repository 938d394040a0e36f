import Foundation
import Objectives
import Tensors
import Testing

@testable import TripleView

/// Work in tiles: the numbers do not depend on the tiles, nor one bit on who computes which.
@Suite struct TileTests {
  /// Several ranks, one after the other: each computes its tiles alone, then the rows are joined.
  struct Spread: TileWorkers {
    let parts: Int
    var threads = 1

    func rows(
      _ tiles: RowTiles, columns: Int, _ compute: @Sendable (Range<Int>) -> DoubleMatrix
    ) -> DoubleMatrix {
      let results = (0..<parts).reversed().flatMap { index in
        let part = tiles.count * index / parts..<tiles.count * (index + 1) / parts
        var alone = DoubleMatrix(rows: tiles.rows, columns: columns, repeating: .nan)
        LocalWorkers(threads: threads).fill(part, of: tiles, in: &alone, compute)
        return tiles.rows(of: part).map { ($0, Array(alone.row($0))) }
      }
      let ordered = results.sorted { $0.0 < $1.0 }.flatMap(\.1)
      return DoubleMatrix(rows: tiles.rows, columns: columns, values: ordered)
    }
  }

  private func instances(
    _ count: Int, labels: Int = 5, clusters: Int? = 4, size: Double = 1
  ) -> Instances {
    var rows = randomMatrix(count, 7, stream: UInt32(count))
    for index in rows.values.indices { rows.values[index] *= size }
    return Instances(
      rows: rows, targets: randomNumbers(count, below: labels, stream: 1),
      clusters: clusters.map { randomNumbers(count, below: $0, stream: 2) }, temperature: 0.5)
  }

  /// Equation 4 and its derivative as they are written, pair by pair.
  private func pairByPair(
    _ instances: Instances
  ) -> (value: Double, gradient: [Double], empty: [Int]) {
    let (rows, d) = (instances.rows, instances.rows.columns)
    var (value, empty) = (0.0, [0, 0])
    var gradient = [Double](repeating: 0, count: rows.values.count)
    let similarities = rows.timesTranspose(of: rows, scale: 1 / instances.temperature)
    for i in 0..<rows.rows {
      func members(_ sameLabel: Bool) -> [Int] {
        (0..<rows.rows).filter {
          guard $0 != i, (instances.targets[$0] == instances.targets[i]) == sameLabel else {
            return false
          }
          guard let clusters = instances.clusters else { return true }
          return (clusters[$0] == clusters[i]) != sameLabel
        }
      }
      let (positives, negatives) = (members(true), members(false))
      if positives.isEmpty { empty[0] += 1 }
      if negatives.isEmpty { empty[1] += 1 }
      guard !positives.isEmpty else { continue }
      let compared = positives + negatives
      let norm = logSumExp(compared.map { similarities[i, $0] })
      let weight = 1 / Double(positives.count)
      value += positives.reduce(0) { $0 + (norm - similarities[i, $1]) * weight }
      for j in compared {
        let slope =
          exp(similarities[i, j] - norm)
          - (instances.targets[j] == instances.targets[i] ? weight : 0)
        for column in 0..<d {
          gradient[i * d + column] += slope / instances.temperature * rows[j, column]
          gradient[j * d + column] += slope / instances.temperature * rows[i, column]
        }
      }
    }
    let share = 1 / Double(rows.rows)
    return (value * share, gradient.map { $0 * share }, empty)
  }

  @Test(arguments: [1, 2, 3, 64, 127, 128, 129, 300], [1, 3, 128])
  func tilesOfAnyHeightEqualThePairwiseSum(count: Int, height: Int) {
    for clusters in [nil, 1, 4] {
      let instances = instances(count, clusters: clusters)
      let loss = ContrastiveLoss(
        instances, factor: 1, tileHeight: height, workers: LocalWorkers(threads: 2))
      let expected = pairByPair(instances)
      #expect(abs(loss.value - expected.value) < 1e-11)
      #expect(relativeDifference(loss.gradient.values, expected.gradient) < 1e-10)
      #expect([loss.anchorsWithoutPositives, loss.anchorsWithoutNegatives] == expected.empty)
    }
  }

  @Test(arguments: [1, 2, 3, 4, 7], [1, 3])
  func bitsDoNotDependOnWhoComputes(parts: Int, threads: Int) throws {
    let rows = 300
    let batch = ObjectiveBatch(
      instances: randomMatrix(rows, 24, stream: 1), labels: randomMatrix(9, 24, stream: 2),
      labelEncodings: randomMatrix(9, 5, stream: 3),
      targets: randomNumbers(rows, below: 9, stream: 4), seed: 3, step: 8)
    for var settings in [TripleViewSettings.paper, .reference] {
      for clusterCount in TripleViewSettings.ClusterCount.allCases {
        settings.clusterCount = clusterCount
        let alone = try evaluateTripleView(batch, settings: settings)
        let spread = try evaluateTripleView(
          batch, settings: settings, workers: Spread(parts: parts, threads: threads))
        #expect(spread.total.bitPattern == alone.total.bitPattern)
        #expect(spread.clusters == alone.clusters && spread.statistics == alone.statistics)
        #expect(spread.gradients.instances == alone.gradients.instances)
        #expect(spread.gradients.labels == alone.gradients.labels)
      }
    }
  }

  @Test(arguments: [1e-30, 1e8, 1e15], [1, 64])
  func rowsOfAnySizeAreFiniteAcrossTiles(size: Double, height: Int) {
    // Where similarities are huge, those of a pair may differ between the tiles of its two rows.
    let loss = ContrastiveLoss(
      instances(150, size: size), factor: 1, tileHeight: height, workers: LocalWorkers())
    #expect(loss.value.isFinite && loss.gradient.values.allSatisfy(\.isFinite))
  }

  @Test func workersSeeTheFailureOfOthers() throws {
    struct Broken: TileWorkers {
      struct Lost: Error {}
      func rows(
        _ tiles: RowTiles, columns: Int, _ compute: @Sendable (Range<Int>) -> DoubleMatrix
      ) throws(Lost) -> DoubleMatrix { throw Lost() }
    }
    let batch = ObjectiveBatch(
      instances: randomMatrix(4, 2, stream: 1), labels: randomMatrix(2, 2, stream: 2),
      targets: [0, 1, 0, 1])
    #expect(throws: Broken.Lost.self) {
      try evaluateTripleView(batch, settings: .paper, workers: Broken())
    }
  }

  @Test func tilesCoverTheRows() {
    let tiles = RowTiles(rows: 10, height: 4)
    #expect(tiles.count == 3 && tiles.rows(of: 2..<3) == 8..<10 && tiles.rows(of: 3..<3).isEmpty)
    #expect(RowTiles(rows: 0, height: 4).count == 0)
  }
}
