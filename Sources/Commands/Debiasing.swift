import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Runs
import SystemErrors
import SystemPackage
import Training

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
  ///   - classifier: Of the model.
  ///   - truth: The true labels, to find weights by where there are none.
  /// - Returns: The scores and their weights.
  /// - Throws: `DataProblem` for weights that make a score infinite; what scoring throws.
  func debiased<Ranks>(
    _ plain: LabelScores, _ utterances: [Utterance], _ classifier: FolderClassifier<Ranks>,
    truth: [Int] = []
  ) throws -> (scores: LabelScores, weights: DebiasWeights) {
    let scores = try classifier.biasScores(utterances, plain: plain, texts)
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
          "--find-debias: \(folder): \(DebiasFile.name) cannot be written there: \(Errno.last). "
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
