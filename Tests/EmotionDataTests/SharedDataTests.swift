import EmotionData
import Foundation
import Testing

@Suite(.enabled(if: SharedData.isPresent, "needs ../shared/data (or TACO_SHARED)"))
struct SharedDataTests {
  @Test(arguments: [
    ("goemotions", "goemotions", [23_485, 2_956, 2_984]),
    ("empathetic-dialogues", "empathetic-dialogues", [17_802, 2_761, 2_541]),
    ("empathetic-dialogues-table1", "empathetic-dialogues", [19_533, 2_770, 2_547]),
    ("goemotions-original", "goemotions", [23_485, 2_956, 2_984]),
    ("empathetic-intents", "empathetic-intents", [25_023, 3_544, 3_225]),
    ("edos", "edos", [14_298, 1_787, 1_787]),
  ])
  func counts(_ folder: String, _ set: String, _ counts: [Int]) throws {
    let labels = try #require(LabelSet.named(set))
    let data = try DataSet(folder: SharedData.folder.appendingPathComponent(folder), labels: labels)
    let test = try #require(data.test)
    #expect([data.train.count, data.validation.count, test.count] == counts)
    #expect(Set(data.train.examples.map(\.label)).count == labels.count)
  }

  @Test func rareClassesOfGoEmotions() throws {
    let labels = try #require(LabelSet.named("goemotions"))
    let folder = SharedData.folder.appendingPathComponent("goemotions")
    let data = try DataSet(folder: folder, labels: labels)
    for (name, counts) in [("grief", [39, 6, 2]), ("pride", [51, 9, 7])] {
      let id = try #require(labels.id(of: name))
      let splits = [data.train, data.validation, try #require(data.test)]
      #expect(splits.map { $0.examples.count { $0.label == id } } == counts)
    }
  }

  @Test func labelNamesAsWellAsIds() throws {
    let labels = try #require(LabelSet.named("empathetic-dialogues"))
    let file = SharedData.folder.appendingPathComponent("empathetic-dialogues-table1/valid.csv")
    let byName = try readExamples(
      file: file, labels: labels, ReadingOptions(columns: ColumnNames(label: "emotion")))
    #expect(byName == (try readExamples(file: file, labels: labels)))
  }

  @Test func tabSeparatedWithoutHeader() throws {
    let file = SharedData.folder.appendingPathComponent("goemotions-original/train.tsv")
    let texts = try readTexts(file: file, columns: ColumnNames(text: "0", label: "1"))
    #expect(texts.count == 43_410)
    #expect(texts[2] == "WHY THE FUCK IS BAYLESS ISOING")
  }

  @Test func goEmotionsReleaseIsThePapersData() throws {
    let labels = try #require(LabelSet.named("goemotions"))
    let release = try DataSet(
      folder: SharedData.folder.appendingPathComponent("goemotions-original"), labels: labels)
    let paper = try DataSet(
      folder: SharedData.folder.appendingPathComponent("goemotions"), labels: labels)
    #expect(release.omitted == [.severalLabels: 8_817, .neutral: 16_021])
    for (one, two) in zip(release.splits, paper.splits) {
      let isSame = zip(one.examples, two.examples).allSatisfy {
        $0.label == $1.label
          && $0.text.lowercased().trimmingCharacters(in: .whitespaces)
            == $1.text.trimmingCharacters(in: .whitespaces)
      }
      #expect(isSame, "\(one.name)")
    }
  }

  @Test func auditOfGoEmotions() throws {
    let labels = try #require(LabelSet.named("goemotions"))
    let audit = DataAudit(
      try DataSet(folder: SharedData.folder.appendingPathComponent("goemotions"), labels: labels))
    let train = audit.splits[0]
    #expect((train.repeatedRows, train.repeatedTexts, train.conflicts.count) == (142, 86, 25))
    #expect(audit.leaks.map(\.rows) == [30, 27, 10])
  }

  @Test func labelsOfEmpatheticIntents() throws {
    let labels = try #require(LabelSet.named("empathetic-intents"))
    let folder = SharedData.folder.appendingPathComponent("empathetic-intents")
    let examples = try DataSet(folder: folder, labels: labels).train.examples
    // labels.txt calls 38 neutral; its rows are questions.
    for (name, isQuestion) in [("questioning", true), ("neutral", false), ("agreeing", false)] {
      let rows = examples.filter { $0.label == labels.id(of: name) }
      #expect(rows.count == 610)
      #expect((rows.count { $0.text.contains("?") } > 400) == isQuestion, "\(name)")
    }
    let situations = try #require(LabelSet.named("empathetic-dialogues"))
    #expect(Set(labels.names[..<32]) == Set(situations.names))
  }

  @Test func edosIsSplitWithoutLeaks() throws {
    let labels = try #require(LabelSet.named("edos"))
    let data = try DataSet(folder: SharedData.folder.appendingPathComponent("edos"), labels: labels)
    #expect(data.omitted == [.noAgreement: 1_332, .otherAnswer: 1, .repeated: 454])
    #expect(DataAudit(data).leaks.isEmpty)
    // Every emotion is in every split, though some are rare.
    for split in data.splits { #expect(Set(split.examples.map(\.label)).count == 41) }
  }
}
