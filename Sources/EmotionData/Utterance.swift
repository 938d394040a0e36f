/// What one speaker says at one time.
public struct Turn: Sendable, Equatable {
  /// What is said, as it stands in the file.
  public let text: String
  /// Who says it, blanks around the name left out; nil where nobody is named.
  public let speaker: String?

  /// A turn.
  public init(_ text: String, speaker: String? = nil) {
    (self.text, self.speaker) = (text, speaker)
  }
}

/// An utterance where it stands: among the turns of its dialogue, or alone.
///
/// The utterances of one dialogue share its turns, so that many of them take no more memory.
public struct Utterance: Sendable, Equatable {
  /// The turns of its dialogue in their order, this one among them; at least one.
  public let dialogue: [Turn]
  /// Its place in `dialogue`.
  public let place: Int

  /// A turn of a dialogue; `place` is one of its indices.
  public init(_ place: Int, of dialogue: [Turn]) {
    precondition(dialogue.indices.contains(place), "an utterance is a turn of its dialogue")
    (self.dialogue, self.place) = (dialogue, place)
  }

  /// An utterance that stands alone.
  public init(_ text: String, speaker: String? = nil) {
    (dialogue, place) = ([Turn(text, speaker: speaker)], 0)
  }

  /// What is said.
  public var text: String { dialogue[place].text }
  /// Who says it.
  public var speaker: String? { dialogue[place].speaker }
  /// Whether there is more to it than its text.
  public var hasContext: Bool { dialogue.count > 1 || speaker != nil }
}

/// The columns that make rows the turns of dialogues; nil where there is none.
public struct DialogueColumns: Sendable, Equatable, Codable {
  /// Who speaks.
  public var speaker: String?
  /// Which dialogue a row belongs to: any text that its rows have in common, within one file.
  public var dialogue: String?
  /// A row's place in its dialogue, a number; without this column the order of the file holds.
  public var turn: String?

  /// Columns by header name, JSON key or place, as in `ColumnNames`.
  public init(speaker: String? = nil, dialogue: String? = nil, turn: String? = nil) {
    (self.speaker, self.dialogue, self.turn) = (speaker, dialogue, turn)
  }

  /// Whether there are none.
  public var isEmpty: Bool { self == DialogueColumns() }
}
