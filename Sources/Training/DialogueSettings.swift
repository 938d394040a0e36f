public import EmotionData
public import Settings

/// How an utterance is read with others of its dialogue; stored with the model, which is used in the same way.
public struct DialogueSettings: Sendable, Codable, Equatable {
  /// How names stand before what is said.
  public enum SpeakerNames: String, SettingValue, CaseIterable, Codable {
    /// In capitals, as EmoBERTa has them.
    case upper
    /// As they stand in the file.
    case kept
  }

  /// The columns that the model was trained with.
  public var columns = DialogueColumns()
  /// The most turns before the utterance.
  public var past = 0
  /// The most turns after it.
  public var future = 0
  /// How names stand before what is said.
  public var speakerNames = SpeakerNames.upper

  /// No context, no names.
  public init() {}

  /// Whether an utterance is anything but its text.
  var hasEffect: Bool { past != 0 || future != 0 || columns.speaker != nil }
}

/// Context as settings of a run: they have no value in a run without it, whose files are those of a program that
/// knows no dialogues.
extension TrainingSettings {
  /// The turns before the utterance.
  public static let pastSetting = Setting(
    "past", \Self.past, "Read an utterance with up to so many turns before it.", standard: "0",
    valueName: "turns", accepts: acceptTurns)

  /// The turns after the utterance.
  public static let futureSetting = Setting(
    "future", \Self.future, "Read an utterance with up to so many turns after it.",
    standard: "0", valueName: "turns", accepts: acceptTurns)

  /// How names stand before what is said.
  public static let speakerNamesSetting = Setting(
    "speaker-names", \Self.speakerNames,
    "The speakers' names in capitals, as EmoBERTa has them, or as they stand in the file.",
    standard: "upper", valueName: "form")

  static let dialogueSettings: [AnySetting<Self>] = [
    AnySetting(pastSetting), AnySetting(futureSetting), AnySetting(speakerNamesSetting),
  ]

  /// Takes the columns of dialogues, and forgets settings of context that change nothing.
  ///
  /// - Parameter columns: Where speakers, dialogues and turns stand.
  public mutating func readDialogues(_ columns: DialogueColumns) {
    var given = dialogue ?? DialogueSettings()
    given.columns = columns
    dialogue = given.hasEffect ? given : nil
  }

  package var past: Int? {
    get { dialogue?.past }
    set { change { $0.past = newValue ?? 0 } }
  }

  package var future: Int? {
    get { dialogue?.future }
    set { change { $0.future = newValue ?? 0 } }
  }

  package var speakerNames: DialogueSettings.SpeakerNames? {
    get { dialogue?.speakerNames }
    set { change { $0.speakerNames = newValue ?? .upper } }
  }

  private mutating func change(_ body: (inout DialogueSettings) -> Void) {
    var value = dialogue ?? DialogueSettings()
    body(&value)
    dialogue = value
  }

  private static let acceptTurns: @Sendable (Int?, Self) -> Setting<Self, Int?>.Expectation = {
    turns, settings in
    guard let turns, turns != 0 else { return .met }
    guard (0...1_000_000).contains(turns) else { return .wanted("0 to 1000000") }
    return settings.dialogue?.columns.dialogue != nil
      ? .met : .wanted("--dialogue-column too, the column that tells dialogues apart")
  }
}
