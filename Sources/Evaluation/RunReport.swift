import Foundation
public import OrderedCollections
internal import RunEvents

/// What a report tells of one run.
public struct ReportedRun: Sendable {
  /// A model's scores on the test split.
  public struct Test: Sendable {
    /// The scores, `[N, E]`.
    public let scores: LabelScores
    /// Truth, predictions and what follows from them.
    public let report: ClassificationReport
    /// The true labels, `[N]`.
    public let truth: [Int]
    /// The predicted labels, `[N]`.
    public let predicted: [Int]
    /// The utterances, `[N]`.
    public let texts: [String]

    /// Compares scores with the truth.
    ///
    /// - Throws: `EvaluationError` when they do not fit together.
    public init(
      scores: LabelScores, truth: [Int], texts: [String], labelNames: [String]
    ) throws(EvaluationError) {
      report = try ClassificationReport(truth: truth, scores: scores, labelNames: labelNames)
      (self.scores, self.truth, self.texts) = (scores, truth, texts)
      predicted = scores.predictions
    }
  }

  /// As the report calls it.
  public let name: String
  /// Option names and values, in the order of `config.yaml`.
  public let configuration: OrderedDictionary<String, String>
  /// Its log.
  public let history: RunHistory
  /// Its model's scores, if it could be used.
  public let test: Test?

  /// A run.
  public init(
    name: String, configuration: OrderedDictionary<String, String>, history: RunHistory, test: Test?
  ) {
    (self.name, self.configuration) = (name, configuration)
    (self.history, self.test) = (history, test)
  }

  /// The value of an option.
  func value(_ option: String) -> String? { configuration[option] }
}

/// A map of test embeddings before and after training.
public struct EmbeddingMap: Sendable {
  /// One of the two.
  public struct State: Sendable {
    let points: [SIMD2<Double>]
    let purity: Double

    /// Projects embeddings; takes seconds for a thousand rows.
    public init(_ rows: [[Double]], labels: [Int]) {
      points = Projection(rows).points
      purity = Neighbourhood.purity(rows, labels: labels)
    }
  }

  let before: State?
  let after: State
  let labels: [Int]

  /// Whether there is a map from before training.
  public var hasBefore: Bool { before != nil }

  /// A map of rows with these labels.
  public init(before: State?, after: State, labels: [Int]) {
    (self.before, self.after, self.labels) = (before, after, labels)
  }
}

/// One HTML file about a run, and about the runs beside it.
public struct RunReport: Sendable {
  /// The run that it is about comes first.
  public let runs: [ReportedRun]
  /// Label names and how many training utterances each has.
  public let distribution: LabelDistribution?
  /// The training counts in id order, `[E]`.
  public let trainingCounts: [Int]
  /// The embeddings of the first run.
  public let map: EmbeddingMap?
  /// What could not be shown, and why.
  public let absent: [String]
  /// What people call losses and statistics, by their names in logs; others go by those names.
  public let titles: [String: String]
  /// The program that made it.
  public let program: String

  /// Puts a report together; `runs` holds at least one.
  public init(
    runs: [ReportedRun], distribution: LabelDistribution?, trainingCounts: [Int],
    map: EmbeddingMap?, absent: [String], titles: [String: String] = [:], program: String
  ) {
    precondition(!runs.isEmpty)
    (self.runs, self.distribution, self.trainingCounts) = (runs, distribution, trainingCounts)
    (self.map, self.absent, self.titles, self.program) = (map, absent, titles, program)
  }

  var subject: ReportedRun { runs[0] }

  /// The whole page; the same for the same values.
  public func html() -> String {
    let sections = [
      comparison, curves, confusion, perClass, entropy, embeddingMaps, sensitivity, examples,
      labelDistribution, configuration,
    ]
    let page = ReportPage(
      name: subject.name, facts: facts, tiles: tiles, absent: absent,
      sections: sections.compactMap { $0 }, program: program)
    return PageTemplates.render("page", page) + "\n"
  }

  // MARK: Top

  private var facts: String {
    let run = subject
    let facts = [
      run.value("model"),
      run.value("data").map { URL(fileURLWithPath: $0).lastPathComponent }
        ?? "the sample corpus", run.value("recipe").map { "recipe \($0)" },
      run.value("seed").map { "seed \($0)" },
      run.history.steps.last.map { "\($0.step) steps, \($0.epoch) epochs" },
    ]
    return facts.compactMap { $0 }.joined(separator: " \u{B7} ")
  }

  private var tiles: [ReportPage.Tile] {
    func tile(_ metric: Metric, _ value: Double, _ note: String) -> ReportPage.Tile {
      ReportPage.Tile(title: metric.title, value: percent(value), note: note)
    }
    if let test = subject.test,
      let rows = try? PredictedRows(
        truth: test.truth, predicted: test.predicted, labelCount: test.report.perClass.count)
    {
      let scores = Metric.allCases.map { metric in
        let note = rows.interval(metric).map {
          "95 % interval \(percent($0.lowerBound)) to \(percent($0.upperBound))"
        }
        return tile(metric, rows.score(metric), note ?? "")
      }
      return scores + [
        ReportPage.Tile(
          title: "test utterances", value: "\(test.truth.count)",
          note: "\(test.report.perClass.count) labels")
      ]
    }
    if let scores = subject.history.test ?? subject.history.best {
      let split = scores.split == "test" ? "test split" : "validation split"
      return [
        tile(.accuracy, scores.accuracy, split), tile(.weightedF1, scores.weightedF1, split),
        tile(.macroF1, scores.macroF1, split),
      ]
    }
    return []
  }

  private var configuration: ReportPage.Section? {
    let tables = runs.map { run in
      ReportPage.Part.details(
        "config.yaml of \(run.name)",
        .table(["option", "value"], run.configuration.map { [.code($0.key), .code($0.value)] }))
    }
    return ReportPage.Section(
      "Configuration", "Every setting, resolved. ",
      .code("taco-dist train --config config.yaml"), " repeats the run.", parts: tables)
  }

  private var labelDistribution: ReportPage.Section? {
    guard let distribution, let largest = distribution.entries.first?.count, largest > 0 else {
      return nil
    }
    let row = 20.0
    let left = Double(distribution.entries.map { short($0.name).count }.max() ?? 0) * 6.8 + 10
    let (width, bar) = (640.0, 560.0 - left)
    let height = row * Double(distribution.entries.count) + 6
    var picture = Picture(width: width, height: height, title: "Label distribution")
    for (index, entry) in distribution.entries.enumerated() {
      let y = Double(index) * row
      let length = bar * Double(entry.count) / Double(largest)
      let share = 100 * Double(entry.count) / Double(max(1, distribution.total))
      picture.add(
        "text",
        [
          "class": "ink", "x": number(left - 8), "y": number(y + 15), "text-anchor": "end",
        ], .label(entry.name))
      picture.add(
        "rect",
        [
          "class": "f0", "x": number(left), "y": number(y + 4), "width": number(length),
          "height": "14", "rx": "2",
        ])
      picture.add(
        "text", ["x": number(left + length + 6), "y": number(y + 15)],
        .text("\(entry.count) (\(String(format: "%.1f", share)) %)"))
    }
    let imbalance = distribution.imbalance.map {
      " The largest label has \(Axis.text(($0 * 10).rounded() / 10)) times the utterances of the smallest."
    }
    return ReportPage.Section(
      "Label distribution",
      "Training utterances of each label (the paper's Figure 1).\(imbalance ?? "")",
      parts: [.wide(ReportPage.Figure("Training split", picture))])
  }

  /// A share of one in percent, two decimals.
  func percent(_ value: Double) -> String { String(format: "%.2f", 100 * value) }
}
