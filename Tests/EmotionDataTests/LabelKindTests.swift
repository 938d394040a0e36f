import EmotionData
import Foundation
import Testing

/// Whether labels are ids or names is decided once a file.
@Suite struct LabelKindTests {
  private static func numbered(_ names: [String]) throws -> LabelSet {
    try LabelSet(names: names, descriptions: names.map { "Label \($0)." })
  }

  private func read(
    _ labels: [String], _ set: LabelSet, _ kind: LabelKind = .auto
  ) throws -> DataSplit {
    let folder = try TemporaryFolder()
    let file = try folder.write("a.csv", "text,label\n" + labels.map { "x,\($0)\n" }.joined())
    return try readSplit(file: file, labels: set, ReadingOptions(labelKind: kind))
  }

  @Test(arguments: [
    (["1", "2", "3", "4", "5"], ["0", "1", "2", "3", "4"], LabelKind.id, [0, 1, 2, 3, 4]),
    (["1", "2", "3", "4", "5"], ["5", "1", "1"], .name, [4, 0, 0]),
    (["1", "2", "3", "4", "5"], ["5.0", "1.0"], .name, [4, 0]),
    (["-1", "0", "1"], ["-1", "0", "1"], .name, [0, 1, 2]),
    (["-1", "0", "1"], ["-1.0", "1.0", "+1"], .name, [0, 2, 2]),
    (["-1", "0", "1"], ["0", "2"], .id, [0, 2]),
    (["0", "1", "2"], ["2", "1"], .name, [2, 1]),
    (["joy", "2", "1"], ["joy", "1", "2"], .name, [0, 2, 1]),
    (["joy", "awe"], ["1.0", "0.0", "1"], .id, [1, 0, 1]),
    (["joy", "awe"], ["[1]", "\"[ 0 ]\""], .id, [1, 0]),
    (["joy", "awe"], ["['awe']", "[\"\"joy\"\"]"].map { "\"\($0)\"" }, .name, [1, 0]),
  ])
  func decided(_ names: [String], _ fields: [String], _ kind: LabelKind, _ ids: [Int]) throws {
    let split = try read(fields, Self.numbered(names))
    #expect(split.labelKind == kind)
    #expect(split.examples.map(\.label) == ids)
  }

  @Test(arguments: [
    (["1", "2", "3", "4", "5"], ["1", "2", "3"]), (["-1", "0", "1"], ["0", "1"]),
    (["1", "2", "3", "4", "5"], ["1", "2", "9"]), (["1", "0"], ["0", "1"]),
  ])
  func ambiguous(_ names: [String], _ fields: [String]) throws {
    let set = try Self.numbered(names)
    let error = try #require(throws: DataError.self) { try read(fields, set) }
    #expect(error.problem.hasPrefix("the labels may be ids or names: '"))
    #expect(error.problem.contains("--label-kind id or --label-kind name"))
    guard !fields.contains("9") else { return }
    let names = try read(fields, set, .name).examples.map { set.names[$0.label] }
    #expect(names == fields)
    #expect(try read(fields, set, .id).examples.map { "\($0.label)" } == fields)
  }

  /// Two names stand beside one id, but in no more rows.
  @Test func rowsDecideNotDistinctLabels() throws {
    let set = try Self.numbered(["joy", "awe", "fear"])
    let ids = try #require(throws: DataError.self) { try read(["joy", "awe", "2", "2"], set) }
    #expect(ids.problem.contains("'joy' is a name, but the labels of this file are ids"), "\(ids)")
    let names = try #require(throws: DataError.self) { try read(["joy", "awe", "joy", "2"], set) }
    #expect(names.problem.contains("'2' is a number, but the labels of this file are names"))
  }

  /// A split that alone could be read both ways is read as the others are, unless those differ.
  @Test func splitsAreReadAlike() throws {
    let folder = try TemporaryFolder()
    let stars = try Self.numbered(["1", "2", "3"])
    try folder.write("train.csv", "text,label\na,1\nb,2\nc,3\n")
    try folder.write("valid.csv", "text,label\na,1\nb,2\n")
    let data = try DataSet(folder: folder.url, labels: stars)
    #expect(data.validation.examples.map(\.label) == [0, 1])
    #expect(data.splits.map(\.labelKind) == [.name, .name])
    try folder.write("valid.csv", "text,label\na,0\nb,2\n")
    let error = try #require(throws: DataError.self) {
      try DataSet(folder: folder.url, labels: stars)
    }
    #expect(
      error.problem.contains("the labels of train look like names, those of validation like ids"))
    let words = try DataSet(folder: folder.url, labels: try Self.numbered(["a", "b", "c", "d"]))
    #expect(words.splits.map(\.labelKind) == [.id, .id])
  }

  @Test func neutralAndSeveralLabelsOfTheHub() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "train.jsonl", "{\"text\":\"a\",\"labels\":[27]}\n{\"text\":\"b\",\"labels\":[3]}\n")
    try folder.write(
      "validation.csv", "text,labels\na,[3 5]\nb,[4]\nc,\"[3, 27]\"\nd,[27]\n")
    let columns = ReadingOptions(columns: ColumnNames(label: "labels"))
    let emotions = try #require(LabelSet.named("goemotions"))
    let data = try DataSet(folder: folder.url, labels: emotions, columns)
    #expect(data.splits.map { $0.examples.map(\.label) } == [[3], [4]])
    #expect(data.omitted == [.neutral: 2, .severalLabels: 2])
  }
}
