import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Tensors
import Training

/// A run's model on the test split of its data.
struct ScoredRun {
  /// The model.
  let folder: ModelFolder
  /// The data.
  let data: DataSet
  /// The test utterances' sequences.
  let sequences: [[Int32]]
  /// What the heads give for them, `[N, d]`.
  let embeddings: DoubleMatrix
  /// Scores and what follows from them.
  let test: ReportedRun.Test

  /// Scores the test split; collective.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - place: The data folder in place of that in config.yaml, or nil.
  ///   - session: All ranks.
  /// - Throws: `DataProblem` when model and data do not fit together; what opening them throws.
  init(_ run: RecordedRun, data place: String?, _ session: Session) throws {
    folder = try ModelFolder(of: run.url.path)
    data = try run.dataSet(insteadOf: place, labels: folder.labels)
    guard data.labels.names == folder.labels.names else {
      throw DataProblem("run \(run.name): the labels of the data are not those of the model.")
    }
    guard let split = data.test else {
      throw DataProblem("run \(run.name): its data has no test split.")
    }
    var shared = Fingerprints()
    try shared.add(folder, as: "model of \(run.name)")
    shared.add("test split of \(run.name)", split.examples)
    try session.requireEqual(shared)
    sequences = folder.sequences.utterances(
      split.examples.map(\.text), threads: session.threads)
    embeddings = try Scorer(folder.model, threads: session.threads, ranks: session.ranks)
      .embed(sequences, .utterances)
    let scores = folder.model.scores(embeddings, labels: folder.labelEmbeddings)
    test = try ReportedRun.Test(
      scores: LabelScores(scores.values.map { Float($0) }, labelCount: folder.labels.count),
      truth: split.examples.map(\.label), texts: split.examples.map(\.text),
      labelNames: folder.labels.names)
  }

  /// Truth and predictions.
  func rows() throws -> PredictedRows {
    try PredictedRows(
      truth: test.truth, predicted: test.predicted, labelCount: folder.labels.count)
  }
}
