import EmotionData
import Testing

/// What stands in an utterance once words are hidden, and which words a lexicon has.
@Suite struct CounterfactualTextTests {
  private func texts(_ words: String) throws -> CounterfactualTexts {
    CounterfactualTexts(
      mask: "<mask>", lexicon: try SentimentLexicon(Array(words.utf8), source: "words.txt"))
  }

  @Test(
    arguments: [
      ("I am so happy today", "I am so <mask> today"),
      ("HAPPY, Happy and unhappy!", "<mask>, <mask> and unhappy!"),
      ("(so \"happy\"!!)", "(so \"<mask>\"!!)"),
      ("happy/sad, happy-go-lucky", "<mask>/<mask>, <mask>-go-lucky"),
      ("their well-being is my being", "their <mask> is my being"),
      ("I can't. I CAN\u{2019}T... can t", "I <mask>. I <mask>... can t"),
      ("a  tab\tand\n happy  end ", "a tab and <mask> end"),
      ("nice :) but :( - ok?!", "nice <mask> but :( - ok?!"),
      ("\u{C9}T\u{C9} is caf\u{E9} 4ever", "<mask> is caf\u{E9} <mask>"),
      ("happyness \u{1F600} 'happy'", "happyness \u{1F600} '<mask>'"), ("", ""), (" \n ", ""),
      ("...", "..."), ("'happy", "'<mask>"), ("sad's", "sad's"),
    ])
  func sentimentWordsAreHidden(text: String, expected: String) throws {
    let texts = try texts("Happy\nsad\nwell-being\ncan't\n:)\n\u{E9}t\u{E9}\n4EVER\n")
    #expect(texts.hidingSentiment(of: text) == expected)
  }

  @Test(
    arguments: [
      ("Hello, world!", "<mask> <mask>"), ("well-being ... ok", "<mask> <mask> <mask>"),
      ("one", "<mask>"), ("  two\twords \n", "<mask> <mask>"), ("", ""), (" ", ""),
    ])
  func everyWordIsHidden(text: String, expected: String) throws {
    #expect(try texts("x").hidingAllWords(of: text) == expected)
  }

  @Test func namesStayWhereTheyAreTheQuestion() throws {
    let dialogue = [
      Turn("What a happy day", speaker: "Ann"), Turn("Indeed."), Turn("Happy us!", speaker: "Bob"),
    ]
    let utterances =
      dialogue.indices.map { Utterance($0, of: dialogue) } + [Utterance("happy", speaker: "Cid")]
    let texts = try texts("happy")
    func altered(_ bias: CounterfactualTexts.Bias) -> [Utterance] {
      texts.utterances(utterances, bias)
    }
    let m = "<mask>"
    for (bias, turns, alone) in [
      (
        CounterfactualTexts.Bias.label,
        [Turn("\(m) \(m) \(m) \(m)"), Turn(m), Turn("\(m) \(m)")], Turn(m)
      ),
      (
        .word,
        [
          Turn("What a \(m) day", speaker: "Ann"), Turn("Indeed."),
          Turn("\(m) us!", speaker: "Bob"),
        ], Turn(m, speaker: "Cid")
      ),
      (
        .speaker,
        [
          Turn("\(m) \(m) \(m) \(m)", speaker: "Ann"), Turn(m), Turn("\(m) \(m)", speaker: "Bob"),
        ], Turn(m, speaker: "Cid")
      ),
    ] {
      #expect(
        altered(bias) == turns.indices.map { Utterance($0, of: turns) }
          + [Utterance(0, of: [alone])], "\(bias)")
    }
  }

  @Test func aLexiconIsReadLineByLine() throws {
    let text = "\u{FEFF}# words\r\nHappy # for\r\n\n  sad\t\r\nDon\u{2019}t"
    let lexicon = try SentimentLexicon(Array(text.utf8), source: "words.txt")
    #expect(lexicon.words == ["happy", "sad", "don't"])
    #expect(lexicon.contains("HAPPY") && lexicon.contains("DON'T") && !lexicon.contains("for"))
    #expect(SentimentLexicon.builtIn.words.count > 300)
    #expect(SentimentLexicon.builtIn.contains("Wonderful"))
    #expect(!SentimentLexicon.builtIn.contains("table"))
  }

  @Test(
    arguments: [
      (
        Array("good\nvery good\n".utf8),
        "words.txt:2: 'very good' is more than one word; give each word a line of its own"
      ),
      (Array("# nothing\n\n".utf8), "words.txt: has no word; give one a line"),
      ([], "words.txt: has no word; give one a line"),
      (
        Array("good\nb".utf8) + [0xFF, 0x0A],
        "words.txt:2: is not valid UTF-8; save the file as UTF-8"
      ),
    ])
  func aBadLexiconIsRefusedByLine(bytes: [UInt8], message: String) {
    #expect {
      _ = try SentimentLexicon(bytes, source: "words.txt")
    } throws: {
      "\($0)" == message
    }
  }
}
