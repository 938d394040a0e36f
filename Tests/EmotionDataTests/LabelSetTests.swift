import EmotionData
import Foundation
import Testing

@Suite struct LabelSetTests {
  @Test func builtInSetsKeepTheirIds() throws {
    #expect(
      LabelSet.builtInNames == ["goemotions", "empathetic-dialogues", "empathetic-intents", "edos"])
    let emotions = try #require(LabelSet.named("goemotions"))
    #expect(emotions.count == 27)
    #expect(emotions.id(of: "admiration") == 0)
    #expect(emotions.id(of: "Fear") == 14)
    #expect(emotions.id(of: "surprise") == 26)
    let situations = try #require(LabelSet.named("empathetic-dialogues"))
    #expect(situations.count == 32)
    #expect(situations.id(of: "sad") == 0)
    #expect(situations.id(of: "furious") == 19)
    #expect(situations.id(of: "nostalgic") == 31)
    #expect(LabelSet.named("plutchik") == nil)
  }

  /// The source breaks long descriptions into lines.
  @Test func continuedDescriptionsKeepTheirBlanks() throws {
    let labels = try #require(LabelSet.named("goemotions"))
    #expect(labels.descriptions[0].contains("It arises on seeing something done impressively well"))
  }

  @Test(arguments: LabelSet.builtInNames) func descriptionsAreSentences(_ name: String) throws {
    let labels = try #require(LabelSet.named(name))
    #expect(try LabelSet(names: labels.names, descriptions: labels.descriptions) == labels)
    for description in labels.descriptions {
      let words = description.split(separator: " ")
      #expect(15...35 ~= words.count, "\(words.count) words: \(description)")
      #expect(description.hasSuffix("."))
      #expect(!description.contains("  "))
    }
    #expect(Set(labels.descriptions).count == labels.count)
  }

  @Test(arguments: [
    ("l.json", #"{"zest": "Drive.", "awe": "Wonder \u0026 fear.", "m m": "Third."}"#),
    ("l.yaml", "zest: Drive.\nawe: 'Wonder & fear.'\n\"m m\": >-\n  Third.\n"),
    ("l.yml", "# first\n{zest: Drive., awe: Wonder & fear., m m: Third.}\n"),
    ("labels", "\n{\"zest\": \"Drive.\", \"awe\": \"Wonder & fear.\", \"m m\": \"Third.\"}"),
    ("l.txt", "zest: Drive.\nawe: Wonder & fear.\nm m: Third.\n"),
  ])
  func filesKeepTheirOrder(_ name: String, _ text: String) throws {
    let folder = try TemporaryFolder()
    let labels = try LabelSet(contentsOf: try folder.write(name, text))
    #expect(labels.names == ["zest", "awe", "m m"])
    #expect(labels.descriptions == ["Drive.", "Wonder & fear.", "Third."])
    #expect(labels.id(of: "M_M") == 2)
  }

  @Test func yamlWordsStayNames() throws {
    let folder = try TemporaryFolder()
    let labels = try LabelSet(contentsOf: try folder.write("l.yaml", "no: Denial.\n1: First.\n"))
    #expect(labels.names == ["no", "1"])
  }

  @Test(arguments: [
    ("l.json", #"{"joy": "A.", "joy": "B."}"#, "label 'joy' is defined twice"),
    ("l.yaml", "joy: A.\nawe: B.\njoy: C.\n", "label 'joy' is defined twice"),
    ("l.yaml", "joy: A.\nJoy: B.\n", "labels 'joy' and 'Joy' differ only in case or blanks"),
    ("l.yaml", "big-joy: A.\nbig joy: B.\n", "differ only in case or blanks"),
    ("l.json", #"{"joy": 1, "awe": "B."}"#, "the description of label 'joy' is not text"),
    ("l.json", #"["joy", "awe"]"#, "this is not a JSON object"),
    ("l.json", #"{"joy": "A."}"#, "1 labels; at least two are needed"),
    ("l.json", "{}", "0 labels"),
    ("l.json", "{\n\"joy\": \"A.\",\n}", ":3: broken JSON at byte 1 of the line"),
    ("l.json", "", "the value is missing"),
    ("l.json", #"{"joy": "A.", " ": "B."}"#, "a label has an empty name"),
    ("l.json", #"{"joy": "A.", "awe": ""}"#, "label 'awe' has no description"),
    ("l.yaml", "joy: A.\nawe:\n", "label 'awe' has no description"),
    ("l.yaml", "joy: A.\nawe: [B.]\n", ":2: the description of label 'awe' is not text"),
    ("l.yaml", "- joy\n- awe\n", "this is not a YAML map"),
    ("l.yaml", "", "this is not a YAML map"),
    ("l.yaml", "joy: \"A.\nawe: B.\n", "broken YAML"),
    ("l.yaml", "joy: A.\n awe: B.\n", "broken YAML"),
  ])
  func brokenFile(_ name: String, _ text: String, _ problem: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(name, text)
    let error = try #require(throws: DataError.self) { try LabelSet(contentsOf: file) }
    #expect(error.source == file.path)
    #expect(error.description.contains(problem), "found: \(error)")
  }

  @Test func missingFile() throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: DataError.self) { try LabelSet(contentsOf: folder.url) }
    #expect(error.problem == "is a folder; a file is wanted here")
  }

  @Test func unequalCounts() throws {
    let error = try #require(throws: DataError.self) {
      try LabelSet(names: ["a", "b"], descriptions: ["A."])
    }
    #expect(error.description == "label set: 2 names but 1 descriptions; one each is needed")
  }
}
