import Foundation
import Testing

@testable import Tokenizers

@Suite struct TokenizerTests {
  private let vocabulary = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "##ness", "bad", "!", "caf", "##e", "a",
  ]

  private func makeTokenizer(lowercase: Bool = true) throws -> Tokenizer {
    try Tokenizer(wordPieceVocabulary: vocabulary, lowercase: lowercase)
  }

  @Test func vocabularyInMemory() throws {
    let tokenizer = try makeTokenizer()
    #expect(tokenizer.vocabularySize == 11)
    #expect(tokenizer.classificationToken == 2)
    #expect(tokenizer.separatorToken == 3)
    #expect(tokenizer.encode("Goodness! Caf\u{E9} x [SEP]") == [4, 5, 7, 8, 9, 1, 3])
    #expect(try makeTokenizer(lowercase: false).encode("Good bad caf\u{E9}") == [1, 6, 1])
    #expect(tokenizer.id(of: "##ness") == 5)
    #expect(tokenizer.id(of: "ness") == nil)
    #expect(tokenizer.token(for: 5) == "##ness")
    #expect(tokenizer.token(for: 11) == nil)
    #expect(tokenizer.token(for: -1) == nil)
  }

  @Test func sequencesAreCutOnTheRight() throws {
    let tokenizer = try makeTokenizer()
    #expect(tokenizer.encodeSequence("", maximumLength: 8) == [2, 3])
    #expect(tokenizer.encodeSequence("good bad a", maximumLength: 8) == [2, 4, 6, 10, 3])
    #expect(tokenizer.encodeSequence("good bad a", maximumLength: 4) == [2, 4, 6, 3])
    for short in [Int.min, -1, 0, 1, 2] {
      #expect(tokenizer.encodeSequence("good bad a", maximumLength: short) == [2, 3])
    }
  }

  @Test func pairsJoinNameAndDescription() throws {
    var tokenizer = try makeTokenizer()
    let marker = tokenizer.addSpecialToken("[EMO]")
    #expect(marker == 11)
    let pair = tokenizer.encodePair("good", marker: marker, "Bad a!", maximumLength: 20)
    #expect(pair == [2, 4, 11, 6, 10, 7, 3])
    #expect(
      tokenizer.encodePair("good", marker: marker, "Bad a!", maximumLength: 5) == [2, 4, 11, 6, 3])
    #expect(tokenizer.encodePair("good", marker: marker, nil, maximumLength: 20) == [2, 4, 3])
    #expect(tokenizer.encodePair("good", marker: marker, "", maximumLength: 20) == [2, 4, 11, 3])
  }

  @Test func addedTokensKeepTheirIDs() throws {
    var tokenizer = try makeTokenizer()
    #expect(tokenizer.addSpecialToken("[EMO]") == 11)
    #expect(tokenizer.addSpecialToken("[EMO]") == 11)
    #expect(tokenizer.addSpecialToken("[X]") == 12)
    #expect(tokenizer.addSpecialToken("good") == 4)
    #expect(tokenizer.vocabularySize == 13)
    #expect(tokenizer.token(for: 11) == "[EMO]")
    #expect(tokenizer.encode("good[EMO]bad goodx") == [4, 11, 6, 4, 1])
  }

  /// `String` takes these for equal; a vocabulary does not.
  @Test func keysAreBytes() throws {
    let tokenizer = try Tokenizer(
      wordPieceVocabulary: ["[UNK]", "[CLS]", "[SEP]", "\u{E9}", "e\u{301}"], lowercase: false)
    #expect(tokenizer.vocabularySize == 5)
    #expect(tokenizer.id(of: "\u{E9}") == 3)
    #expect(tokenizer.id(of: "e\u{301}") == 4)
    #expect(tokenizer.encode("\u{E9} e\u{301}") == [3, 4])
  }

  @Test func sequenceEndsComeFromTheConfiguration() throws {
    try withTemporaryFolder { folder in
      let lines = "<s>\n<pad>\n</s>\n[UNK]\n[CLS]\n[SEP]\nhi\n<mask>\n"
      try write(lines, "vocab.txt", to: folder)
      try write(
        #"{"tokenizer_class": "BertTokenizer", "sep_token": "</s>", "mask_token": "<mask>", "#
          + #""cls_token": {"__type": "AddedToken", "content": "<s>"}, "pad_token": "<pad>"}"#,
        "tokenizer_config.json", to: folder)
      let tokenizer = try Tokenizer(folder: folder)
      #expect(tokenizer.encodeSequence("Hi  <mask>", maximumLength: 9) == [0, 6, 7, 2])
    }
  }

  @Test func longWordsTakeLittleTime() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.folder("bytelevel"))
    let word = String(repeating: "believe", count: 20_000)
    #expect(tokenizer.encode(word).count < word.utf8.count)
  }

  // MARK: Errors

  private func write(_ text: String, _ name: String, to folder: URL) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  /// Contents of `tokenizer.json` that must be refused, and a part of the message.
  static let damaged: [(contents: String, message: String)] = [
    ("", "line 1: ends too early"),
    ("{\n\"model\": {\n", "line 3: "),
    ("{\"a\": \"\u{1}\"}", "does not end"),
    (#"{"a": "\ud800"}"#, "surrogate"),
    (#"{"a": "\u12"}"#, "hexadecimal"),
    (String(repeating: "[", count: 100_000), "nested too deeply"),
    ("[]", "not a JSON object"),
    ("{}", "has no \"model\""),
    (#"{"model": {"type": "Unigram", "vocab": {}}}"#, "model Unigram"),
    (#"{"model": {"type": "WordPiece"}}"#, "no \"vocab\""),
    (#"{"model": {"type": "WordPiece", "vocab": {"a": -1}}}"#, "\"a\" has no usable id"),
    (#"{"model": {"type": "WordPiece", "vocab": {"a": 99999999999999999999}}}"#, "usable id"),
    (#"{"model": {"type": "WordPiece", "vocab": {"a": 2147483647}}}"#, "usable id"),
    (#"{"model": {"type": "WordPiece", "vocab": {"a": 0}}}"#, "\"[UNK]\" is not in the vocabulary"),
    (
      #"{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0}}}"#,
      "start and end a sequence"
    ),
    (
      #"{"model": {"vocab": {"[UNK]": 0}}, "normalizer": {"type": "Precompiled"}}"#,
      "normalizer Precompiled"
    ),
    (
      #"{"model": {"vocab": {"[UNK]": 0}}, "pre_tokenizer": {"type": "Metaspace"}}"#,
      "pre_tokenizer Metaspace"
    ),
    (
      #"{"pre_tokenizer": {"type": "ByteLevel"}, "model": {"vocab": {"a": 0}, "merges": ["a b"]}}"#,
      "merge 1, \"a b\""
    ),
    (
      #"{"pre_tokenizer": {"type": "ByteLevel"}, "model": {"vocab": {"a": 0}, "merges": ["a"]}}"#,
      "merge 1 is not a pair"
    ),
  ]

  @Test func damagedFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      for (contents, message) in Self.damaged {
        try write(contents, "tokenizer.json", to: folder)
        let error = try #require(throws: TokenizerError.self) { try Tokenizer(folder: folder) }
        #expect(error.file.hasSuffix("/tokenizer.json"))
        #expect(error.description.contains(message), "\(contents.prefix(80)): \(error)")
      }
      try Data([0x7B, 0xFF]).write(to: folder.appendingPathComponent("tokenizer.json"))
      let error = try #require(throws: TokenizerError.self) { try Tokenizer(folder: folder) }
      #expect(error.problem.contains("UTF-8"))
    }
  }

  @Test func missingFilesAreNamed() throws {
    try withTemporaryFolder { folder in
      let empty = try #require(throws: TokenizerError.self) { try Tokenizer(folder: folder) }
      #expect(empty.problem.contains("no tokenizer.json"))
      try write("{}", "vocab.json", to: folder)
      let half = try #require(throws: TokenizerError.self) { try Tokenizer(folder: folder) }
      #expect(half.file.hasSuffix("/merges.txt"))
      let tokenizer = try makeTokenizer()
      let missing = folder.appendingPathComponent("missing")
      let unwritable = try #require(throws: TokenizerError.self) {
        try tokenizer.write(to: missing)
      }
      #expect(unwritable.problem.contains("cannot be written"))
      let none = try #require(throws: TokenizerError.self) { try Tokenizer(folder: missing) }
      #expect(none.file.hasSuffix("missing"))
    }
  }

  @Test func tokensThatEndSequencesAreNeeded() {
    #expect(throws: TokenizerError.self) {
      try Tokenizer(wordPieceVocabulary: ["[UNK]", "[CLS]"])
    }
    #expect(throws: TokenizerError.self) { try Tokenizer(wordPieceVocabulary: []) }
  }
}
