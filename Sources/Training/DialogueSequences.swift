public import EmotionData
public import Tokenizers

/// Turns utterances with their context into token sequences, in EmoBERTa's form:
/// `[CLS] past [SEP] utterance [SEP] future [SEP]`, with the separators that the family has between two texts, a line end for decoders.
///
/// A turn is `NAME: text`, white space around both left out; turns of one side have a blank between them. A side
/// that is asked for has its separator even where the dialogue has no such turn, as the authors have it: the model
/// sees which part is the utterance. Segment ids play no part.
public struct DialogueSequences: Sendable {
  private let tokenizer: Tokenizer
  private let separators: [Int32]
  private let settings: DialogueSettings
  private let maximumLength: Int

  /// Sequences of at most `maximumLength` tokens, special ones included.
  public init(_ tokenizer: Tokenizer, _ settings: DialogueSettings, maximumLength: Int) {
    self.tokenizer = tokenizer
    separators = tokenizer.pairSeparators
    self.settings = settings
    self.maximumLength = maximumLength
  }

  /// The sequences of utterances, in order; those of one dialogue should follow one another.
  public func sequences(_ utterances: some Collection<Utterance>) -> [[Int32]] {
    var turns = TurnTokens([])
    return utterances.map { utterance in
      if turns.dialogue != utterance.dialogue { turns = TurnTokens(utterance.dialogue) }
      return sequence(of: utterance.place, &turns)
    }
  }

  /// The nearest turns are taken first, past and future in turn, each whole.
  ///
  /// The first one without room ends the context. Only an utterance that alone is too long is cut, at its end.
  private func sequence(of place: Int, _ turns: inout TurnTokens) -> [Int32] {
    let own = tokens(&turns, place, isFirst: true)
    let sides = [settings.past, settings.future].count { $0 > 0 }
    let frame = tokenizer.endCount + sides * separators.count
    guard frame < maximumLength else { return tokenizer.wrap(own, maximumLength: maximumLength) }
    let (first, last) = context(of: place, room: maximumLength - frame - own.count, &turns)
    var ids: [Int32] = []
    if settings.past > 0 {
      for turn in first..<place { ids += tokens(&turns, turn, isFirst: turn == first) }
      ids += separators
    }
    ids += own.prefix(maximumLength - frame)
    if settings.future > 0 {
      ids += separators
      for turn in place + 1..<last + 1 { ids += tokens(&turns, turn, isFirst: turn == place + 1) }
    }
    return tokenizer.wrap(ids, maximumLength: maximumLength)
  }

  /// The first and the last turn that are read with the one at `place`; `room` is what is left for their tokens.
  private func context(
    of place: Int, room: Int, _ turns: inout TurnTokens
  ) -> (first: Int, last: Int) {
    var (first, last, room) = (place, place, room)
    for distance in 1..<max(settings.past, settings.future, 0) + 1 {
      let (before, after) = (place - distance, place + distance)
      let isBefore = distance <= settings.past && before >= 0
      let isAfter = distance <= settings.future && after < turns.dialogue.count
      guard isBefore || isAfter else { break }
      if isBefore {
        // The turn that was the side's first one gets a blank before it.
        var cost = tokens(&turns, before, isFirst: true).count
        if first < place {
          cost +=
            tokens(&turns, first, isFirst: false).count - tokens(&turns, first, isFirst: true).count
        }
        guard cost <= room else { break }
        (first, room) = (before, room - cost)
      }
      if isAfter {
        let cost = tokens(&turns, after, isFirst: distance == 1).count
        guard cost <= room else { break }
        (last, room) = (after, room - cost)
      }
    }
    return (first, last)
  }

  private func tokens(_ turns: inout TurnTokens, _ place: Int, isFirst: Bool) -> [Int32] {
    let kept = isFirst ? turns.first[place] : turns.later[place]
    if let kept { return kept }
    let text = (isFirst ? "" : " ") + text(of: turns.dialogue[place])
    let ids = tokenizer.encode(text)
    if isFirst { turns.first[place] = ids } else { turns.later[place] = ids }
    return ids
  }

  private func text(of turn: Turn) -> String {
    let text = turn.text.trimmingWhiteSpace
    guard let name = turn.speaker else { return text }
    return "\(settings.speakerNames == .upper ? name.uppercased() : name): \(text)"
  }
}

/// The turns of a dialogue as tokens, made when they are first wanted: at the start of a side, and after a blank.
private struct TurnTokens {
  let dialogue: [Turn]
  var first, later: [[Int32]?]

  init(_ dialogue: [Turn]) {
    self.dialogue = dialogue
    first = Array(repeating: nil, count: dialogue.count)
    later = first
  }
}

extension String {
  /// Without the white space at both ends.
  fileprivate var trimmingWhiteSpace: String {
    let start = drop(while: \.isWhitespace)
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...end])
  }
}
