import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Runs
import Tensors
import Training

/// `evaluate`: scores of a trained model, or of a language model's answers, on labelled utterances.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a trained model, or a language model's answers, on labelled utterances.",
    usage: """
      taco-dist evaluate <model> [<options>]
      taco-dist evaluate --answers <file> --data <file> --labels <labels> [<options>]
      """,
    discussion: """
      Prints accuracy, weighted-F1, macro-F1 over all labels and over those that occur \
      (scikit-learn's default), every label's scores, and the entropy of the top-k scores. --json adds \
      the confusion matrix and the whole entropy curve.

      --answers scores what a language model has answered to the requests of 'prompt' in the same way. An answer \
      is taken for the label that it names, as whole words, upper and lower case and punctuation aside; of names \
      that begin alike the longest. An answer that names no label, or several, counts as wrong and is counted.

      --debias takes from the scores what the model says of the utterances with all their words hidden, with the \
      sentiment words hidden, and of the speakers alone (TFD). --find-debias searches the weights of the three for \
      the highest weighted-F1 on --data, which should be the validation split, and stores them with the model. \
      --baseline is never debiased, so that a model can be compared with itself.
      """)

  @Argument(
    help: "A run folder of 'train', or the model folder in it.", transform: Path.parse)
  var model: Path?

  @OptionGroup var answered: AnswerOptions

  @Option(
    help:
      "A .csv, .tsv or .jsonl file, or one of a release that 'data' knows. (default: the sample corpus's test split, with --find-debias its validation split)",
    transform: Path.parse)
  var data: Path?

  @OptionGroup var rows: RowOptions

  @Option(
    help: "A model to compare with on the same utterances: differences, intervals, tests.",
    transform: Path.parse)
  var baseline: Path?

  @OptionGroup var debias: DebiasOptions

  @Flag(
    help:
      "Search the weights of --debias on these utterances, and store them with the model (\(DebiasFile.name))."
  )
  var findDebias = false

  @Flag(help: "Add 95 % bootstrap intervals over rows.")
  var intervals = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var inputs: InputOptions

  @OptionGroup var exactness: PrecisionOptions

  @OptionGroup var options: SessionOptions

  func validate() throws {
    guard model != nil || answered.answers != nil else {
      throw ValidationError(
        "Missing expected argument '<model>': give a model, or --answers with those of a language model."
      )
    }
    try debias.check(finds: findDebias)
    if findDebias {
      try Self.refuse(
        "--find-debias",
        beside: ["--debias": debias.debias, "--debias-weights": debias.debiasWeights != nil],
        "it searches the weights")
    }
    if answered.answers != nil {
      try Self.refuse(
        "--answers",
        beside: [
          "--debias": debias.debias, "--debias-weights": debias.debiasWeights != nil,
          "--find-debias": findDebias,
        ], "biases are taken from the scores of a trained model")
    }
    if let model {
      try Self.refuse(
        "the model \(model)",
        beside: [
          "--answers": answered.answers != nil, "--labels": answered.labels != nil,
          "--missing-as-wrong": answered.missingAsWrong,
        ],
        "those are for a language model's answers; to compare the two, name the model with --baseline"
      )
    }
    if json {
      try Self.refuse("--json", beside: ["--baseline": baseline != nil], "it tells of one model")
    }
  }

  func run() throws {
    Session.run(threads: options.threads, timeout: options.timeout) { session in
      try exactness.products.use()
      var shared = Fingerprints()
      shared.add(options: [
        "broadcast-input": "\(inputs.broadcastInput)", "precision": "\(exactness.precision)",
        "products": "\(exactness.products)", "baseline": baseline == nil ? "not given" : "given",
        "find-debias": "\(findDebias)",
      ])
      debias.add(to: &shared)
      try session.requireEqual(shared)
      session.warnOfPrecision(exactness.precision)
      let input = try inputs.broadcastInput ? BroadcastInput(session) : nil
      let folder = try model.map { try ModelFolder(of: $0.text, input) }
      let other = try baseline.map { try ModelFolder(of: $0.text, input) }
      let place = try data.map { $0 == "-" ? $0 : try input?.path($0) ?? $0 }
      var answered = answered
      answered.answers = try answered.answers.map { try input?.path($0) ?? $0 }
      answered.labels = try answered.labels.map { path in
        try LabelSet.named(path.text) == nil ? input?.path(path) ?? path : path
      }
      let labels = try folder?.labels ?? answered.labelSet(for: place, rows)
      if let other, let baseline, other.labels.names != labels.names {
        throw DataProblem(
          "--baseline \(baseline): its labels are not those of \(model?.text ?? "--labels").")
      }
      let dialogue = (folder?.settings.dialogue ?? other?.settings.dialogue)?.columns
      let examples = try readExamples(place, labels, dialogue, session)
      if let folder { try shared.add(folder, as: "model") }
      shared.add("utterances", examples)
      var own: Measured?
      if folder == nil {
        let answers = try answered.read(count: examples.count)
        shared.add("answers", answers.map { $0 ?? "\u{0}" })
        own = try answered.measured(answers, examples, labels)
      }
      try session.requireEqual(shared)
      if let folder, let model {
        let debiasing = try debias.debiasing(
          folder, of: model.text, finds: findDebias, session, input)
        own = try report(folder, of: model.text, examples, debiasing, session)
        if findDebias, let found = own?.report.debias {
          try debiasing?.store(found, rows: examples.count, folder, in: model.text, session)
        }
      }
      let theirs = try other.map { other in
        try shared.add(other, as: "baseline")
        try session.requireEqual(shared)
        return try report(other, of: baseline?.text ?? "", examples, nil, session)
      }
      try input?.finish()
      guard session.isRoot, let own else { return }
      try tell(own, theirs)
    }
  }

  /// Prints what was measured.
  private func tell(_ own: Measured, _ theirs: Measured?) throws {
    var report = own.report
    let bounds = intervals ? Metric.allCases.map { ($0, own.rows.interval($0) ?? 0...0) } : []
    if json {
      if intervals {
        report.intervals = Dictionary(
          uniqueKeysWithValues: bounds.map { ($0.jsonName, [$1.lowerBound, $1.upperBound]) })
      }
      return print(try report.json())
    }
    print(report.table())
    print(report.summary)
    if let answers = report.answers { print(answers.summary) }
    if let debias = report.debias { print(debias.summary) }
    if intervals { print("95 % bootstrap intervals over rows, in points:") }
    for (metric, bound) in bounds {
      print(
        String(
          format: "  %@ %6.2f  [%.2f, %.2f]",
          metric.title.padding(toLength: 12, withPad: " ", startingAt: 0),
          100 * own.rows.score(metric), 100 * bound.lowerBound, 100 * bound.upperBound))
    }
    if let theirs { print(try comparison(own, theirs)) }
  }

  typealias Measured = (report: ClassificationReport, rows: PredictedRows)

  /// A model's scores; collective.
  private func report(
    _ folder: ModelFolder, of place: String, _ examples: [Example], _ debiasing: Debiasing?,
    _ session: Session
  ) throws -> Measured {
    let classifier = FolderClassifier(
      folder, of: place, threads: session.threads, precision: exactness.precision,
      ranks: session.ranks)
    let utterances = examples.map(\.utterance)
    let plain = try classifier.classify(utterances).scores
    let truth = examples.map(\.label)
    func measured(_ scores: LabelScores) throws -> Measured {
      (
        try ClassificationReport(truth: truth, scores: scores, labelNames: folder.labels.names),
        try PredictedRows(
          truth: truth, predicted: scores.predictions, labelCount: folder.labels.count)
      )
    }
    let before = try measured(plain)
    guard let debiasing else { return before }
    let (scores, weights) = try debiasing.debiased(
      plain, utterances, classifier, truth: truth)
    var after = try measured(scores)
    after.report.debias = DebiasRecord(
      weights: weights, before: HeadlineScores(before.rows), after: HeadlineScores(after.rows))
    return after
  }

  /// Both models' scores, their differences with intervals, and the tests.
  private func comparison(_ ours: Measured, _ theirs: Measured) throws -> String {
    let comparison = try ModelComparison(ours.rows, against: theirs.rows)
    let (alone, theyAlone) = comparison.discordant
    let test = comparison.mcNemar
    var lines = [
      "", "against \(baseline?.text ?? ""), in points, 95 % bootstrap intervals over rows:",
    ]
    for metric in Metric.allCases {
      let interval = comparison.interval(metric)
      lines.append(
        String(
          format: "  %@ %6.2f  baseline %6.2f  difference %+.2f  [%+.2f, %+.2f]",
          metric.title.padding(toLength: 12, withPad: " ", startingAt: 0),
          100 * ours.rows.score(metric), 100 * theirs.rows.score(metric),
          100 * comparison.difference(metric), 100 * (interval?.lowerBound ?? 0),
          100 * (interval?.upperBound ?? 0)))
    }
    lines += [
      "  right alone on \(alone) rows, baseline alone on \(theyAlone): McNemar's test, "
        + "\(test.isExact ? "exact" : "continuity-corrected"), p = \(String(format: "%.3g", test.p))",
      "  permutation test of macro-F1: p = "
        + String(format: "%.3g", comparison.permutation(.macroF1)),
    ]
    return lines.joined(separator: "\n")
  }

  private func readExamples(
    _ data: Path?, _ labels: LabelSet, _ dialogue: DialogueColumns?, _ session: Session
  ) throws -> [Example] {
    if let data {
      try rows.dialogue.requireDialogues(of: dialogue)
      let reading = rows.reading(model: dialogue)
      let notices = DataNotices()
      defer { if session.isRoot { notices.tell() } }
      if let stream = try StreamInput(data.text, session) {
        return try EmotionData.readExamples(
          bytes: stream.bytes, source: stream.name, labels: labels, reading,
          noticed: notices.take)
      }
      return try EmotionData.readExamples(
        file: data.url, labels: labels, reading, noticed: notices.take)
    }
    let sample = DataSet.sample
    guard labels.names == sample.labels.names else {
      throw DataProblem(
        "--data is missing, and the model's labels are not the sample corpus's.",
        code: ExitStatus.usage)
    }
    return findDebias ? sample.validation.examples : sample.test?.examples ?? []
  }
}
