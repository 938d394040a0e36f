import ArgumentParser
import Evaluation
import Foundation
import MessagePassing
import Training

extension ResultTable.Format: ExpressibleByArgument {}

/// `table`: the paper's result tables from run folders.
struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Print the scores of runs as the paper's tables do.",
    discussion: """
      Runs that differ in the seed alone make one row: mean and sample standard deviation of their \
      test scores. Rows are named as in the paper (TACO, w/o LDL, w/o CCL, w/o CG, w/o DES), and by \
      every other option in which the runs differ. --against compares each run with another one on the \
      same test rows: McNemar's test of accuracy, permutation test of macro-F1.
      """)

  /// The split whose scores are told.
  enum Split: String, ExpressibleByArgument, CaseIterable {
    case test, valid
  }

  @Argument(
    help: "Run folders of 'train', or folders of runs, as 'sweep' makes them.",
    transform: Path.parse)
  var runs: [Path]

  @Option(help: "How the table is written; latex wants the package booktabs.")
  var format = ResultTable.Format.text

  @Option(
    help: "Scores of the test split, or of the validation split where the kept model was best.")
  var split = Split.test

  @Flag(help: "Add 95 % bootstrap intervals over test rows; needs the runs' models and data.")
  var intervals = false

  @Option(
    help: "A run to compare each run with; needs the runs' models and data.",
    transform: Path.parse)
  var against: Path?

  @Flag(
    help:
      "Put the paper's scores beside those of the same system and data, and by how much the runs differ from them."
  )
  var paper = false

  @Flag(
    help: "Print every step of every run as CSV instead: losses, learning rate, seconds, scores.")
  var steps = false

  @OptionGroup var formulas: FormulaOptions

  @Option(
    help: "The data folder, where it is no longer where config.yaml says.",
    transform: Path.parse)
  var data: Path?

  @OptionGroup var options: SessionOptions

  func validate() throws {
    if intervals { try Self.require("--intervals", with: "--split test", split == .test) }
    if against != nil { try Self.require("--against", with: "--split test", split == .test) }
    if paper {
      try Self.require("--paper", with: "--split test", split == .test)
      try Self.refuse("--paper", beside: ["--against": against != nil], "both take the last column")
    }
    if formulas.escapeFormulas {
      try Self.require(
        "--escape-formulas", with: "--format csv or --steps", format == .csv || steps)
    }
    if steps {
      try Self.refuse(
        "--steps",
        beside: ["--intervals": intervals, "--against": against != nil, "--paper": paper],
        "it prints steps alone")
    }
  }

  func run() throws {
    let recorded = try RecordedRun.folders(runs.map(\.text)).map(RecordedRun.init)
    let opponent = try against.map { try RecordedRun($0.text) }
    Session.run(threads: options.threads, timeout: options.timeout) { session in
      try session.requireEqual(
        recorded,
        [
          "intervals": "\(intervals)", "steps": "\(steps)", "paper": "\(paper)",
          "against": against == nil ? "not given" : "given",
        ])
      if steps {
        if session.isRoot { printSteps(recorded) }
        return
      }
      let variants = try VariantGroups(recorded, scores: scores, separate: opponent != nil) {
        if session.isRoot { printError($0) }
      }
      let comparer = try opponent.map { try ScoredRun($0, data: data?.text, session).rows() }
      let rows = try variants.groups.map { try row($0, comparer, session) }
      guard session.isRoot else { return }
      let title = opponent.map { "against \($0.name)" } ?? (paper ? PaperRow.title : "")
      print(
        ResultTable(rows, comparisonTitle: title).text(format, safe: formulas.safe), terminator: "")
    }
  }

  private func scores(_ run: RecordedRun) -> RunHistory.Scores? {
    split == .test ? run.history.test : run.history.best
  }

  private func printSteps(_ runs: [RecordedRun]) {
    let names = RecordedRun.distinctNames(runs).map(formulas.safe)
    let table = StepTable(zip(names, runs).map { (name: $0, history: $1.history) })
    for line in table.lines { print(line) }
  }

  /// One row; collective where models are needed.
  private func row(
    _ group: VariantGroups.Group, _ comparer: PredictedRows?, _ session: Session
  ) throws -> ResultTable.Row {
    var found: [PredictedRows] = []
    if intervals || comparer != nil {
      found = try group.runs.map { try ScoredRun($0, data: data?.text, session).rows() }
    }
    var bounds: [Metric: ClosedRange<Double>] = [:]
    if intervals, session.isRoot {
      for metric in Metric.allCases {
        bounds[metric] = PredictedRows.interval(ofMean: found, metric)
      }
    }
    var comparison = ""
    if let comparer, let ours = found.first, session.isRoot {
      comparison = try Self.text(ModelComparison(ours, against: comparer))
    }
    let scores = group.runs.compactMap(self.scores)
    if paper, let run = group.runs.first { comparison = PaperRow(run)?.text(beside: scores) ?? "" }
    return ResultTable.Row(
      group: group.data, name: group.name,
      scores: Dictionary(
        uniqueKeysWithValues: Metric.allCases.map { metric in
          (metric, scores.map { $0.value(metric) })
        }),
      intervals: bounds, comparison: comparison)
  }

  /// Differences in points and the tests' p-values.
  private static func text(_ comparison: ModelComparison) -> String {
    let test = comparison.mcNemar
    let accuracy = 100 * comparison.difference(.accuracy)
    let macro = 100 * comparison.difference(.macroF1)
    return String(
      format: "accuracy %+.2f (McNemar%@ p %.3g), macro-F1 %+.2f (permutation p %.3g)", accuracy,
      test.isExact ? ", exact," : "", test.p, macro, comparison.permutation(.macroF1))
  }
}
