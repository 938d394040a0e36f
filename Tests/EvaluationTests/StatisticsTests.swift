import Evaluation
import Foundation
import Testing

@testable import Evaluation

/// Written by `scripts/fixtures/statistics`.
private struct StatisticsFixtures: Decodable {
  struct Values: Decodable {
    let values: [Double]
    let mean: Double
    let std: Double
  }
  struct McNemar: Decodable {
    let ours: Int
    let theirs: Int
    let exact: Double
    let corrected: Double
  }
  struct Comparison: Decodable {
    struct Scores: Decodable {
      let ours: Double
      let theirs: Double
      let permutation: Double
      let low: Double
      let high: Double
    }
    let truth: [Int]
    let ours: [Int]
    let theirs: [Int]
    let labels: Int
    let exact: Bool
    let metrics: [String: Scores]
  }
  struct Map: Decodable {
    let rows: [[Double]]
    let labels: [Int]
    let perplexity: Double
    let iterations: Int
    let divergence: Double
    let trustworthiness: Double
  }
  let spreads: [Values]
  let mcnemar: [McNemar]
  let comparisons: [Comparison]
  let projection: Map

  static let all = Result {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/statistics.json")
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
  }
}

@Suite struct StatisticsTests {
  private let fixtures: StatisticsFixtures

  init() throws { fixtures = try StatisticsFixtures.all.get() }

  @Test func spreadIsThatOfNumPy() throws {
    for expected in fixtures.spreads {
      let spread = try #require(Spread(expected.values))
      #expect(isClose(spread.mean, expected.mean))
      #expect(isClose(try #require(spread.deviation), expected.std))
    }
    #expect(Spread([]) == nil)
    #expect(Spread([3])?.deviation == nil)
  }

  @Test func mcNemarIsThatOfStatsmodels() {
    for expected in fixtures.mcnemar {
      let exact = ModelComparison.exactMcNemar(expected.ours, expected.theirs)
      #expect(abs(exact - expected.exact) < 1e-10, "\(expected) \(exact)")
      let corrected = ModelComparison.correctedMcNemar(expected.ours, expected.theirs)
      #expect(abs(corrected - expected.corrected) < 1e-10, "\(expected) \(corrected)")
    }
  }

  @Test func permutationsAndIntervalsAreThoseOfSciPy() throws {
    for expected in fixtures.comparisons {
      let ours = try PredictedRows(
        truth: expected.truth, predicted: expected.ours, labelCount: expected.labels)
      let theirs = try PredictedRows(
        truth: expected.truth, predicted: expected.theirs, labelCount: expected.labels)
      let comparison = try ModelComparison(ours, against: theirs)
      for metric in Metric.allCases {
        let scores = try #require(expected.metrics[metric.rawValue])
        #expect(isClose(ours.score(metric), scores.ours))
        #expect(isClose(comparison.difference(metric), scores.ours - scores.theirs))
        let p = comparison.permutation(metric, resamples: 2000)
        // Two samples of 2,000 permutations: four deviations of their difference.
        let noise = 4 * (2 * scores.permutation * (1 - scores.permutation) / 2000).squareRoot()
        #expect(
          abs(p - scores.permutation) <= (expected.exact ? 1e-12 : noise + 2e-3),
          "\(metric) \(p) \(scores.permutation)")
        let interval = try #require(ours.interval(metric))
        // Over a dozen rows the quantiles jump between few values.
        let slack = (scores.high - scores.low) * (expected.exact ? 0.35 : 0.1)
        #expect(abs(interval.lowerBound - scores.low) <= slack)
        #expect(abs(interval.upperBound - scores.high) <= slack)
      }
    }
  }

  @Test func intervalOfTheDifferenceHoldsItAndIsRepeatable() throws {
    let expected = fixtures.comparisons[2]
    let comparison = try ModelComparison(
      PredictedRows(truth: expected.truth, predicted: expected.ours, labelCount: expected.labels),
      against: PredictedRows(
        truth: expected.truth, predicted: expected.theirs, labelCount: expected.labels))
    let interval = try #require(comparison.interval(.accuracy))
    let (a, b) = comparison.discordant
    let n = Double(expected.truth.count)
    let difference = Double(a - b) / n
    // The normal approximation of a mean of -1, 0 and 1.
    let deviation = ((Double(a + b) / n - difference * difference) / n).squareRoot()
    #expect(abs(interval.lowerBound - (difference - 1.96 * deviation)) < 0.25 * deviation)
    #expect(abs(interval.upperBound - (difference + 1.96 * deviation)) < 0.25 * deviation)
    #expect(comparison.interval(.accuracy) == interval)
    let other = try PredictedRows(truth: [0], predicted: [0], labelCount: 5)
    let rows = try PredictedRows(truth: [1], predicted: [0], labelCount: 5)
    #expect(throws: EvaluationError.otherRows) { try ModelComparison(other, against: rows) }
  }

  @Test func projectionIsAsGoodAsScikitLearns() {
    let map = fixtures.projection
    let projection = Projection(
      map.rows, perplexity: map.perplexity, iterations: map.iterations)
    #expect(projection.divergence <= map.divergence * 1.05, "\(projection.divergence)")
    #expect(projection.divergence >= map.divergence * 0.8, "\(projection.divergence)")
    let trust = trustworthiness(map.rows, projection.points, neighbours: 10)
    #expect(trust > map.trustworthiness - 0.02, "\(trust) \(map.trustworthiness)")
    #expect(Projection(map.rows, perplexity: map.perplexity).points == projection.points)
    let purity = Neighbourhood.purity(map.rows, labels: map.labels)
    #expect(purity > 0.9 && purity <= 1)
  }

  @Test func projectionOfFewOrEqualRowsIsFinite() {
    for rows in [[], [[1.0, 2]], Array(repeating: [1.0, 2, 3], count: 9)] {
      let points = Projection(rows).points
      #expect(points.count == rows.count)
      #expect(points.allSatisfy { $0.x.isFinite && $0.y.isFinite })
    }
  }

  @Test func confusableLabelsComeTogether() {
    // 0 with 3, 1 with 4; 2 stands alone.
    var counts = (0..<5).map { i in (0..<5).map { $0 == i ? 10 : 0 } }
    for (a, b) in [(0, 3), (3, 0), (1, 4), (4, 1)] { counts[a][b] = 6 }
    let order = Seriation.order(counts)
    #expect(order.sorted() == [0, 1, 2, 3, 4])
    func apart(_ a: Int, _ b: Int) -> Int {
      abs((order.firstIndex(of: a) ?? 9) - (order.firstIndex(of: b) ?? -9))
    }
    #expect(apart(0, 3) == 1 && apart(1, 4) == 1)
  }
}

/// scikit-learn's `trustworthiness`: how far the neighbours in the plane are neighbours in truth.
private func trustworthiness(
  _ rows: [[Double]], _ points: [SIMD2<Double>], neighbours k: Int
) -> Double {
  let count = rows.count
  var penalty = 0
  for i in 0..<count {
    let nearest = (0..<count).filter { $0 != i }.sorted { left, right in
      distance(rows[i], rows[left]) < distance(rows[i], rows[right])
    }
    var rank = [Int](repeating: 0, count: count)
    for (place, row) in nearest.enumerated() { rank[row] = place + 1 }
    func flat(_ j: Int) -> Double {
      let apart = points[i] - points[j]
      return (apart * apart).sum()
    }
    let near = (0..<count).filter { $0 != i }.sorted { flat($0) < flat($1) }.prefix(k)
    penalty += near.reduce(0) { $0 + max(0, rank[$1] - k) }
  }
  let largest = Double(count * k) * Double(2 * count - 3 * k - 1) / 2
  return 1 - Double(penalty) / largest

  func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}
