import Foundation
internal import OrderedCollections
internal import RunEvents

/// The steps of runs as CSV, with the validation scores of the step after which they were taken.
public struct StepTable {
  private let runs: [(name: String, history: RunHistory)]
  private let losses: [String]
  private let statistics: [String]

  /// A table with a column for every loss and statistic of any run, in the order of their logs.
  public init(_ runs: [(name: String, history: RunHistory)]) {
    self.runs = runs
    let steps = runs.flatMap(\.history.steps)
    (losses, statistics) = (steps.names(of: \.losses), steps.names(of: \.statistics))
  }

  /// The header and the rows; where there are several runs, their names come first.
  public var lines: [String] {
    [header] + runs.flatMap { rows($0.history, name: runs.count > 1 ? $0.name : nil) }
  }

  private var header: String {
    let columns =
      ["step", "epoch", "loss"] + losses + ["lr", "grad_norm"] + statistics
      + ["tokens", "seconds", "valid_accuracy", "valid_weighted_f1", "valid_macro_f1"]
    return ((runs.count > 1 ? ["run"] : []) + columns).map(csvField).joined(separator: ",")
  }

  private func rows(_ history: RunHistory, name: String?) -> [String] {
    var scores: [Int: RunHistory.Scores] = [:]
    for score in history.validation { scores[score.step] = score }
    func text<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "" }
    func texts(_ numbers: [LoggedNumber], _ names: [String]) -> [String] {
      names.map { name in numbers.first { $0.name == name }?.text ?? "" }
    }
    return history.steps.map { step in
      let score = scores[step.step]
      var cells = name.map { [csvField($0)] } ?? []
      cells += [text(step.step), text(step.epoch), text(step.loss)] + texts(step.losses, losses)
      cells += [text(step.learningRate), text(step.gradientNorm)]
      cells += texts(step.statistics, statistics) + [text(step.tokens), text(step.seconds)]
      cells += [text(score?.accuracy), text(score?.weightedF1), text(score?.macroF1)]
      return cells.joined(separator: ",")
    }
  }
}

extension [StepEvent] {
  /// The names of the numbers that any step has, in the order of their first appearance.
  func names(of numbers: (StepEvent) -> [LoggedNumber]) -> [String] {
    OrderedSet(flatMap { numbers($0).map(\.name) }).elements
  }
}

/// A field of a CSV file, in quotes where RFC 4180 wants them.
public func csvField(_ field: String) -> String {
  guard field.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else {
    return field
  }
  return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
}
