import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import MessagePassing
import ObjectiveCatalogue
import Safetensors
import Tensors
import Training

/// `report`: one HTML file about a run, and about other runs beside it.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write an HTML report about a run.",
    discussion: """
      One file that loads nothing from anywhere: curves, confusion matrix, every label's scores, the \
      entropy curve, maps of the embeddings, examples. The first run is its subject; further runs are \
      compared with it, row by row up to the third. Test scores are computed anew from the run's \
      model/ and the data that its config.yaml names.
      """)

  @Argument(
    help: "Run folders of 'train', or folders of runs, as 'sweep' makes them.",
    transform: Path.parse)
  var runs: [Path]

  @Option(
    help: "The file to write. (default: report.html in the first folder)", transform: Path.parse)
  var output: Path?

  @Option(
    help: "The data folder, where it is no longer where config.yaml says.",
    transform: Path.parse)
  var data: Path?

  @Option(
    help: "How many test utterances the maps show; 0 for no maps. Time grows with the square.")
  var points = 1000

  @OptionGroup var options: SessionOptions

  func validate() throws {
    guard (0...5000).contains(points) else {
      throw ValidationError("--points is \(points); give 0 to 5000.")
    }
  }

  func run() throws {
    guard let first = runs.first else { return }
    let output = output?.text ?? first.url.appendingPathComponent("report.html").path
    var seen: Set<String> = []
    let recorded = try RecordedRun.folders(runs.map(\.text)).map(RecordedRun.init).filter {
      seen.insert($0.url.standardizedFileURL.path).inserted
    }
    try OutputPath.checkFile(
      output, reads: recorded.flatMap { $0.files(insteadOf: data?.text) } + [options.configuration])
    Session.run(threads: options.threads, timeout: options.timeout) { session in
      try session.requireEqual(recorded, ["points": "\(points)"])
      let report = try Builder(recorded, data: data?.text, points: points, session).report()
      guard session.isRoot else { return }
      try OutputPath.write(Data(report.html().utf8), to: output)
      for reason in report.absent { printError("not in the report: \(reason)") }
      printError("wrote \(output)")
    }
  }
}

/// Gathers what a report tells; collective, as all ranks share the scoring.
private struct Builder {
  private let recorded: [RecordedRun]
  private let data: String?
  private let points: Int
  private let session: Session
  private let names: [String]

  init(_ recorded: [RecordedRun], data: String?, points: Int, _ session: Session) {
    (self.recorded, self.data, self.points, self.session) = (recorded, data, points, session)
    names = RecordedRun.distinctNames(recorded)
  }

  func report() throws -> RunReport {
    var absent: [String] = []
    var reported: [ReportedRun] = []
    var distribution: LabelDistribution?
    var counts: [Int] = []
    var project: (() -> EmbeddingMap)?
    for (index, run) in recorded.enumerated() {
      var test: ReportedRun.Test?
      if index < 3 {
        do {
          let scored = try ScoredRun(run, data: data, session)
          test = scored.test
          if index == 0 {
            counts = Self.counts(scored)
            distribution = LabelDistribution(names: scored.folder.labels.names, counts: counts)
            if points > 0 { project = try map(run, scored) }
          }
        } catch {
          // What one rank alone meets must end the job; the others have gone on.
          // Scores of other rows must not stand beside the recorded ones.
          guard ExitStatus.isCommon(error), !(error is OtherTestRows) else { throw error }
          absent.append("test scores, examples and maps of \(names[index]): \(error)")
        }
      }
      if index == 0, run.history.steps.isEmpty { absent.append("curves: no step in metrics.jsonl") }
      reported.append(
        ReportedRun(
          name: names[index], configuration: run.configuration, history: run.history, test: test))
    }
    if recorded.count > 3 {
      absent.append(
        "test predictions of the fourth and later runs: their logged scores stand in the tables")
    }
    let map = session.isRoot ? project?() : nil
    if let map, !map.hasBefore {
      absent.append("the map before training: \(recorded[0].model) is not here")
    }
    return RunReport(
      runs: reported, distribution: distribution, trainingCounts: counts, map: map, absent: absent,
      titles: ObjectiveCatalogue.titles, program: "taco-dist \(programVersion)")
  }

  /// Embeds test rows before and after training; collective.
  ///
  /// - Returns: What projects them: long work for rank 0, when no rank waits for it.
  private func map(_ run: RecordedRun, _ scored: ScoredRun) throws -> () -> EmbeddingMap {
    let chosen = Self.spread(points, over: scored.sequences.count)
    let labels = chosen.map { scored.test.truth[$0] }
    let before = try before(run, scored, chosen.map { scored.sequences[$0] })
    let after = chosen.map { Array(scored.embeddings.row($0)) }
    return {
      EmbeddingMap(
        before: before.map { .init($0, labels: labels) }, after: .init(after, labels: labels),
        labels: labels)
    }
  }

  /// The embeddings of the same model at step 0; nil where its encoder is no longer there.
  private func before(
    _ run: RecordedRun, _ scored: ScoredRun, _ sequences: [[Int32]]
  ) throws -> [[Double]]? {
    let found = try? ModelLocation(run.model).encoder().model(
      scored.folder.settings, labelCount: scored.folder.labels.count)
    // One rank may not find what the others have.
    let isEverywhere = try session.ranks.allReduce(Int64(found == nil ? 0 : 1), .minimum) == 1
    guard isEverywhere, let (model, _) = found else { return nil }
    let rows = try Scorer(model, threads: session.threads, ranks: session.ranks)
      .embed(sequences, .utterances)
    return (0..<rows.rows).map { Array(rows.row($0)) }
  }

  /// The training utterances of each label.
  private static func counts(_ scored: ScoredRun) -> [Int] {
    var counts = [Int](repeating: 0, count: scored.folder.labels.count)
    for example in scored.data.train.examples { counts[example.label] += 1 }
    return counts
  }

  /// Rows at equal distances, all of them when there are few.
  private static func spread(_ wanted: Int, over count: Int) -> [Int] {
    wanted >= count ? Array(0..<count) : (0..<wanted).map { $0 * count / wanted }
  }
}
