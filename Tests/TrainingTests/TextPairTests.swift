import EmotionData
import ObjectiveCatalogue
import Objectives
import Settings
import Testing
import Tokenizers

@testable import Runs
@testable import Training

/// Pairs of utterance and definition, as the nano encoder reads them.
@Suite struct TextPairTests {
  private func builder(_ change: (inout TrainingSettings) -> Void = { _ in }) throws
    -> SequenceBuilder
  {
    var settings = TrainingSettings(.paper, ObjectiveCatalogue.type(named: "cdp-mlm"))
    change(&settings)
    return try PretrainedEncoder.nano().model(settings, labelCount: 2).sequences
  }

  private var labels: LabelSet {
    get throws {
      try LabelSet(
        names: ["joy", "fear"],
        descriptions: ["being glad about what is there", "being afraid of what may come"])
    }
  }

  private func pairs(
    _ sequences: SequenceBuilder, _ texts: [String], step: Int
  ) throws -> [TextPair] {
    let labels = try labels
    let maker = try #require(sequences.pairs(labels))
    return maker.pairs(
      sequences.utterances(texts), targets: texts.indices.map { $0 % 2 }, step: step)
  }

  /// `[CLS] text [SEP] definition [SEP]`, once what is hidden is put back.
  @Test func pairsAreTwoTextsWithTypes() throws {
    let sequences = try builder()
    let tokenizer = sequences.tokenizer
    let texts = (0..<40).map { "i feel fine today \($0)" }
    let separator = try #require(tokenizer.separatorToken)
    let mask = try #require(tokenizer.maskToken.flatMap { tokenizer.id(of: $0) })
    let found = try pairs(sequences, texts, step: 3)
    var masks = 0
    for (row, pair) in found.enumerated() {
      var tokens = pair.tokens
      for (position, original) in zip(pair.hidden, pair.originals) {
        masks += tokens[position] == mask ? 1 : 0
        tokens[position] = original
      }
      let label = pair.matches ? row % 2 : 1 - row % 2
      let first = sequences.utterances([texts[row]])[0]
      let definition = tokenizer.encode(try labels.descriptions[label])
      #expect(tokens == first + definition + [separator])
      #expect(pair.second == first.count)
      // Special tokens are never hidden.
      #expect(Set(pair.hidden).isDisjoint(with: [0, first.count - 1, tokens.count - 1]))
    }
    #expect(found.contains { $0.matches } && found.contains { !$0.matches })
    #expect(masks > 0 && found.contains { $0.originals.isEmpty == false })
    #expect(try pairs(sequences, texts, step: 3) == found)
    #expect(try pairs(sequences, texts, step: 4) != found)
  }

  /// The longer text loses tokens first.
  @Test func longPairsAreCutWhereTheyAreLonger() throws {
    let open = { (settings: inout TrainingSettings) in
      settings.maximumLength = 14
    }
    let sequences = try builder(open)
    let long = Array(repeating: "fine", count: 30).joined(separator: " ")
    for (text, count) in [(long, 14), ("a", 0)] {
      for pair in try pairs(sequences, [text], step: 1) {
        #expect(pair.tokens.count <= 14 && pair.tokens.count >= count)
        #expect(pair.second >= 3 && pair.second < pair.tokens.count)
        #expect(pair.tokens.last == sequences.tokenizer.separatorToken)
      }
    }
  }

  /// Other objectives have no pairs.
  @Test func onlySomeObjectivesHavePairs() throws {
    let sequences = try PretrainedEncoder.nano().model(
      TrainingSettings(.paper), labelCount: 2
    ).sequences
    let maker = sequences.pairs(try labels)
    #expect(maker == nil)
  }
}
