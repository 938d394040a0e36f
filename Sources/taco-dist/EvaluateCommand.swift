import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Tensors
import Training

/// `evaluate`: a trained model's scores on labelled utterances.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure a trained model on labelled utterances.",
    usage: "taco-dist evaluate <model> [<options>]",
    discussion: """
      Prints accuracy, weighted-F1, macro-F1 over all labels and over those that occur \
      (scikit-learn's default), every label's scores, and the entropy of the top-k scores. --json adds \
      the confusion matrix and the whole entropy curve.
      """)

  @Argument(help: "A run folder of 'train', or the model folder in it.")
  var model: String

  @Option(
    help:
      "A .csv, .tsv or .jsonl file, or one of a release that 'data' knows. (default: the sample corpus's test split)"
  )
  var data: String?

  @Option(help: "The column that holds the text.")
  var textColumn = "text"

  @Option(help: "The column that holds the label, as id or name.")
  var labelColumn = "label"

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var inputs: InputOptions

  @OptionGroup var options: SessionOptions

  func run() throws {
    Session.run(threads: options.threads, timeout: options.timeout) { session in
      let input = try inputs.broadcastInput ? BroadcastInput(session) : nil
      let folder = try ModelFolder(of: model, input)
      let place = try data.map { try input?.path($0) ?? $0 }
      let examples = try readExamples(place, folder.labels)
      try input?.finish()
      let scores = try Scorer(folder.model, threads: session.threads, ranks: session.ranks).scores(
        folder.sequences.utterances(examples.map(\.text), threads: session.threads),
        labels: folder.labelEmbeddings)
      let report = try ClassificationReport(
        truth: examples.map(\.label),
        scores: LabelScores(scores.values.map { Float($0) }, labelCount: folder.labels.count),
        labelNames: folder.labels.names)
      guard session.isRoot else { return }
      if json { return print(try report.json()) }
      print(report.table())
      print(report.summary)
    }
  }

  private func readExamples(_ data: String?, _ labels: LabelSet) throws -> [Example] {
    if let data {
      return try EmotionData.readExamples(
        file: URL(fileURLWithPath: data), labels: labels,
        columns: ColumnNames(text: textColumn, label: labelColumn))
    }
    let sample = DataSet.sample
    guard labels.names == sample.labels.names else {
      throw DataProblem(
        "--data is missing, and the model's labels are not the sample corpus's.",
        code: ExitStatus.usage)
    }
    return sample.test?.examples ?? []
  }
}
