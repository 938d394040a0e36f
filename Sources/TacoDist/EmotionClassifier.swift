internal import Distribution
internal import EmotionData
internal import Evaluation
public import Foundation
internal import Objectives
internal import Runs
internal import Tensors
internal import Training

/// A trained model that tells emotions in text; works in one process, without MPI.
///
/// ```swift
/// let classifier = try EmotionClassifier(contentsOf: URL(fileURLWithPath: "run/model"))
/// for emotion in try classifier.classify("Thank you so much!", top: 3) {
///   print(emotion.label, emotion.probability)
/// }
/// ```
///
/// A classifier holds the model's weights once; threads may share it.
public struct EmotionClassifier: Sendable {
  /// A label and how well it suits an utterance.
  public struct Emotion: Sendable, Hashable {
    /// The label's name.
    public let label: String

    /// The label's id, its place in ``EmotionClassifier/labels``.
    public let id: Int

    /// The dot product of the utterance's and the label's embeddings (equation 2).
    public let score: Float

    /// The share of the softmax over all labels, in 0...1.
    public let probability: Double
  }

  /// The names of the labels, in id order, `E` of them.
  public let labels: [String]

  /// The size of an embedding, `d`.
  public var embeddingSize: Int { folder.model.outputSize }

  private let folder: ModelFolder
  private let threads: Int

  /// Opens a model that `taco-dist train` wrote.
  ///
  /// - Parameters:
  ///   - folder: `RUN/model`, with `taco.json` in it.
  ///   - threads: How many threads share the work of one call.
  /// - Throws: An error whose description names the file or tensor that is wrong and what to do.
  public init(
    contentsOf folder: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    self.folder = try ModelFolder(contentsOf: folder)
    self.threads = max(1, threads)
    labels = self.folder.labels.names
  }

  /// The best labels of one utterance, the best first.
  ///
  /// - Parameters:
  ///   - text: The utterance.
  ///   - top: How many labels, at least 1; at most all are given.
  /// - Returns: `min(top, E)` labels.
  /// - Throws: `ClassifierError` when the model's weights give no finite scores.
  public func classify(_ text: String, top: Int = 1) throws -> [Emotion] {
    try classify([text], top: top)[0]
  }

  /// The best labels of each utterance, the best first; much faster than one call for each.
  ///
  /// - Parameters:
  ///   - texts: The utterances.
  ///   - top: How many labels, at least 1; at most all are given.
  /// - Returns: `min(top, E)` labels for each utterance, in their order.
  /// - Throws: `ClassifierError` when the model's weights give no finite scores.
  public func classify(_ texts: [String], top: Int = 1) throws -> [[Emotion]] {
    try classify(texts.map { Utterance($0) }, top)
  }

  /// What one speaker says at one time.
  public struct Turn: Sendable, Hashable {
    /// Who speaks; nil where nobody is named.
    public let speaker: String?
    /// What is said.
    public let text: String

    /// A turn.
    public init(speaker: String? = nil, _ text: String) {
      (self.speaker, self.text) = (speaker, text)
    }
  }

  /// The best labels of each turn of a dialogue, the best first, read with the turns around it as in training.
  ///
  /// A model that was trained on single utterances takes each turn's text alone.
  ///
  /// - Parameters:
  ///   - dialogue: The turns in their order.
  ///   - top: How many labels, at least 1; at most all are given.
  /// - Returns: `min(top, E)` labels for each turn, in their order.
  /// - Throws: `ClassifierError` when the model's weights give no finite scores.
  public func classify(dialogue: [Turn], top: Int = 1) throws -> [[Emotion]] {
    let turns = dialogue.map { EmotionData.Turn($0.text, speaker: $0.speaker) }
    return try classify(turns.indices.map { Utterance($0, of: turns) }, top)
  }

  private func classify(_ utterances: [Utterance], _ top: Int) throws -> [[Emotion]] {
    precondition(top > 0, "the number of labels must be positive")
    let scores: LabelScores
    do {
      scores = try classifier.classify(utterances).scores
    } catch {
      throw ClassifierError(description: "\(error)")
    }
    return utterances.indices.map { row in
      let shares = scores.probabilities(ofRow: row)
      return scores.ranking(ofRow: row).prefix(top).map { id in
        Emotion(
          label: labels[id], id: id, score: scores[row][scores[row].startIndex + id],
          probability: shares[id])
      }
    }
  }

  /// The embeddings of utterances, in which near means alike in emotion.
  ///
  /// - Parameter texts: The utterances.
  /// - Returns: `[N][d]`, in their order.
  /// - Throws: Nothing in one process; what the ranks' exchange throws elsewhere.
  public func embeddings(of texts: [String]) throws -> [[Float]] {
    let rows = try Scorer(folder.model, threads: threads, ranks: SingleRank())
      .embed(classifier.sequences(of: texts.map { Utterance($0) }), .utterances)
    return texts.indices.map { row in rows.row(row).map { Float($0) } }
  }

  private var classifier: FolderClassifier<SingleRank> {
    FolderClassifier(folder, of: "the model", threads: threads, ranks: SingleRank())
  }
}

/// A model that cannot classify.
public struct ClassifierError: Error, CustomStringConvertible, Sendable {
  /// What is wrong.
  public let description: String
}
