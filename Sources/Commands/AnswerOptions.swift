import ArgumentParser
import EmotionData
import Evaluation
import Foundation

/// A language model's answers in the place of a model.
struct AnswerOptions: ParsableArguments {
  @Option(
    help: """
      A language model's answers to the requests of 'prompt': one a line, in the order of the rows, or the JSON lines \
      of a batch's output, in any order.
      """, transform: Path.parse)
  var answers: Path?

  @Option(
    help:
      "The labels that are answered with: a built-in set or a file, as for 'prompt'. (default: those of the release)",
    transform: Path.parse)
  var labels: Path?

  @Flag(help: "Count rows without an answer as wrong, instead of refusing the file.")
  var missingAsWrong = false

  func validate() throws {
    if labels != nil { try Self.require("--labels", with: "--answers", answers != nil) }
    if missingAsWrong {
      try Self.require("--missing-as-wrong", with: "--answers", answers != nil)
    }
  }

  /// The labels, by option, release or sample corpus.
  func labelSet(for data: Path?, _ rows: RowOptions) throws -> LabelSet {
    try rows.labelSet(labels, for: data)
  }

  /// The answers in the order of the rows; nil where there is none.
  func read(count: Int) throws -> [String?] {
    guard let answers else { return [] }
    return try readAnswers(file: answers.url, count: count, acceptsMissing: missingAsWrong)
  }

  /// Answers as scores of a model.
  func measured(
    _ answers: [String?], _ examples: [Example], _ labels: LabelSet
  ) throws -> EvaluateCommand.Measured {
    if let (one, other) = LabelFinder.twins(labels.names) {
      throw DataProblem(
        "the labels '\(one)' and '\(other)' differ in case or punctuation alone: answers do not tell them apart. Give "
          + "one of them another name.")
    }
    let finder = LabelFinder(labelNames: labels.names)
    var counts = AnswerCounts()
    let named = answers.map { counts.count($0.map(finder.labels)) }
    let truth = examples.map(\.label)
    return (
      try ClassificationReport(
        truth: truth, answers: named, labelNames: labels.names, counts: counts),
      try PredictedRows(truth: truth, answers: named, labelCount: labels.count)
    )
  }
}

extension Metric {
  /// As JSON reports name it.
  var jsonName: String {
    switch self {
    case .accuracy: "accuracy"
    case .weightedF1: "weighted_f1"
    case .macroF1: "macro_f1"
    }
  }
}
