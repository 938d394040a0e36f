import Evaluation
import Testing

@Suite struct LabelScoresTests {
  @Test(arguments: try MetricFixtures.all.get().scores)
  func agreesWithSciPy(expected: MetricFixtures.Scores) throws {
    let scores = try LabelScores(expected.values, labelCount: expected.labelCount)
    #expect(scores.predictions == expected.argmax)
    for (index, entropy) in expected.entropy.enumerated() {
      #expect(isClose(try scores.entropy(ofTop: index + 1), entropy))
    }
    let curve = scores.entropyCurve()
    #expect(curve.map(\.top) == Array(expected.entropy.indices.dropFirst().map { $0 + 1 }))
    #expect(zip(curve.map(\.entropy), expected.entropy.dropFirst()).allSatisfy(isClose))
  }

  @Test func ranksByScoreThenByIdentifier() throws {
    let scores = try LabelScores([1, 4, 4, -2, 0, 0, 0, 7], labelCount: 4)
    #expect(scores.rowCount == 2)
    #expect(scores.predictions == [1, 3])
    #expect(scores.ranking(ofRow: 0) == [1, 2, 0, 3])
    #expect(scores.ranking(ofRow: 1) == [3, 0, 1, 2])
  }

  @Test func noRowsGiveZero() throws {
    let scores = try LabelScores([], labelCount: 3)
    #expect(scores.predictions.isEmpty)
    #expect(try scores.entropy(ofTop: 3) == 0)
  }

  @Test func rejectsBadScores() throws {
    #expect(throws: EvaluationError.incompleteRows(scoreCount: 5, labelCount: 3)) {
      try LabelScores([0, 0, 0, 0, 0], labelCount: 3)
    }
    #expect(throws: EvaluationError.incompleteRows(scoreCount: 0, labelCount: 0)) {
      try LabelScores([], labelCount: 0)
    }
    #expect(throws: EvaluationError.nonFiniteScore(.infinity, row: 1, label: 0)) {
      try LabelScores([0, 1, .infinity, 0], labelCount: 2)
    }
    let scores = try LabelScores([0, 1], labelCount: 2)
    #expect(throws: EvaluationError.topOutOfRange(3, labelCount: 2)) {
      try scores.entropy(ofTop: 3)
    }
    #expect(throws: EvaluationError.topOutOfRange(0, labelCount: 2)) {
      try scores.entropy(ofTop: 0)
    }
  }
}
