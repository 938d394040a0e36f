import Foundation
import Objectives
import OrderedCollections
import Tensors
import Testing
import TripleView

@testable import Evaluation
@testable import Runs
@testable import Training

/// A loss and a statistic that no module knows go all the way from the objective to the report.
@Suite struct InventedObjectiveTests {
  private func step(_ number: Int) throws -> TrainingEvent {
    var objective = try twoRows()
    objective.terms = [
      LossTerm("mrg", title: "margin between labels", value: 0.5 + Double(number), weight: 1)
    ]
    objective.statistics = [
      Statistic("hard", title: "hard pairs", count: 3 * number),
      Statistic("slack", title: "slack", value: 0.25),
    ]
    return .step(
      number: number, epoch: 1,
      StepReport(objective: objective, gradientNorm: 2, tokens: 10), learningRate: 1e-3, seconds: 1)
  }

  private func history() throws -> RunHistory {
    try RunHistory((1...2).map { MetricsLog.line(try step($0)) }.joined(separator: "\n") + "\n")
  }

  @Test func theLogHasThem() throws {
    let line = MetricsLog.line(try step(1))
    #expect(
      line.contains(#","mrg":1.5,"lr":0.001,"grad_norm":2.0,"hard":3,"slack":0.25,"tokens":"#))
    #expect(!line.contains("ccl") && !line.contains("clusters"))
  }

  @Test func tensorBoardHasThem() throws {
    let message = TensorBoardLog.message(try step(1), time: 0)
    let summary = try #require(ProtocolBuffer.fields(of: message).first { $0.number == 5 })
    let tags = ProtocolBuffer.fields(of: summary.bytes).compactMap { scalar in
      ProtocolBuffer.fields(of: scalar.bytes).first { $0.number == 1 }
        .map { String(decoding: $0.bytes, as: UTF8.self) }
    }
    #expect(
      tags == [
        "loss/total", "loss/margin-between-labels", "train/learning-rate", "train/gradient-norm",
        "train/epoch", "train/tokens-per-second", "objective/hard-pairs", "objective/slack",
      ])
  }

  @Test func theCSVHasThem() throws {
    #expect(
      StepTable([("run", try history())]).lines == [
        "step,epoch,loss,mrg,lr,grad_norm,hard,slack,tokens,seconds,valid_accuracy,"
          + "valid_weighted_f1,valid_macro_f1",
        MetricsLog.line(try step(1)).csv, MetricsLog.line(try step(2)).csv,
      ])
  }

  @Test func theReportDrawsThem() throws {
    let run = ReportedRun(name: "run", configuration: [:], history: try history(), test: nil)
    func page(_ titles: [String: String]) -> String {
      RunReport(
        runs: [run], distribution: nil, trainingCounts: [], map: nil, absent: [], titles: titles,
        program: ""
      ).html()
    }
    for name in ["mrg", "Hard", "Slack"] { #expect(page([:]).contains(">\(name)<"), "\(name)") }
    let titled = page(["mrg": "margin & more", "hard": "hard pairs"])
    for title in ["margin &amp; more", "Hard pairs", "Slack"] {
      #expect(titled.contains(">\(title)<"), "\(title)")
    }
  }
}

extension String {
  /// The cells of a step's line, as the table prints them, without scores.
  fileprivate var csv: String {
    let cells = dropFirst().dropLast().split(separator: ",").compactMap { field -> Substring? in
      let parts = field.split(separator: ":")
      let skipped = ["\"event\"", "\"bytes_sent\"", "\"peak_memory\""]
      return skipped.contains(String(parts[0])) ? nil : parts[1]
    }
    return cells.joined(separator: ",") + ",,,"
  }
}
