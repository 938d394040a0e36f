import Foundation
import JSONText
import TestSupport
import Testing

@testable import Tokenizers

/// The token that stands for a hidden word.
@Suite struct MaskTokenTests {
  @Test(
    arguments: [
      ("wordpiece", "[MASK]"), ("wordpiece-older", "[MASK]"), ("bytelevel", "<mask>"),
      ("bytelevel-older", "<mask>"),
    ])
  func itIsTheFamilys(name: String, mask: String) throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder(name))
    #expect(tokenizer.maskToken == mask)
    let id = try #require(tokenizer.id(of: mask))
    // A blank between two may be a token of its own, where the older files say nothing of it.
    #expect(tokenizer.encode("\(mask) \(mask)").count { $0 == id } == 2)
    #expect(tokenizer.encode("(\(mask)!").contains(id))
  }

  /// As of a decoder: no token of that name is special, and none is named.
  @Test(arguments: [("wordpiece", "[MASK]"), ("bytelevel", "<mask>")])
  func thereMayBeNone(name: String, mask: String) throws {
    var document = try Fixtures.json("\(name)/tokenizer.json")
    document["added_tokens"] = .array(
      (document["added_tokens"]?.elements ?? []).filter { $0["content"]?.text != mask })
    func tokenizer(_ configuration: JSON) throws -> Tokenizer {
      try Tokenizer(document: document, configuration: configuration, file: "tokenizer.json")
    }
    #expect(try tokenizer(.object([])).maskToken == nil)
    // A name alone does not make a text have it.
    #expect(
      try tokenizer(.object([.init("mask_token", .text(mask))])).maskToken == nil)
  }

  @Test func theFilesMayNameAnother() throws {
    let document = try Fixtures.json("bytelevel/tokenizer.json")
    for value in [JSON.text("<unk>"), .object([.init("content", .text("<unk>"))])] {
      let tokenizer = try Tokenizer(
        document: document, configuration: .object([.init("mask_token", value)]), file: "t")
      #expect(tokenizer.maskToken == "<unk>")
    }
  }
}
