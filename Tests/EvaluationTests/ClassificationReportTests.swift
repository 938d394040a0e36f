import Evaluation
import Foundation
import Testing

@Suite struct ClassificationReportTests {
  @Test(arguments: try MetricFixtures.all.get().reports)
  func agreesWithScikitLearn(expected: MetricFixtures.Report) throws {
    let report = try ClassificationReport(
      truth: expected.truth, predicted: expected.predicted, labelNames: expected.names)

    #expect(report.count == expected.truth.count)
    #expect(isClose(report.accuracy, expected.accuracy))
    #expect(isClose(report.weightedF1, expected.weightedF1))
    #expect(isClose(report.macroF1, expected.macroF1))
    #expect(isClose(report.macroF1Present, expected.macroF1Present))
    #expect(zip(report.perClass.map(\.precision), expected.precision).allSatisfy(isClose))
    #expect(zip(report.perClass.map(\.recall), expected.recall).allSatisfy(isClose))
    #expect(zip(report.perClass.map(\.f1), expected.f1).allSatisfy(isClose))
    #expect(report.perClass.map(\.name) == expected.names)
    #expect(report.perClass.map(\.support) == expected.support)
    #expect(report.confusion == expected.confusion)
    #expect(report.table() == expected.table)
  }

  @Test func noRowsGiveZeros() throws {
    let report = try ClassificationReport(truth: [], predicted: [], labelNames: ["joy", "fear"])
    #expect(report.accuracy == 0)
    #expect(report.weightedF1 == 0)
    #expect(report.macroF1 == 0)
    #expect(report.macroF1Present == 0)
    #expect(report.confusion == [[0, 0], [0, 0]])
  }

  @Test func rejectsBadLabels() {
    #expect(throws: EvaluationError.unequalCounts(truth: 2, predicted: 1)) {
      try ClassificationReport(truth: [0, 1], predicted: [0], labelNames: ["joy", "fear"])
    }
    #expect(throws: EvaluationError.unknownLabel(id: 2, row: 1, labelCount: 2)) {
      try ClassificationReport(truth: [0, 2], predicted: [0, 0], labelNames: ["joy", "fear"])
    }
    #expect(throws: EvaluationError.unknownLabel(id: -1, row: 0, labelCount: 2)) {
      try ClassificationReport(truth: [0], predicted: [-1], labelNames: ["joy", "fear"])
    }
    #expect(throws: EvaluationError.unknownLabel(id: 0, row: 0, labelCount: 0)) {
      try ClassificationReport(truth: [0], predicted: [0], labelNames: [])
    }
  }

  @Test func writesJSON() throws {
    let scores = try LabelScores([3, 3, 0.5, 1.5], labelCount: 2)
    let report = try ClassificationReport(
      truth: [0, 0], scores: scores, labelNames: ["joy", "a \"quoted\"/name"])
    let entropy = try scores.entropy(ofTop: 2)
    #expect(
      try report.json() == """
        {
          "count": 2,
          "accuracy": 0.5,
          "weighted_f1": 0.6666666666666666,
          "macro_f1": 0.3333333333333333,
          "macro_f1_present": 0.3333333333333333,
          "per_class": [
            {"f1":0.6666666666666666,"name":"joy","precision":1,"predicted":1,"recall":0.5,"support":2},
            {"f1":0,"name":"a \\"quoted\\"/name","precision":0,"predicted":1,"recall":0,"support":0}
          ],
          "confusion": [
            [1,1],
            [0,0]
          ],
          "entropy": [
            {"entropy":\(entropy),"k":2}
          ]
        }

        """)
    let read = try JSONDecoder().decode(
      ClassificationReport.self, from: Data(report.json().utf8))
    #expect(read == report)
  }

  @Test func summarizes() throws {
    let report = try ClassificationReport(
      truth: [0, 0, 1], predicted: [0, 1, 1], labelNames: ["joy", "fear", "love", "grief"])
    #expect(
      report.summary == """
        accuracy 0.6667, weighted-F1 0.6667, macro-F1 0.3333, \
        macro-F1 (labels present) 0.6667 on 3 rows
        """)
  }
}

/// Equal but for the order of a few dozen additions.
func isClose(_ left: Double, _ right: Double) -> Bool {
  abs(left - right) <= 1e-12 * max(1, abs(right))
}
