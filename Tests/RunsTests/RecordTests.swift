import Evaluation
import Foundation
import Objectives
import Tensors
import TestSupport
import Testing
import TripleView

@testable import Runs
@testable import Training

/// What a run decides and writes down: patience and the metrics log.
@Suite struct RecordTests {
  @Test func patienceCountsEpochsSinceTheBestAndTiesAreBest() {
    var patience = Patience(limit: 2)
    let scores = [0.5, 0.4, 0.5, 0.4, 0.6, 0.3, 0.2]
    #expect(scores.map { patience.record($0) } == [true, false, true, false, true, false, false])
    #expect(patience.isExhausted && patience.best == 0.6)
    var other = Patience(limit: 1)
    #expect(!other.isExhausted)
    #expect(other.record(0) && !other.isExhausted, "the first epoch is always the best so far")
    #expect(!other.record(-1) && other.isExhausted)
    // A score that is no number is never the best.
    #expect(!other.record(.nan) && other.best == 0)
  }

  private func step(_ change: (inout ObjectiveResult) -> Void) throws -> TrainingEvent {
    var objective = try twoRows()
    change(&objective)
    return .step(
      number: 7, epoch: 2,
      StepReport(objective: objective, gradientNorm: 1 / 3, tokens: 1234), learningRate: 1e-5 / 3,
      seconds: 0.25)
  }

  /// The fields of a line.
  ///
  /// `JSONSerialization` will not do: on Linux it reads some decimals as a neighbouring number.
  private func fields(_ line: String) throws -> [String: Field] {
    try JSONDecoder().decode([String: Field].self, from: Data(line.utf8))
  }

  private enum Field: Decodable, Equatable {
    case number(Double)
    case text(String)
    case flag(Bool)
    case null

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        self = .null
      } else if let flag = try? value.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? value.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try value.decode(String.self))
      }
    }
  }

  @Test func lossesReadBackToTheSameBits() throws {
    let random = KeyedRandom(seed: 1, purpose: .sampling)
    let values =
      [0.1 + 0.2, 1e-300, .leastNonzeroMagnitude, 1e22, 123_456_789.123_456_79, 0]
      + (0..<200).map { exp(20 * random.normal($0)) }
    for value in values {
      let line = MetricsLog.line(try step { $0.total = value })
      guard case .number(let found)? = try fields(line)["loss"] else {
        Issue.record("no loss in \(line)")
        continue
      }
      #expect(found.bitPattern == value.bitPattern, "\(line)")
    }
  }

  @Test func stepsHaveTheFieldsOfTheContract() throws {
    var found = try fields(
      MetricsLog.line(
        try step {
          $0.total = 1.5
          $0.terms = zip($0.terms, [1, 2, .infinity]).map { term, value in
            LossTerm(term.name, title: term.title, value: value, weight: term.weight)
          }
          $0.statistics = zip($0.statistics, [5, 0.75, 0.5, 1, 0.5]).map { statistic, value in
            statistic.isCount
              ? Statistic(statistic.name, title: statistic.title, count: Int(value))
              : Statistic(statistic.name, title: statistic.title, value: value)
          }
        }))
    let numbers: [String: Double] = [
      "step": 7, "epoch": 2, "loss": 1.5, "ce": 1, "ccl": 2, "lr": 1e-5 / 3, "grad_norm": 1 / 3,
      "clusters": 5, "cluster_purity": 0.75, "p_empty": 0.5, "n_empty": 1, "ldl_weight_sum": 0.5,
      "tokens": 1234, "seconds": 0.25, "bytes_sent": 0,
    ]
    var expected = numbers.mapValues { Field.number($0) }
    expected["event"] = .text("step")
    // JSON has no infinities.
    expected["ldl"] = .null
    guard case .number(let peak)? = found.removeValue(forKey: "peak_memory") else {
      Issue.record("no peak_memory")
      return
    }
    #expect(peak > 1e6)
    #expect(found == expected)
  }

  @Test func theFileHasOneObjectALine() throws {
    let report = try ClassificationReport(
      truth: [0, 1, 1], scores: LabelScores([1, 0, 0, 1, 1, 0], labelCount: 2),
      labelNames: ["joy", "fear"])
    let evaluation = TrainingEvent.evaluation(
      split: "valid", epoch: 1, step: 9, report, isBest: true, seconds: 1)
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "metrics.jsonl")
      let log = try MetricsLog(file: file)
      try log.write(try step { _ in })
      try log.write(evaluation)
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 2)
      let found = try fields(String(lines[1]))
      #expect(found["event"] == .text("evaluation") && found["split"] == .text("valid"))
      #expect(found["best"] == .flag(true) && found["accuracy"] == .number(2.0 / 3))
      #expect(throws: (any Error).self) {
        try MetricsLog(file: file.appending(path: "below-a-file.jsonl"))
      }
    }
  }
}

/// What the paper's objective finds for two utterances and two labels.
func twoRows() throws -> ObjectiveResult {
  try TripleViewObjective(.paper, heads: .separate).evaluate(
    ObjectiveBatch(
      rows: [
        DoubleMatrix(rows: 2, columns: 2, values: [1, 2, 3, 4]),
        DoubleMatrix(rows: 2, columns: 2, values: [1, 0, 0, 1]),
      ], encodings: [nil, nil], targets: [0, 1]), LocalWorkers())
}
