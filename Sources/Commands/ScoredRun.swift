import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Runs
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
    try run.requireTestRows(split, of: place)
    var shared = Fingerprints()
    try shared.add(folder, as: "model of \(run.name)")
    shared.add("test split of \(run.name)", split.examples)
    try session.requireEqual(shared)
    let classifier = FolderClassifier(
      folder, of: "run \(run.name)", threads: session.threads, ranks: session.ranks)
    sequences = classifier.sequences(of: split.examples.map(\.utterance))
    let found = try classifier.classify(sequences)
    embeddings = found.embeddings
    test = try ReportedRun.Test(
      scores: found.scores, truth: split.examples.map(\.label), texts: split.examples.map(\.text),
      labelNames: folder.labels.names)
  }

  /// Truth and predictions.
  func rows() throws -> PredictedRows {
    try PredictedRows(
      truth: test.truth, predicted: test.predicted, labelCount: folder.labels.count)
  }
}

/// A test split that is not the one of the run's recorded scores.
struct OtherTestRows: Error, CustomStringConvertible {
  let description: String
}

extension RecordedRun {
  /// Refuses test rows that are not those of the recorded scores, as far as the run knows them.
  ///
  /// - Parameters:
  ///   - split: The rows.
  ///   - place: The data folder in place of that in config.yaml, or nil.
  /// - Throws: `OtherTestRows`.
  fileprivate func requireTestRows(_ split: DataSplit, of place: String?) throws {
    let file = url.appendingPathComponent(RunFolder.fingerprintFile)
    guard let contents = FileManager.default.contents(atPath: file.path),
      let before = try? JSONDecoder().decode(Fingerprints.self, from: contents)
    else { return }
    var now = Fingerprints()
    now.add(Fingerprints.Name.test, split.examples)
    guard let change = now.changes(since: before, "when the run was made").first else { return }
    throw OtherTestRows(
      description: terminalSafe(
        "run \(name): \(place ?? command.data?.text ?? "the sample corpus"): not the test rows that its "
          + "scores in metrics.jsonl are of (\(file.path)): \(change.text). Bring the old rows back, say with "
          + "--data where they are, or use 'taco-dist evaluate' for the new ones."))
  }
}
