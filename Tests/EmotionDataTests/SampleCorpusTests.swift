import EmotionData
import Testing

@Suite struct SampleCorpusTests {
  private static let data = DataSet.sample

  private static func splits() throws -> [DataSplit] {
    [data.train, data.validation, try #require(data.test)]
  }

  @Test func counts() throws {
    #expect(Self.data.labels == LabelSet.named("goemotions"))
    #expect(try Self.splits().map(\.name) == ["train", "validation", "test"])
    #expect(try Self.splits().map(\.count) == [702, 151, 151])
  }

  @Test func everyLabelInEverySplit() throws {
    for (split, least) in zip(try Self.splits(), [8, 2, 2]) {
      for (id, name) in Self.data.labels.names.enumerated() {
        let count = split.examples.count { $0.label == id }
        #expect(count >= least, "\(name) in \(split.name)")
      }
    }
  }

  @Test func labelsAreLongTailed() throws {
    let counts = Self.data.labels.names.indices.map { id in
      Self.data.train.examples.count { $0.label == id }
    }
    let most = try #require(counts.max())
    #expect(counts.firstIndex(of: most) == Self.data.labels.id(of: "admiration"))
    #expect(most > 6 * (try #require(counts.min())))
  }

  @Test func textsAreDistinctAndClean() throws {
    var seen: Set<String> = []
    for example in try Self.splits().flatMap(\.examples) {
      let text = example.text
      let letters = String(text.lowercased().filter { $0.isLetter || $0.isNumber })
      #expect(seen.insert(letters).inserted, "twice: \(text)")
      #expect(3...30 ~= text.split(separator: " ").count, "\(text)")
      #expect(text.first?.isWhitespace == false && text.last?.isWhitespace == false)
      #expect(!text.contains("|") && !text.contains("\\"), "\(text)")
    }
  }

  @Test func nanoVocabulary() {
    let tokens = NanoVocabulary.tokens
    #expect(tokens.count == 2_000)
    #expect(Array(tokens.prefix(5)) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    let pieces = Set(tokens)
    #expect(pieces.count == tokens.count)
    for byte in UInt8(33)...126 {
      let character = Character(Unicode.Scalar(byte))
      #expect(pieces.contains(character.lowercased()), "\(character)")
      if character.isLetter || character.isNumber {
        #expect(pieces.contains("##" + character.lowercased()), "##\(character)")
      }
    }
    #expect(pieces.contains("\u{2019}"))
    #expect(tokens.allSatisfy { !$0.isEmpty && !$0.contains(" ") })
  }
}
