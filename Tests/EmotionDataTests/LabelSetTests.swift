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
    ("l.json", #"{"joy": "A.", "joy": "B."}"#, "the key 'joy' stands in one object twice"),
    ("l.yaml", "joy: A.\nawe: B.\njoy: C.\n", "label 'joy' is defined twice"),
    ("l.yaml", "joy: A.\nJoy: B.\n", "labels 'joy' and 'Joy' differ only in case or blanks"),
    ("l.yaml", "big-joy: A.\nbig joy: B.\n", "differ only in case or blanks"),
    ("l.json", #"{"joy": 1, "awe": "B."}"#, "the description of label 'joy' is not text"),
    ("l.json", #"["joy", 3]"#, "this is a list, but not of names"),
    ("l.json", #""joy""#, "this is not a JSON object"),
    (
      "l.json", #"{"joy": 1, "awe": 2}"#,
      "a map from name to id with the ids 1, 2; 0 to 1, once each, are wanted"
    ),
    ("l.json", #"{"joy": 0, "awe": 0}"#, "with the ids 0, 0; 0 to 1, once each"),
    (
      "l.json", #"{"id2label": {"0": "joy", "2": "anger", "5": "fear"}}"#,
      "a map from id to name with the ids 0, 2, 5; 0 to 2, once each, are wanted"
    ),
    ("l.json", #"{"id2label": {"1": "One sentence.", "2": "B."}}"#, "with the ids 1, 2; 0 to 1"),
    ("l.json", #"{"1": "joy", "2": "anger", "3": "fear"}"#, "with the ids 1, 2, 3; 0 to 2"),
    ("l.yaml", "1: bad\n2: good\n", "with the ids 1, 2; 0 to 1"),
    ("l.json", #"{"id2label": 3}"#, "'id2label' is not a map from id to name"),
    ("l.json", #"{"joy\nawe": "A.", "b": "B."}"#, "the name of label 'joy\\nawe' holds a line end"),
    ("l.json", #"{"joy\u001b[31m": "A.", "b": "B."}"#, "the name of label 'joy\\u{1B}[31m' holds"),
    ("l.json", #"{"joy\u202e": "A.", "b": "B."}"#, "the name of label 'joy\\u{202E}' holds"),
    ("l.json", #"{"joy": "A."}"#, "1 label; at least two are needed"),
    ("l.json", "{}", "0 labels"),
    ("l.json", "{\n\"joy\": \"A.\",\n}", ":3: broken JSON at byte 1 of the line"),
    ("l.json", "", "the value is missing"),
    ("l.json", #"{"joy": "A.", " ": "B."}"#, "a label has an empty name"),
    ("l.json", #"{"joy": "A.", "awe": ""}"#, "label 'awe' has no description"),
    ("l.yaml", "joy: A.\nawe:\n", "label 'awe' has no description"),
    ("l.yaml", "joy: A.\nawe: [B.]\n", ":2: the description of label 'awe' is not text"),
    ("l.yaml", "- joy\n- [awe]\n", "this is a list, but not of names"),
    ("l.yaml", "joy\n", "this is not a YAML map"),
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

  /// What other programs write: maps from id to name and back, in any order, and lists.
  @Test(arguments: [
    (
      "l.json",
      #"{"0": "joy", "10": "k", "1": "awe", "2": "c", "3": "d", "4": "e", "5": "f", "6": "g", "7": "h", "8": "i", "9": "j"}"#
    ),
    ("l.json", #"{"awe": 1, "joy": 0}"#), ("l.json", #"{"awe": "1", "joy": "0"}"#),
    (
      "config.json",
      #"{"model_type": "bert", "label2id": {"awe": 1}, "id2label": {"1": "awe", "0": "joy"}}"#
    ),
    ("l.json", #"["joy", "awe"]"#), ("l.yaml", "- joy\n- awe\n"), ("l.yaml", "1: awe\n0: joy\n"),
    ("l.yaml", "joy: 0\nawe: 1\n"),
  ])
  func mapsBetweenIdsAndNames(_ name: String, _ text: String) throws {
    let folder = try TemporaryFolder()
    var notices: [DataError] = []
    let file = try folder.write(name, text)
    let labels = try LabelSet(contentsOf: file) { notices.append($0) }
    #expect(labels.names.prefix(2) == ["joy", "awe"])
    #expect(labels.names.count == 2 || labels.names.last == "k")
    #expect(labels.descriptions == labels.names)
    #expect(notices.count == 1)
    #expect(notices[0].problem.contains("without descriptions"))
  }

  /// Stars and grades have numbers for names; sentences tell that they do.
  @Test func numbersMayBeNames() throws {
    let folder = try TemporaryFolder()
    var notices: [DataError] = []
    for text in [
      #"{"0": "Bad: the writer is let down.", "1": "Good."}"#, #"{"1": "Bad.", "2": "Good."}"#,
      #"{"-1": "Bad.", "0": "Neither.", "1": "Good."}"#,
    ] {
      let labels = try LabelSet(contentsOf: try folder.write("l.json", text)) { notices.append($0) }
      #expect(labels.descriptions != labels.names)
    }
    #expect(notices.isEmpty)
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
