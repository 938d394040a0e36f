internal import EmotionData
internal import Encoders
public import Evaluation
internal import ObjectiveCatalogue
internal import Objectives
internal import Training

/// The README.md of a model folder, as model hubs show it: a function of the run alone.
public struct ModelCard: Sendable {
  /// The encoder that training started from.
  public let encoder: String
  /// The name of the data.
  public let data: String
  /// The program and its version.
  public let program: String

  /// A card for models trained from one encoder on one data set.
  public init(encoder: String, data: String, program: String) {
    (self.encoder, self.data, self.program) = (encoder, data, program)
  }

  /// The card as Markdown.
  ///
  /// - Parameters:
  ///   - folder: The model.
  ///   - validation: Its scores on the validation split.
  /// - Returns: The text, ending in a newline.
  public func text(_ folder: ModelFolder, validation: ClassificationReport) -> String {
    let settings = folder.settings
    let labels = zip(folder.labels.names, folder.labels.descriptions).map { name, description in
      "- **\(Self.plain(name))**: \(Self.plain(description))"
    }
    return """
      ---
      language: en
      tags:
      - emotion-classification
      - taco
      library_name: sentence-transformers
      pipeline_tag: feature-extraction
      ---

      # \(Self.plain(encoder)), fine-tuned by \(Self.method(settings)) for \(folder.labels.count) emotions

      Trained on \(Self.plain(data)) by \(program) (recipe \(settings.recipe.rawValue), learning rate
      \(settings.learningRate), batch \(settings.batchSize), seed \(settings.seed)). It chooses the one
      of \(folder.labels.count) emotions \(Self.rule(settings)).

      | split | utterances | accuracy | weighted-F1 | macro-F1 |
      |---|---:|---:|---:|---:|
      \(Self.row("validation", validation))

      Scores in percent; macro-F1 is the mean over all labels. Rare labels are far less sure than these
      means say: `taco-dist report` shows each. The labels' wording and balance are those of the training
      data; do not use the model to judge persons.

      ## Use

      With taco-dist, labels and scores:

          echo "Thank you so much!" | taco-dist predict THIS_FOLDER -
      \(Self.context(settings.dialogue))
      With sentence-transformers (`SentenceTransformer(THIS_FOLDER)`) and transformers (`AutoModel`, `AutoTokenizer`),
      the encoder alone: an utterance's row is \(settings.pooling.title), as it was trained. The heads\(Self.besideHeads(settings)), which make scores of rows, are in `taco.safetensors`, the settings in `taco.json`.

      Not with `pipeline("text-classification")` or `AutoModelForSequenceClassification`: they know no such heads
      and would answer from a new, random one.

      ## Labels

      \(labels.joined(separator: "\n"))

      """
  }

  /// A card with the scores on the test split below those on the validation split.
  ///
  /// A run that was resumed no longer knows the validation scores, but its card does.
  public static func adding(test: ClassificationReport, to card: String) -> String {
    var lines = card.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines.removeAll { $0.hasPrefix("| test |") }
    if let place = lines.firstIndex(where: { $0.hasPrefix("| validation |") }) {
      lines.insert(row("test", test), at: place + 1)
    }
    return lines.joined(separator: "\n")
  }

  /// What trained the model.
  private static func method(_ settings: TrainingSettings) -> String {
    settings.encodesLabels
      ? "TACO" : "taco-dist's objective \(plain(settings.objective.name))"
  }

  /// How it chooses a label.
  private static func rule(_ settings: TrainingSettings) -> String {
    settings.encodesLabels
      ? "whose embedding agrees best with that of an utterance"
      : "that its classifier gives the highest score"
  }

  /// What scores need beside the heads, with the line's end where labels have embeddings.
  private static func besideHeads(_ settings: TrainingSettings) -> String {
    settings.encodesLabels ? " and the\nlabels' embeddings" : ""
  }

  /// How a model reads dialogues; nothing for one that does not.
  private static func context(_ settings: DialogueSettings?) -> String {
    guard let settings else { return "" }
    let columns = [
      ("--speaker-column", settings.columns.speaker),
      ("--dialogue-column", settings.columns.dialogue), ("--turn-column", settings.columns.turn),
    ].compactMap { option, name in name.map { "`\(option)` (\(plain($0)))" } }
    return """

      It was trained on utterances with up to \(settings.past) turns of their dialogue before and \(settings.future)
      after them, and is less sure of lines alone. `taco-dist predict THIS_FOLDER FILE` finds them by the
      columns \(columns.joined(separator: ", ")).

      """
  }

  /// Names are anybody's text, and must not become a part of the page.
  private static func plain(_ text: String) -> String {
    markdownEscaped(text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
  }

  private static func row(_ split: String, _ report: ClassificationReport) -> String {
    "| \(split) | \(report.count) | \(percent(report.accuracy)) | \(percent(report.weightedF1)) | "
      + "\(percent(report.macroF1)) |"
  }

  private static func percent(_ value: Double) -> String {
    let hundredths = Int((10_000 * value).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}

extension Pooling {
  /// What it takes, in a sentence.
  fileprivate var title: String {
    switch self {
    case .first: "the first token"
    case .mean: "the mean of the tokens"
    case .last: "the last token"
    }
  }
}
