import Foundation
import JSONText
import Testing

@testable import Tokenizers

/// Ids of Hugging Face's `tokenizers`, made by `scripts/fixtures/tokenizers`.
@Suite struct ParityTests {
  struct Case: CustomStringConvertible {
    var folder: String
    var patch: JSON
    var ids: [[Int32]]
    var description: String {
      let sections = patch.members?.map { String(decoding: $0.key, as: UTF8.self) } ?? []
      return ([folder] + sections).joined(separator: " ")
    }
  }

  let texts: [String]
  let cases: [Case]

  init() throws {
    let fixture = try Fixtures.json("cases.json")
    texts = try #require(fixture["texts"]?.elements).compactMap(\.text)
    cases = try #require(fixture["cases"]?.elements).map { value in
      Case(
        folder: try #require(value["folder"]?.text), patch: try #require(value["patch"]),
        ids: try #require(value["ids"]?.elements).map { try #require($0.elements).ids })
    }
  }

  private func expect(_ tokenizer: Tokenizer, gives ids: [[Int32]], _ name: String) {
    #expect(texts.count == ids.count)
    for (text, ids) in zip(texts, ids) {
      #expect(tokenizer.encode(text) == ids, "\(name): \(text.debugDescription)")
    }
  }

  @Test func idsEqualHuggingFaces() throws {
    #expect(cases.count == 18)
    for expected in cases {
      var document = try Fixtures.json("\(expected.folder)/tokenizer.json")
      for member in try #require(expected.patch.members) {
        document[String(decoding: member.key, as: UTF8.self)] = member.value
      }
      let tokenizer = try Tokenizer(
        document: document, configuration: .object([]), file: expected.folder)
      expect(tokenizer, gives: expected.ids, expected.description)
    }
  }

  @Test(arguments: ["wordpiece", "bytelevel"])
  func olderFilesGiveTheSameIds(_ name: String) throws {
    let expected = try #require(cases.first { $0.folder == name && $0.patch == .object([]) })
    for folder in [name, "\(name)-older"] {
      let tokenizer = try Tokenizer(folder: Fixtures.folder(folder))
      expect(tokenizer, gives: expected.ids, folder)
    }
  }

  @Test(arguments: ["wordpiece", "bytelevel"])
  func writtenFolderGivesTheSameIds(_ name: String) throws {
    var tokenizer = try Tokenizer(folder: Fixtures.folder("\(name)-older"))
    let marker = tokenizer.addSpecialToken("[EMO]")
    try withTemporaryFolder { folder in
      try tokenizer.write(to: folder)
      let again = try Tokenizer(folder: folder)
      #expect(again.id(of: "[EMO]") == marker)
      #expect(again.vocabularySize == tokenizer.vocabularySize)
      #expect(again.classificationToken == tokenizer.classificationToken)
      #expect(again.separatorToken == tokenizer.separatorToken)
      for text in texts { #expect(again.encode(text) == tokenizer.encode(text)) }
      try again.write(to: folder)
      #expect(try Tokenizer(folder: folder).document == again.document)
    }
  }
}

/// Whole data sets with the vocabularies of BERT and RoBERTa.
@Suite(.enabled(if: SharedData.isPresent, SharedData.message))
struct DataSetParityTests {
  struct Digest: Sendable, CustomStringConvertible {
    var tokenizer: String
    var file: String
    var rows: Int
    var digest: String
    var description: String { "\(tokenizer) \(file)" }
  }

  private static func digests() throws -> [Digest] {
    try #require(Fixtures.json("digests.json").elements).map { value in
      Digest(
        tokenizer: try #require(value["tokenizer"]?.text), file: try #require(value["file"]?.text),
        rows: try #require(value["rows"]?.integer), digest: try #require(value["digest"]?.text))
    }
  }

  /// FNV-1a over the ids of all rows, each row ended by 2^32 - 1.
  private func digest(of texts: [String], _ tokenizer: Tokenizer) -> String {
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    for text in texts {
      for id in tokenizer.encode(text).lazy.map(UInt64.init) + [0xFFFF_FFFF] {
        state = (state ^ id) &* 0x100_0000_01B3
      }
    }
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  @Test(arguments: ["bert-base-uncased", "roberta-base"])
  func everyTextHasHuggingFacesIds(_ name: String) throws {
    let folder = SharedData.folder.appendingPathComponent("tokenizers/\(name)")
    let tokenizer = try Tokenizer(folder: folder)
    let expected = try Self.digests().filter { $0.tokenizer == name }
    #expect(expected.count == 12)
    for expected in expected {
      let texts = try SharedData.texts(of: expected.file)
      #expect(texts.count == expected.rows, "\(expected)")
      #expect(digest(of: texts, tokenizer) == expected.digest, "\(expected)")
    }
  }

  @Test(arguments: ["bert-base-uncased", "roberta-base"])
  func olderFilesGiveTheSameIds(_ name: String) throws {
    let present = SharedData.folder.appendingPathComponent("tokenizers/\(name)")
    let file = "goemotions-original/dev.tsv"
    let expected = try #require(
      Self.digests().first { $0.tokenizer == name && $0.file == file })
    try withTemporaryFolder { folder in
      for name in try FileManager.default.contentsOfDirectory(atPath: present.path)
      where name != "tokenizer.json" {
        try FileManager.default.copyItem(
          at: present.appendingPathComponent(name), to: folder.appendingPathComponent(name))
      }
      let model = #"{"model_type": "\#(name.prefix { $0 != "-" })"}"#
      try Data(model.utf8).write(to: folder.appendingPathComponent("config.json"))
      let tokenizer = try Tokenizer(folder: folder)
      #expect(digest(of: try SharedData.texts(of: file), tokenizer) == expected.digest)
    }
  }
}
