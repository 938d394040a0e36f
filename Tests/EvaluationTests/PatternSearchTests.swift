import Testing

@testable import Evaluation

/// TFD's formula, and its search beside a second implementation that shares nothing with it.
@Suite struct PatternSearchTests {
  /// Numbers that look random, the same ones in every run.
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let mixed = (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15
      return mixed ^ mixed >> 32
    }
    mutating func scores(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -1...1, using: &self) }
    }
  }

  /// The search as a reader of the paper would write it down, in loops, without a memory.
  private func naive(
    _ truth: [Int], _ tables: [[Float]], labels: Int, patience: Int = 20
  ) -> ([Double], Double) {
    func score(_ a: Int, _ b: Int, _ c: Int) -> Double {
      let weights = [a, b, c].map { Double($0) / 10 }
      var (hits, sizes, guesses) = (
        [Double](repeating: 0, count: labels), [Double](repeating: 0, count: labels),
        [Double](repeating: 0, count: labels)
      )
      for row in truth.indices {
        var (best, highest) = (0, -Float.infinity)
        for label in 0..<labels {
          let place = row * labels + label
          var value = Double(tables[0][place])
          for table in 1..<tables.count {
            value -= weights[table - 1] * Double(tables[table][place])
          }
          if Float(value) > highest { (best, highest) = (label, Float(value)) }
        }
        sizes[truth[row]] += 1
        guesses[best] += 1
        if best == truth[row] { hits[best] += 1 }
      }
      var sum = 0.0
      for label in 0..<labels where sizes[label] + guesses[label] > 0 {
        sum += sizes[label] * (2 * hits[label] / (sizes[label] + guesses[label]))
      }
      return sum / Double(truth.count)
    }
    var (x, y, z) = (0, 0, 0)
    var top = score(0, 0, 0)
    while true {
      let (fromX, fromY, fromZ, start) = (x, y, z, score(x, y, z))
      for dx in -1...1 {
        for dy in -1...1 {
          for dz in tables.count > 3 ? -1...1 : 0...0 where (dx, dy, dz) != (0, 0, 0) {
            var (line, without, step) = (start, 0, 0)
            while without < patience {
              step += 1
              let (a, b, c) = (fromX + step * dx, fromY + step * dy, fromZ + step * dz)
              let value = score(a, b, c)
              without += 1
              if value > line {
                (line, without) = (value, 0)
                if value > top { (x, y, z, top) = (a, b, c, value) }
              }
            }
          }
        }
      }
      if (x, y, z) == (fromX, fromY, fromZ) { return ([x, y, z].map { Double($0) / 10 }, top) }
    }
  }

  @Test(arguments: 0..<12)
  func theSearchIsThatOfTheSecondImplementation(seed: Int) throws {
    var numbers = Numbers(state: UInt64(seed))
    let (rows, labels, hasSpeakers) = (20 + seed * 7, 2 + seed % 5, seed % 3 != 0)
    let truth = (0..<rows).map { _ in Int.random(in: 0..<labels, using: &numbers) }
    // The biases stand in the plain scores, so that there is something to find.
    let biases = (0..<(hasSpeakers ? 3 : 2)).map { _ in numbers.scores(rows * labels) }
    var plain = numbers.scores(rows * labels)
    for row in 0..<rows {
      plain[row * labels + truth[row]] += 0.4
      for label in 0..<labels {
        for (index, bias) in biases.enumerated() {
          plain[row * labels + label] += [0.9, -0.7, 0.5][index] * bias[row * labels + label]
        }
      }
    }
    func table(_ values: [Float]) throws -> LabelScores {
      try LabelScores(values, labelCount: labels)
    }
    let scores = BiasScores(
      plain: try table(plain), label: try table(biases[0]), word: try table(biases[1]),
      speaker: try hasSpeakers ? table(biases[2]) : nil)
    let found = try scores.bestWeights(truth: truth)
    let (expected, score) = naive(truth, [plain] + biases, labels: labels)
    #expect([found.label, found.word, found.speaker] == expected)
    let after = try PredictedRows(
      truth: truth, predicted: scores.debiased(by: found).predictions, labelCount: labels)
    let before = try PredictedRows(
      truth: truth, predicted: table(plain).predictions, labelCount: labels)
    #expect(abs(after.score(.weightedF1) - score) < 1e-12)
    #expect(after.score(.weightedF1) > before.score(.weightedF1))
    if !hasSpeakers { #expect(found.speaker == 0) }
  }

  @Test func aLineIsLeftAfterTwentyStepsWithoutAGain() {
    // A gain at the 20th step in vain is seen, one at the 21st is not.
    for (distance, expected) in [(20, 20), (21, 0)] {
      let found = PatternSearch(dimensions: 1).maximum { $0[0] == distance ? 1 : 0 }
      #expect(found.point == [expected])
    }
    // A gain begins the count anew, and the best point a new search around it.
    let stairs = PatternSearch(dimensions: 1).maximum { Double(min($0[0], 70) / 20) }
    #expect(stairs.point == [60] && stairs.score == 3)
    let corner = PatternSearch(dimensions: 2).maximum { point in
      -Double(abs(point[0] - 3) + abs(point[1] + 8))
    }
    #expect(corner.point == [3, -8] && corner.score == 0)
    // Nothing higher anywhere: the origin.
    let flat = PatternSearch(dimensions: 3).maximum { _ in 0.5 }
    #expect(flat.point == [0, 0, 0] && flat.score == 0.5)
  }

  @Test func noPointIsAskedTwice() {
    var asked: [[Int]: Int] = [:]
    _ = PatternSearch(dimensions: 2).maximum { point in
      asked[point, default: 0] += 1
      return -Double(abs(point[0] - 5) + abs(point[1] - 1))
    }
    #expect(asked.values.allSatisfy { $0 == 1 })
  }

  @Test func theFormula() throws {
    func table(_ values: [Float]) throws -> LabelScores { try LabelScores(values, labelCount: 2) }
    let weights = DebiasWeights(label: 0.5, word: -0.25, speaker: 2)
    let (plain, label, word) = (
      try table([1, 2, 3, 4]), try table([2, 0, 4, -2]), try table([4, 8, 0, 4])
    )
    let three = BiasScores(
      plain: plain, label: label, word: word, speaker: try table([1, 0, 0.5, -1]))
    #expect(try three.debiased(by: weights).values == [-1, 4, 0, 8])
    let two = BiasScores(plain: plain, label: label, word: word, speaker: nil)
    #expect(try two.debiased(by: weights).values == [1, 4, 1, 6])
    let none = DebiasWeights(label: 0, word: 0, speaker: 0)
    #expect(try three.debiased(by: none).values == plain.values)
    #expect(throws: EvaluationError.self) {
      try two.debiased(by: DebiasWeights(label: .greatestFiniteMagnitude, word: 0, speaker: 0))
    }
    #expect(throws: EvaluationError.self) { try two.bestWeights(truth: [0]) }
  }
}
