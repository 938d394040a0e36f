import Encoders
import Evaluation
import Foundation
import Training

/// The paper's row of the system that a run trained, where it has one.
struct PaperRow {
  private let scores: [Metric: PaperScores.Score]

  /// What the column with such rows is called.
  static let title = "the paper (difference)"

  /// The row of a run's system and labels; nil where the paper has none.
  init?(_ run: RecordedRun) {
    guard let scores = PaperScores.row(Self.system(of: run), labels: run.value("labels") ?? "")
    else { return nil }
    self.scores = scores
  }

  /// The paper's name of a system: a plain encoder goes by its own, and a decoder is a variant of TACO.
  private static func system(of run: RecordedRun) -> String {
    let variant = VariantGroups.variant(of: run)
    let model = run.url.appendingPathComponent("model")
    let isAdapted = run.value("adapter") != nil
    let configuration = try? EncoderConfiguration(
      contentsOf: model.appendingPathComponent("config.json"))
    if variant == "TACO", isAdapted { return "TACO w. Llama" }
    guard variant == "linear", let family = configuration?.family else { return variant }
    return [.bert: "BERT", .roberta: "RoBERTa", .electra: "ELECTRA"][family] ?? variant
  }

  /// The paper's scores and by how much those of runs here differ, in percent and in points.
  func text(beside found: [RunHistory.Scores]) -> String {
    Metric.allCases.compactMap { metric in
      guard let score = scores[metric] else { return nil }
      let values = found.map { $0.value(metric) }
      let mean = values.reduce(0, +) / Double(max(1, values.count))
      let deviation = score.deviation.map { String(format: " \u{B1} %.2f", 100 * $0) } ?? ""
      return String(
        format: "%.2f%@ (%+.2f)", 100 * score.mean, deviation, 100 * (mean - score.mean))
    }.joined(separator: ", ")
  }
}
