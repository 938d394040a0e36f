import ArgumentParser
import EmotionData
import Evaluation
import Foundation

/// What stands in a row of `predict`.
struct PredictionOptions: ParsableArguments {
  /// The form of the output.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv, jsonl
  }

  @Option(help: "The form of the output.")
  var format = Format.csv

  @Option(help: "How many labels to tell for each utterance, the best first.")
  var topK = 1

  @Flag(help: "Tell each label's share of the softmax over all labels as well.")
  var probabilities = false

  @Flag(
    help: """
      Keep all columns of the input before label and score, which are called predicted_label and so on where \
      the input has such names.
      """)
  var keepColumns = false

  @OptionGroup var formulas: FormulaOptions

  func validate() throws {
    guard topK > 0 else { throw ValidationError("--top-k is \(topK); give 1 or more.") }
    if formulas.escapeFormulas {
      try Self.require("--escape-formulas", with: "--format csv", format == .csv)
    }
  }
}

/// Predictions as text.
struct PredictionWriter {
  private let labels: [String]
  private let topK: Int
  private let isJSON: Bool
  private let hasProbabilities: Bool
  private let formulas: FormulaOptions
  /// The input's columns that are kept; nil for the text alone.
  private let columns: [String]?
  /// Stands before the names of what is predicted.
  private let prefix: String

  /// - Parameters:
  ///   - labels: The names of all labels, in id order.
  ///   - form: What is told of each utterance.
  ///   - columns: The input's columns, where they are kept.
  init(labels: [String], _ form: PredictionOptions, columns: [String] = []) {
    self.labels = labels
    topK = min(form.topK, labels.count)
    isJSON = form.format == .jsonl
    hasProbabilities = form.probabilities
    formulas = form.formulas
    self.columns = form.keepColumns ? columns : nil
    let own = ["label", "score", "probability", "top"]
    let isTaken = columns.contains { column in
      own.contains {
        column == $0 || column.hasPrefix($0 + "_") && Int(column.dropFirst($0.count + 1)) != nil
      }
    }
    prefix = form.keepColumns && isTaken ? "predicted_" : ""
  }

  private struct Choice {
    let label: String
    let score: Float
    let probability: Float?
  }

  /// The first line of a CSV file; nothing for JSONL.
  var header: String {
    guard !isJSON else { return "" }
    return ((columns ?? ["text"]).map(field) + predicted).joined(separator: ",") + "\n"
  }

  /// The names of what is predicted.
  private var predicted: [String] {
    let names = ["label", "score"] + (hasProbabilities ? ["probability"] : [])
    guard !isJSON else { return (names + ["top"]).map { prefix + $0 } }
    return (0..<max(1, topK)).flatMap { place in
      names.map { prefix + $0 + (place == 0 ? "" : "_\(place + 1)") }
    }
  }

  /// Refuses a kept column that has the name of a prediction even so, as the output of an earlier call does.
  ///
  /// - Parameter input: Its name for the message.
  /// - Throws: `DataProblem` that names the column.
  func requireDistinctNames(_ input: String) throws {
    guard let name = columns?.first(where: predicted.contains) else { return }
    throw DataProblem(
      "\(input): --keep-columns: the column '\(visible(name))' has the name of a prediction; rename it."
    )
  }

  /// One line an utterance, with what stands beside it where columns are kept.
  func lines(
    _ texts: [String], _ scores: LabelScores, kept: [[UtteranceTable.Value?]] = []
  ) -> String {
    var result = ""
    for (row, text) in texts.enumerated() {
      let probabilities = hasProbabilities ? scores.probabilities(ofRow: row) : []
      let best = scores.ranking(ofRow: row).prefix(topK).map { label in
        Choice(
          label: labels[label], score: scores[row][scores[row].startIndex + label],
          probability: hasProbabilities ? Float(probabilities[label]) : nil)
      }
      let values = columns == nil ? [.text(text)] : kept[row]
      result += (isJSON ? json(values, best) : csv(values, best)) + "\n"
    }
    return result
  }

  private func csv(_ values: [UtteranceTable.Value?], _ best: [Choice]) -> String {
    let missing = max(0, (columns?.count ?? 1) - values.count)
    let cells = values.map { value in
      switch value {
      case .text(let text): field(text)
      case .json(let text): field(text == "null" ? "" : text)
      case nil: ""
      }
    }
    return (cells + [String](repeating: "", count: missing)).joined(separator: ",")
      + best.map { choice in
        ",\(field(choice.label)),\(choice.score)"
          + (choice.probability.map { ",\($0)" } ?? "")
      }.joined()
  }

  private func json(_ values: [UtteranceTable.Value?], _ best: [Choice]) -> String {
    let kept = zip(columns ?? ["text"], values).compactMap { name, value in
      switch value {
      case .text(let text): "\(string(name)):\(string(text))"
      case .json(let text): "\(string(name)):\(text)"
      case nil: nil
      }
    }
    let choices = best.map { choice -> [(name: String, value: String)] in
      [("label", string(choice.label)), ("score", "\(choice.score)")]
        + (choice.probability.map { [("probability", "\($0)")] } ?? [])
    }
    let first = (choices.first ?? []).map { "\"\(prefix)\($0.name)\":\($0.value)" }
    let top = choices.map { choice in
      "{" + choice.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
    }.joined(separator: ",")
    return "{" + (kept + first + ["\"\(prefix)top\":[\(top)]"]).joined(separator: ",") + "}"
  }

  private func field(_ text: String) -> String { csvField(formulas.safe(text)) }

  private func string(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }
}
