import Foundation
import JSONText
import TestSupport
import Testing

@testable import Tokenizers

/// The files beside `tokenizer.json`, or beside those that came before it: ids as `AutoTokenizer` gives them, or a refusal that names the cause.
///
/// `scripts/fixtures/tokenizer-folders` makes the folders and asks transformers.
@Suite struct FolderTests {
  struct Folder: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let contents: JSON
    let texts: [String]

    static let all: [Folder] = {
      guard let fixtures = try? Fixtures.json("folders.json") else { return [] }
      let texts = fixtures["texts"]?.elements?.compactMap(\.text) ?? []
      return (fixtures["folders"]?.elements ?? []).map {
        Folder(
          testDescription: $0["name"]?.text ?? "", contents: $0,
          texts: $0["texts"]?.elements?.compactMap(\.text) ?? texts)
      }
    }()

    var ids: [[Int]]? {
      contents["ids"]?.elements?.map { $0.elements?.compactMap(\.integer) ?? [] }
    }

    /// Writes the files.
    func write(to folder: URL) throws {
      var document = try Fixtures.json("\(contents["base"]?.text ?? "")/tokenizer.json")
      for member in contents["changes"]?.members ?? [] {
        Self.change(
          &document, member.key.text.split(separator: ".").map(String.init)[...], member.value)
      }
      var files = contents["files"]?.members ?? []
      if contents["older"]?.bool == true {
        try Self.writeOlder(
          document["model"] ?? .object([]), lines: contents["lines"] ?? .object([]), to: folder)
      } else {
        files.append(JSON.Member("tokenizer.json", document))
      }
      for file in files {
        try Data(file.value.serialized()).write(to: folder.appending(path: file.key.text))
      }
    }

    /// `vocab.txt`, or `vocab.json` and `merges.txt`.
    private static func writeOlder(_ model: JSON, lines changed: JSON, to folder: URL) throws {
      let vocabulary = model["vocab"] ?? .object([])
      func write(_ lines: [Bytes], _ name: String) throws {
        try Data(lines.flatMap { $0 + [0x0A] }).write(to: folder.appending(path: name))
      }
      guard let merges = model["merges"]?.elements else {
        let tokens = (vocabulary.members ?? []).sorted {
          $0.value.integer ?? 0 < $1.value.integer ?? 0
        }
        // Nothing in a line tells blanks that are a token from blanks at its end.
        let lines = tokens.enumerated().map { index, token in
          if let line = changed["\(index)"]?.bytes { return line }
          return token.key.text.unicodeScalars.last?.properties.isWhitespace == true
            ? Bytes("[unused\(index)]".utf8) : token.key
        }
        return try write(lines, "vocab.txt")
      }
      try Data(vocabulary.serialized()).write(to: folder.appending(path: "vocab.json"))
      let pairs = merges.map { pair -> Bytes in
        pair.bytes ?? Bytes((pair.elements ?? []).compactMap(\.bytes).joined(separator: [0x20]))
      }
      try write(pairs, "merges.txt")
    }

    private static func change(_ place: inout JSON, _ path: ArraySlice<String>, _ value: JSON) {
      guard let key = path.first else {
        place = value
        return
      }
      if key == "+" {
        place = .array((place.elements ?? []) + [value])
        return
      }
      var inner = place[key] ?? .object([])
      change(&inner, path.dropFirst(), value)
      place[key] = inner
    }
  }

  @Test func thereAreFolders() { #expect(Folder.all.count > 100) }

  @Test(arguments: Folder.all)
  func idsAreThoseOfAutoTokenizer(_ folder: Folder) throws {
    try withTemporaryFolder { place in
      try folder.write(to: place)
      guard let ids = folder.ids else {
        let refused = folder.contents["refused"]?.text ?? ""
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: place) }
        #expect(error?.description.contains(refused) == true, "\(String(describing: error))")
        return
      }
      func check(_ tokenizer: Tokenizer) {
        for (text, ids) in zip(folder.texts, ids) {
          let found = tokenizer.encodeSequence(text, maximumLength: .max).map(Int.init)
          #expect(found == ids, "\(text)")
        }
      }
      var tokenizer = try Tokenizer(folder: place)
      check(tokenizer)
      // What is written for a trained model reads back to the same ids, with the marker after all rows.
      let rows = tokenizer.vocabularySize + 3
      tokenizer.reserve(upTo: rows)
      let marker = tokenizer.addSpecialToken("[marker]")
      #expect(Int(marker) == rows)
      let written = place.appending(path: "written")
      try FileManager.default.createDirectory(at: written, withIntermediateDirectories: true)
      try tokenizer.write(to: written)
      let again = try Tokenizer(folder: written)
      check(again)
      #expect(again.id(of: "[marker]") == marker)
    }
  }
}
