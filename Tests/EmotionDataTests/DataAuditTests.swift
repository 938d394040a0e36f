import EmotionData
import Testing

@Suite struct DataAuditTests {
  private func split(_ name: String, _ rows: [(String, Int)]) -> DataSplit {
    DataSplit(name: name, examples: rows.map { Example(text: $0, label: $1) })
  }

  @Test func repeatsConflictsAndLeaks() throws {
    let data = DataSet(
      labels: try threeLabels(),
      train: split("train", [("a", 0), ("a", 0), ("a", 2), ("b", 1), ("c", 0), ("c", 0)]),
      validation: split("validation", [("a", 0), ("a", 1), ("A", 1), ("b", 1)]),
      test: split("test", [("b", 0), ("z", 1)]))
    let audit = DataAudit(data)
    let train = audit.splits[0]
    #expect(train.labelCounts == [4, 1, 1])
    #expect((train.utterances, train.repeatedTexts, train.repeatedRows) == (6, 2, 3))
    #expect(train.conflicts.map(\.text) == ["a"])
    #expect(train.conflicts.map(\.labels) == [["joy", "sadness"]])
    #expect(audit.splits[1].conflicts.map(\.labels) == [["joy", "mild_anger"]])
    #expect(audit.splits[2].repeatedRows == 0)
    #expect(
      audit.leaks.map { "\($0.of) \($0.into)" } == [
        "validation train", "test train", "test validation",
      ])
    #expect(audit.leaks.map(\.rows) == [3, 1, 1])
    #expect(audit.leaks.map(\.withOtherLabel) == [1, 1, 1])
  }

  @Test func noLeaks() {
    let audit = DataAudit(.sample)
    #expect(audit.leaks.isEmpty)
    #expect(audit.splits.map(\.utterances) == [702, 151, 151])
  }

  @Test func percentilesAreByNearestRank() {
    let summary = LengthSummary((1...200).reversed(), limit: 190)
    #expect((summary.p50, summary.p95, summary.p99) == (100, 190, 198))
    #expect((summary.max, summary.overLimit) == (200, 10))
    #expect(LengthSummary([7], limit: 7).p50 == 7)
    #expect(LengthSummary([7], limit: 7).overLimit == 0)
    #expect(LengthSummary([], limit: 7).max == 0)
  }
}
