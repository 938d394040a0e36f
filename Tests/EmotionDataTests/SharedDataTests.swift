import EmotionData
import Foundation
import Testing

@Suite(.enabled(if: SharedData.isPresent, "needs ../shared/data (or TACO_SHARED)"))
struct SharedDataTests {
  @Test(arguments: [
    ("goemotions", "goemotions", [23_485, 2_956, 2_984]),
    ("empathetic-dialogues", "empathetic-dialogues", [17_802, 2_761, 2_541]),
    ("empathetic-dialogues-table1", "empathetic-dialogues", [19_533, 2_770, 2_547]),
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
      file: file, labels: labels, columns: ColumnNames(label: "emotion"))
    #expect(byName == (try readExamples(file: file, labels: labels)))
  }

  @Test func tabSeparatedWithoutHeader() throws {
    let file = SharedData.folder.appendingPathComponent("goemotions-original/train.tsv")
    let texts = try readTexts(file: file, columns: ColumnNames(text: "0", label: "1"))
    #expect(texts.count == 43_410)
    #expect(texts[2] == "WHY THE FUCK IS BAYLESS ISOING")
  }
}
