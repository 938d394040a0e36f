import ArgumentParser
import EmotionData
import Evaluation
import Foundation
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
      "--lexicon", with: "--debias or --debias-weights",
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

/// What takes biases from a model's scores.
struct Debiasing {
  /// Alters utterances.
  let texts: CounterfactualTexts
  /// The weights; nil where they are to be found.
  let weights: DebiasWeights?

  /// Scores without the biases; collective.
  ///
  /// - Parameters:
  ///   - plain: The scores of the utterances as they are.
  ///   - utterances: The utterances.
  ///   - folder: The model.
  ///   - scorer: Of the model.
  ///   - threads: Those of this rank.
  ///   - place: What messages call the model.
  ///   - truth: The true labels, to find weights by where there are none.
  /// - Returns: The scores and their weights.
  /// - Throws: `DataProblem` for weights that make a score infinite; what scoring throws.
  func debiased<Ranks>(
    _ plain: LabelScores, _ utterances: [Utterance], _ folder: ModelFolder,
    _ scorer: Scorer<Ranks>, threads: Int, of place: String, truth: [Int] = []
  ) throws -> (scores: LabelScores, weights: DebiasWeights) {
    let scores = try folder.biasScores(
      utterances, plain: plain, texts, scorer, threads: threads, of: place)
    let weights = try weights ?? scores.bestWeights(truth: truth)
    do {
      return (try scores.debiased(by: weights), weights)
    } catch EvaluationError.nonFiniteScore(_, let row, _) {
      throw DataProblem(
        "--debias-weights: the scores of row \(row), counted from 0, grow too large with them; give smaller ones."
      )
    }
  }

  /// What rank 0 finds in the model's folder, known to all; collective.
  static func stored(in place: String, _ session: Session) throws -> (
    file: DebiasFile, name: String
  ) {
    struct Found: Codable {
      var name = ""
      var data: Data?
      var problem: String?
    }
    var own: Found?
    if session.isRoot {
      let file = ModelFolder.place(of: place).appendingPathComponent(DebiasFile.name)
      var found = Found(name: file.path)
      if FileManager.default.fileExists(atPath: file.path) {
        do {
          found.data = Data(try FileContents.read(file.path))
        } catch {
          found.problem = error.description
        }
      } else {
        found.problem =
          "\(place): no weights are stored with the model (\(DebiasFile.name)); "
          + "\(DebiasFile.remedy.replacingOccurrences(of: "them anew", with: "them")), or give --debias-weights."
      }
      own = found
    }
    let found = try session.ranks.collect(own)[0]
    guard let found, let data = found.data else {
      throw DataProblem(found?.problem ?? "\(place): \(DebiasFile.name) cannot be read.")
    }
    return (try DebiasFile(data, file: found.name), found.name)
  }

  /// Refuses a model folder that weights cannot be written to, before anything is searched; collective.
  static func requireWritable(_ place: String, _ session: Session) throws {
    var problem: String?
    if session.isRoot {
      let folder = ModelFolder.place(of: place).path
      if access(folder, W_OK) != 0 {
        problem =
          "--find-debias: \(folder): \(DebiasFile.name) cannot be written there: \(String(cString: strerror(errno))). "
          + "Copy the model to a place of your own."
      }
    }
    if let problem = try session.ranks.collect(problem)[0] {
      throw DataProblem(problem, code: ExitStatus.failure)
    }
  }

  /// Stores what was found with the model; rank 0 writes, all learn whether it could, collective.
  ///
  /// - Parameters:
  ///   - record: Weights and scores on the validation rows.
  ///   - rows: How many rows these are.
  ///   - folder: The model.
  ///   - place: Where it is, as given.
  ///   - session: All ranks.
  /// - Throws: The system's answer where it cannot be written.
  func store(
    _ record: DebiasRecord, rows: Int, _ folder: ModelFolder, in place: String, _ session: Session
  ) throws {
    var problem: String?
    if session.isRoot {
      let file = try DebiasFile(record, rows: rows, texts.lexicon, of: folder)
      do {
        try file.write(to: ModelFolder.place(of: place))
      } catch {
        problem = "--find-debias: \(error)"
      }
    }
    if let problem = try session.ranks.collect(problem)[0] {
      throw DataProblem(problem, code: ExitStatus.failure)
    }
  }
}
