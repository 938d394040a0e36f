/// Utterances as TFD alters them: what a model says of them, it says out of habit.
///
/// The method is that of Tu and others (2023). A word is what stands between white space; words are joined by blanks. The turns around an utterance are altered as
/// it is, so that nothing that was to be hidden is read from the context.
public struct CounterfactualTexts: Sendable {
  /// The bias that the altered utterances lay bare.
  public enum Bias: String, Sendable, CaseIterable {
    /// Every word hidden, nobody named: what is left is how many words there are.
    case label
    /// Sentiment words hidden.
    case word
    /// Every word hidden, the speaker named.
    case speaker
  }

  /// What stands for a hidden word.
  public let mask: String
  /// The sentiment words.
  public let lexicon: SentimentLexicon

  /// Alters by a tokenizer's mask token and a lexicon.
  public init(mask: String, lexicon: SentimentLexicon) {
    (self.mask, self.lexicon) = (mask, lexicon)
  }

  /// Utterances in their order, altered; those of one dialogue still share its turns.
  public func utterances(_ utterances: [Utterance], _ bias: Bias) -> [Utterance] {
    var (original, altered): ([Turn], [Turn]) = ([], [])
    return utterances.map { utterance in
      if utterance.dialogue != original {
        original = utterance.dialogue
        altered = original.map { turn in
          switch bias {
          case .label: Turn(hidingAllWords(of: turn.text))
          case .word: Turn(hidingSentiment(of: turn.text), speaker: turn.speaker)
          case .speaker: Turn(hidingAllWords(of: turn.text), speaker: turn.speaker)
          }
        }
      }
      return Utterance(utterance.place, of: altered)
    }
  }

  /// A mask for each word, its punctuation hidden with it.
  public func hidingAllWords(of text: String) -> String {
    Self.words(of: text).map { _ in mask }.joined(separator: " ")
  }

  /// The text with a mask for each sentiment word; punctuation around it stays.
  ///
  /// A word is looked up as it stands, then without the punctuation at its ends, then in its parts between
  /// punctuation: `:)` and `well-being` may be in a lexicon, and `happy/sad` are two words.
  public func hidingSentiment(of text: String) -> String {
    Self.words(of: text).map { hidingSentiment(in: $0) }.joined(separator: " ")
  }

  private static func words(of text: String) -> [Substring] {
    text.split(whereSeparator: \.isWhitespace)
  }

  private func hidingSentiment(in word: Substring) -> String {
    if lexicon.contains(word) { return mask }
    guard let first = word.firstIndex(where: Self.isLetter),
      let last = word.lastIndex(where: Self.isLetter)
    else { return String(word) }
    let core = word[first...last]
    let (before, after) = (word[..<first], word[word.index(after: last)...])
    guard !lexicon.contains(core) else { return before + mask + after }
    return before + hidingParts(of: core) + after
  }

  /// Hides what is in the lexicon of the runs of letters; an apostrophe belongs to its run.
  private func hidingParts(of core: Substring) -> String {
    var (result, run) = ("", "")
    func finishRun() {
      result += lexicon.contains(run) ? mask : run
      run = ""
    }
    for character in core {
      if Self.isLetter(character) || Self.isApostrophe(character) {
        run.append(character)
      } else {
        finishRun()
        result.append(character)
      }
    }
    finishRun()
    return result
  }

  private static func isLetter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber
  }

  private static func isApostrophe(_ character: Character) -> Bool {
    character == "'" || character == "\u{2019}"
  }
}
