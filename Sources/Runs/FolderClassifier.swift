public import Distribution
public import EmotionData
public import Tensors
public import Training

/// A model on disk that tells labels of utterances: what `predict`, `evaluate`, `report` and the library share.
public struct FolderClassifier<Ranks: Collectives> {
  /// The model.
  public let folder: ModelFolder
  private let classifier: Classifier<Ranks>
  private let threads: Int
  private let place: String

  /// A classifier.
  ///
  /// - Parameters:
  ///   - folder: The model.
  ///   - place: What messages call it.
  ///   - threads: Those of this rank.
  ///   - precision: How products with the encoder's weights are computed.
  ///   - ranks: All ranks.
  public init(
    _ folder: ModelFolder, of place: String, threads: Int, precision: ProductPrecision = .float32,
    ranks: Ranks
  ) {
    (self.folder, self.place, self.threads) = (folder, place, threads)
    classifier = Classifier(
      folder.model, labelEmbeddings: folder.labelEmbeddings, labelCount: folder.labels.count,
      threads: threads, precision: precision, ranks: ranks)
  }

  /// Embeds and scores utterances; collective.
  ///
  /// - Parameter utterances: N of them.
  /// - Returns: Embeddings and scores.
  /// - Throws: `NonFiniteModelError`, or what the ranks' exchange throws.
  public func classify(_ utterances: [Utterance]) throws -> Classification {
    try classify(sequences(of: utterances))
  }

  /// Embeds and scores sequences; collective.
  ///
  /// - Parameter sequences: N of them, made by ``sequences(of:)``.
  /// - Returns: Embeddings and scores.
  /// - Throws: `NonFiniteModelError`, or what the ranks' exchange throws.
  public func classify(_ sequences: [[Int32]]) throws -> Classification {
    do {
      return try classifier.classify(sequences)
    } catch let error as NonFiniteScores {
      throw NonFiniteModelError(error, in: folder, of: place)
    }
  }

  /// The token ids of utterances, in their order.
  public func sequences(of utterances: [Utterance]) -> [[Int32]] {
    folder.sequences.utterances(utterances, threads: threads)
  }
}
