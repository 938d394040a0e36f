import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import Runs
import Training

/// How a model's biases are taken from its scores (TFD).
struct DebiasOptions: ParsableArguments {
  @Flag(
    help:
      "Take the label's, the words' and the speaker's bias from the scores, with the weights that 'evaluate --find-debias' has stored."
  )
  var debias = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take them with these weights, of label, word and speaker bias, such as 0.2,-0.1,0.",
      valueName: "x,y,z"), transform: WeightTriple.parse)
  var debiasWeights: WeightTriple?

  @Option(
    help:
      "The sentiment words, a file of one a line; # starts a comment. (default: a built-in list of English words)",
    transform: Path.parse)
  var lexicon: Path?

  /// Refuses what does not go together; `finds` where weights are searched.
  func check(finds: Bool = false) throws {
    if debias {
      try Self.refuse(
        "--debias", beside: ["--debias-weights": debiasWeights != nil],
        "it takes the stored weights")
    }
    guard lexicon != nil else { return }
    try Self.require(
      "--lexicon", with: "--debias, --debias-weights or, in 'evaluate', --find-debias",
      finds || debias || debiasWeights != nil)
  }

  /// Whether weights are used.
  var isUsed: Bool { debias || debiasWeights != nil }

  /// Adds what all ranks must have the same of.
  func add(to shared: inout Fingerprints) {
    shared.add(options: [
      "debias": "\(debias)", "debias-weights": debiasWeights?.description ?? "not given",
      "lexicon": lexicon == nil ? "not given" : "given",
    ])
  }

  /// What alters utterances for a model, and the weights; collective.
  ///
  /// - Parameters:
  ///   - folder: The model.
  ///   - place: Where it is, as given.
  ///   - finds: Whether weights will be searched: then there are none yet.
  ///   - session: All ranks.
  ///   - input: Brings the lexicon, if rank 0 alone reads.
  /// - Returns: Nil where nothing is asked for.
  /// - Throws: A lexicon, weights or a tokenizer that cannot be used.
  func debiasing(
    _ folder: ModelFolder, of place: String, finds: Bool = false, _ session: Session,
    _ input: BroadcastInput?
  ) throws -> Debiasing? {
    guard isUsed || finds else { return nil }
    let words =
      try lexicon.map { path in
        try SentimentLexicon(contentsOf: (input?.path(path) ?? path).text)
      } ?? .builtIn
    var shared = Fingerprints()
    shared.add("lexicon", note: "\(words.words.count) words", words.digest)
    try session.requireEqual(shared)
    let texts = try folder.counterfactuals(words, of: place)
    if finds {
      try Debiasing.requireWritable(place, session)
      return Debiasing(texts: texts, weights: nil)
    }
    if let given = debiasWeights {
      guard given.weights.speaker == 0 || folder.readsSpeakers else {
        throw DataProblem(
          "--debias-weights \(given): \(place) reads no speakers, so there is no speaker bias; give 0 as the third.",
          code: ExitStatus.usage)
      }
      return Debiasing(texts: texts, weights: given.weights)
    }
    let stored = try Debiasing.stored(in: place, session)
    try stored.file.require(folder, words, file: stored.name)
    return Debiasing(texts: texts, weights: stored.file.weights)
  }
}

/// The weights of a command line.
struct WeightTriple: CustomStringConvertible, Equatable {
  let weights: DebiasWeights

  var description: String { "\(weights.label),\(weights.word),\(weights.speaker)" }

  /// Reads `x,y,z`.
  ///
  /// - Throws: `ValidationError` for anything but three numbers from -100 to 100.
  static func parse(_ argument: String) throws -> WeightTriple {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.filter { $0 != " " })
    }
    let valid = numbers.compactMap(\.self).filter { (-100...100).contains($0) }
    guard numbers.count == 3, valid.count == 3 else {
      throw ValidationError(
        "give three numbers from -100 to 100, of label, word and speaker bias, such as 0.2,-0.1,0.")
    }
    return WeightTriple(
      weights: DebiasWeights(label: valid[0], word: valid[1], speaker: valid[2]))
  }
}
