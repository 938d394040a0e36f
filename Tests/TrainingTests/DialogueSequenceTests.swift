import EmotionData
import Foundation
import Objectives
import Settings
import Testing
import Tokenizers

@testable import Runs
@testable import Training

/// Utterances with their context as tokens, beside what transformers makes of the whole text.
@Suite struct DialogueSequenceTests {
  private struct Fixture: Decodable {
    struct Case: Decodable {
      let tokenizer: String
      let past, future, limit: Int
      let names: DialogueSettings.SpeakerNames
      let sequences: [String]
    }
    let dialogues: [[[String?]]]
    let cases: [Case]
  }

  private static func fixture() throws -> Fixture {
    let file = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      .appendingPathComponent("dialogues.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }

  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let shared =
    (ProcessInfo.processInfo.environment["TACO_SHARED"].map { URL(fileURLWithPath: $0) }
    ?? tests.appendingPathComponent("../../shared")).appendingPathComponent("data/tokenizers")

  private static func tokenizer(_ name: String) throws -> Tokenizer? {
    let own = tests.appendingPathComponent("TokenizersTests/Fixtures/\(name)")
    let folder =
      FileManager.default.fileExists(atPath: own.path) ? own : shared.appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: folder.path) else { return nil }
    return try Tokenizer(folder: folder)
  }

  private func settings(
    past: Int = 0, future: Int = 0, names: DialogueSettings.SpeakerNames = .upper
  ) -> DialogueSettings {
    var settings = DialogueSettings()
    (settings.past, settings.future, settings.speakerNames) = (past, future, names)
    return settings
  }

  /// Real vocabularies where they are there, small ones everywhere.
  @Test(arguments: ["wordpiece", "bytelevel", "bert-base-uncased", "roberta-base"])
  func idsAreThoseOfTransformers(name: String) throws {
    let fixture = try Self.fixture()
    guard let tokenizer = try Self.tokenizer(name) else { return }
    let utterances = fixture.dialogues.flatMap { turns in
      let dialogue = turns.map { Turn($0[1] ?? "", speaker: $0[0]) }
      return dialogue.indices.map { Utterance($0, of: dialogue) }
    }
    let cases = fixture.cases.filter { $0.tokenizer == name }
    #expect(cases.count >= 4)
    for one in cases {
      let sequences = DialogueSequences(
        tokenizer, settings(past: one.past, future: one.future, names: one.names),
        maximumLength: one.limit
      ).sequences(utterances)
      let expected = one.sequences.map { $0.split(separator: " ").compactMap { Int32($0) } }
      for (row, pair) in zip(sequences, expected).enumerated() {
        #expect(
          pair.0 == pair.1,
          "\(name), past \(one.past), future \(one.future), limit \(one.limit), row \(row)")
      }
      #expect(sequences.count == expected.count)
    }
  }

  @Test(
    arguments: [
      ("wordpiece", ["[SEP]"]), ("wordpiece-older", ["[SEP]"]), ("bytelevel", ["</s>", "</s>"]),
      ("bytelevel-older", ["</s>", "</s>"]),
    ])
  func separatorsAreTheFamilys(name: String, separators: [String]) throws {
    let tokenizer = try #require(try Self.tokenizer(name))
    #expect(tokenizer.pairSeparators.compactMap(tokenizer.token(for:)) == separators)
  }

  @Test func aTemplateTellsItsSeparators() throws {
    let place = Self.tests.appendingPathComponent(
      "TokenizersTests/Fixtures/wordpiece/tokenizer.json")
    var text = try String(contentsOf: place, encoding: .utf8)
    let start = try #require(text.range(of: "\"post_processor\""))
    let end = try #require(text.range(of: "}", range: start.upperBound..<text.endIndex))
    func tokens(_ pair: String) throws -> [Int32] {
      var changed = text
      changed.replaceSubrange(
        start.lowerBound..<end.upperBound,
        with: """
          "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
          {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}], "pair": [\(pair)],
          "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
          "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}
          """)
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("taco-template-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      try Data(changed.utf8).write(to: folder.appendingPathComponent("tokenizer.json"))
      return try Tokenizer(folder: folder).pairSeparators
    }
    text = text.replacingOccurrences(of: "\r", with: "")
    let (a, b) = (
      #"{"Sequence": {"id": "A", "type_id": 0}}"#, #"{"Sequence": {"id": "B", "type_id": 1}}"#
    )
    let separator = #"{"SpecialToken": {"id": "[SEP]", "type_id": 0}}"#
    #expect(try tokens("\(a), \(separator), \(b)") == [3])
    #expect(try tokens("\(a), \(separator), \(separator), \(b), \(separator)") == [3, 3])
    #expect(try tokens("\(a), \(b)") == [3])
  }

  /// Decoders have no tokens between texts, and none at the ends.
  @Test func decodersHaveALineEnd() throws {
    let place = Self.tests.appendingPathComponent(
      "TokenizersTests/Fixtures/bytelevel/tokenizer.json")
    var document = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any])
    document["post_processor"] = NSNull()
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("taco-decoder-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try JSONSerialization.data(withJSONObject: document)
      .write(to: folder.appendingPathComponent("tokenizer.json"))
    let tokenizer = try Tokenizer(folder: folder)
    #expect(tokenizer.pairSeparators == tokenizer.encode("\n") && tokenizer.endCount == 0)
    let turns = [Turn("so glad"), Turn("so sad")]
    let sequences = DialogueSequences(tokenizer, settings(past: 1), maximumLength: 64)
      .sequences([Utterance(0, of: turns), Utterance(1, of: turns)])
    #expect(
      sequences == [
        tokenizer.encode("\n") + tokenizer.encode("so glad"),
        tokenizer.encode("so glad") + tokenizer.encode("\n") + tokenizer.encode("so sad"),
      ])
  }

  @Test func withoutEffectNothingIsStored() throws {
    var run = TrainingSettings(.paper)
    TrainingSettings.pastSetting.set(0, in: &run)
    TrainingSettings.futureSetting.set(0, in: &run)
    run.readDialogues(DialogueColumns(dialogue: "id", turn: "n"))
    #expect(run == TrainingSettings(.paper))
    let names = run.settings.filter { $0.entry(run) != nil }.map(\.name)
    #expect(!names.contains("past") && !names.contains("speaker-names"))
    #expect(try !String(decoding: JSONEncoder().encode(run), as: UTF8.self).contains("dialogue"))

    run.readDialogues(DialogueColumns(speaker: "who"))
    #expect(run.dialogue?.columns.speaker == "who")
    let read = try JSONDecoder().decode(
      TrainingSettings.self, from: try JSONEncoder().encode(run))
    #expect(read == run)
  }

  @Test func contextNeedsADialogueColumn() throws {
    var run = TrainingSettings(.paper)
    TrainingSettings.pastSetting.set(2, in: &run)
    run.readDialogues(DialogueColumns(speaker: "who"))
    #expect(throws: SettingError.self) { try run.validate() }
    run.readDialogues(DialogueColumns(speaker: "who", dialogue: "id"))
    try run.validate()
    TrainingSettings.futureSetting.set(-1, in: &run)
    #expect(throws: SettingError.self) { try run.validate() }
  }

  /// Rows that differ in their context alone are other rows; without context the digest is what it was.
  @Test func fingerprintsSeeTheContext() {
    func digest(_ utterance: Utterance) -> String? {
      var fingerprints = Fingerprints()
      fingerprints.add("rows", [Example(utterance, label: 0)])
      return fingerprints["rows"]?.value
    }
    let turns = [Turn("a", speaker: "x"), Turn("b", speaker: "y"), Turn("b", speaker: "y")]
    let digests = [
      digest(Utterance("b")), digest(Utterance("b", speaker: "y")), digest(Utterance(1, of: turns)),
      digest(Utterance(2, of: turns)), digest(Utterance(1, of: Array(turns.prefix(2)))),
      digest(Utterance(1, of: [Turn("a", speaker: "z")] + turns.dropFirst())),
    ]
    #expect(Set(digests).count == digests.count)
  }
}
