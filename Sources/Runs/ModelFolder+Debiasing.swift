public import EmotionData
public import Evaluation
internal import Foundation
internal import Safetensors
internal import Tensors
internal import Tokenizers
internal import Training

extension ModelFolder {
  /// Alters utterances as TFD wants them, by this model's mask token.
  ///
  /// - Parameters:
  ///   - lexicon: The sentiment words.
  ///   - place: What messages call the model.
  /// - Returns: What alters them.
  /// - Throws: `ModelFolderError` when the tokenizer has no mask token.
  public func counterfactuals(
    _ lexicon: SentimentLexicon, of place: String
  ) throws -> CounterfactualTexts {
    guard let mask = sequences.tokenizer.maskToken else {
      throw ModelFolderError(
        "\(place): its tokenizer has no mask token, which debiasing hides words with. Use the model without it, or one "
          + "whose encoder was trained with masks, such as BERT or RoBERTa.")
    }
    return CounterfactualTexts(mask: mask, lexicon: lexicon)
  }

  /// Whether the model was trained with the speakers' names, so that it may have a speaker bias.
  public var readsSpeakers: Bool { settings.dialogue?.columns.speaker != nil }

  /// A digest of all that decides the model's scores: labels, settings, tokenizer, encoder, weights, label embeddings.
  ///
  /// - Throws: When a part cannot be written as JSON.
  public var fingerprint: String {
    get throws {
      var fingerprints = Fingerprints()
      try fingerprints.add(self, as: "model")
      let parts = fingerprints.parts.map { "\($0.name)=\($0.value)\n" }.joined()
      // They follow from the rest when a model is trained, but they are read from a file.
      let embeddings = labelEmbeddings.values.withUnsafeBytes { SHA256.digest(of: Data($0)) }
      return SHA256.digest(of: Data((parts + embeddings).utf8))
    }
  }
}

extension SentimentLexicon {
  /// The SHA-256 of the words, whatever their order and comments.
  public var digest: String {
    SHA256.digest(of: Data(words.sorted().map { $0 + "\n" }.joined().utf8))
  }
}

extension FolderClassifier {
  /// The scores of utterances as they are and as TFD alters them, on every rank; collective.
  ///
  /// - Parameters:
  ///   - utterances: The utterances.
  ///   - plain: Their scores as they are, `[N, E]`.
  ///   - counterfactuals: What alters them.
  /// - Returns: The scores, `[N, E]` each.
  /// - Throws: `NonFiniteModelError`, or what the ranks' exchange throws.
  public func biasScores(
    _ utterances: [Utterance], plain: LabelScores, _ counterfactuals: CounterfactualTexts
  ) throws -> BiasScores {
    func scores(_ bias: CounterfactualTexts.Bias) throws -> LabelScores {
      let altered = sequences(of: counterfactuals.utterances(utterances, bias))
      // Without their words most utterances are the same as many others; each is encoded once.
      var places: [[Int32]: Int] = [:]
      var distinct: [[Int32]] = []
      let origin = altered.map { sequence in
        if let place = places[sequence] { return place }
        places[sequence] = distinct.count
        distinct.append(sequence)
        return distinct.count - 1
      }
      let found = try classify(distinct).scores
      return try LabelScores(origin.flatMap { found[$0] }, labelCount: found.labelCount)
    }
    return BiasScores(
      plain: plain, label: try scores(.label), word: try scores(.word),
      speaker: try folder.readsSpeakers ? scores(.speaker) : nil)
  }
}
