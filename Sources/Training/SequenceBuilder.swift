public import EmotionData
internal import Objectives
internal import Tensors
public import Tokenizers

/// Turns utterances and labels into the token sequences of the two towers.
public struct SequenceBuilder: Sendable {
  /// The special token between a label's name and its description.
  public static let marker = "[EMO]"

  /// Whether the marker is a token that the encoder did not have.
  public let addsMarker: Bool

  /// The tokenizer, which knows the marker.
  public let tokenizer: Tokenizer
  /// The marker's id.
  public let markerToken: Int32
  private let maximumLength: Int
  private let longestSequence: Int
  private let usesDescriptions: Bool
  private let encodesLabels: Bool
  private let readsViews: Bool
  private let dialogues: DialogueSequences?
  private let pairTask: PairTask?
  private let seed: UInt64
  private let hasTypes: Bool

  /// A builder; the marker is added to the tokenizer where it is missing.
  ///
  /// - Parameters:
  ///   - tokenizer: The encoder's tokenizer.
  ///   - settings: Decide truncation, and whether labels have sequences and descriptions.
  ///   - longestSequence: The positions that the encoder has.
  ///   - rows: The rows of the encoder's token embeddings: a new marker takes none of them.
  ///   - hasTypes: Whether the encoder tells two texts of a sequence apart by types.
  public init(
    _ tokenizer: Tokenizer, _ settings: TrainingSettings, longestSequence: Int, rows: Int = 0,
    hasTypes: Bool = false
  ) {
    pairTask = settings.objective(labelCount: 1).pairs
    (seed, self.hasTypes) = (settings.seed, hasTypes)
    var tokenizer = tokenizer
    let marker = settings.labelSeparator ?? Self.marker
    addsMarker = tokenizer.id(of: marker) == nil
    if addsMarker { tokenizer.reserve(upTo: rows) }
    markerToken = tokenizer.addSpecialToken(marker)
    self.tokenizer = tokenizer
    self.longestSequence = longestSequence
    maximumLength = min(settings.maximumLength, longestSequence)
    dialogues = settings.dialogue.map { [maximumLength] in
      DialogueSequences(tokenizer, $0, maximumLength: maximumLength)
    }
    usesDescriptions = settings.usesDescriptions
    encodesLabels = settings.encodesLabels
    readsViews = settings.readsViews
  }

  /// The sequences of texts that stand alone, in order; threads share the work.
  public func utterances(_ texts: [String], threads: Int = 1) -> [[Int32]] {
    utterances(texts.map { Utterance($0) }, threads: threads)
  }

  /// `[CLS] utterance [SEP]` for each utterance, in order; threads share the work.
  ///
  /// With settings of dialogues there are the turns around it too, as ``DialogueSequences`` has them.
  public func utterances(_ utterances: [Utterance], threads: Int = 1) -> [[Int32]] {
    let parts = max(1, min(threads, utterances.count / 256))
    let results = (0..<parts).map { _ in Part() }
    concurrently(parts) { index in
      let own = utterances[part(of: utterances.count, index, parts)]
      results[index].sequences =
        dialogues?.sequences(own)
        ?? own.map { tokenizer.encodeSequence($0.text, maximumLength: maximumLength) }
    }
    return results.flatMap(\.sequences)
  }

  /// The second view of each example, as its utterance is read; the utterance again where the data has none.
  ///
  /// None where the objective reads no views; threads share the work.
  public func views(_ examples: [Example], threads: Int = 1) -> [[Int32]] {
    readsViews ? utterances(examples.map(\.secondView), threads: threads) : []
  }

  /// `[CLS] name [EMO] description [SEP]` for each label, in id order; none without a label tower.
  public func labels(_ labels: LabelSet) -> [[Int32]] {
    guard encodesLabels else { return [] }
    return zip(labels.names, labels.descriptions).map { name, description in
      tokenizer.encodePair(
        name, marker: markerToken, usesDescriptions ? description : nil,
        maximumLength: longestSequence)
    }
  }

  /// Makes the pairs of steps that have them; nil where the objective has no such steps.
  public func pairs(_ labels: LabelSet) -> PairMaker? {
    guard let pairTask, let form = pairForm else { return nil }
    return PairMaker(
      pairTask, form, definitions: labels.descriptions.map(tokenizer.encode),
      maximumLength: maximumLength, seed: seed)
  }

  /// How two texts become one sequence; nil where the tokenizer knows no pairs or no mask.
  package var pairForm: PairForm? {
    guard let separators = tokenizer.listedPairSeparators,
      let mask = tokenizer.maskToken.flatMap({ tokenizer.id(of: $0) }),
      tokenizer.classificationToken != nil, tokenizer.separatorToken != nil
    else { return nil }
    return PairForm(
      separators: separators, hasTypes: hasTypes, mask: mask,
      special: tokenizer.specialTokens.union([markerToken]),
      // A new marker is the last token, and stands in no text.
      vocabularySize: addsMarker ? Int(markerToken) : tokenizer.vocabularySize)
  }

  /// What one thread wrote.
  private final class Part: @unchecked Sendable {
    var sequences: [[Int32]] = []
  }
}
