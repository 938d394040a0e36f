import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Tensors
import Training

/// `predict`: a trained model's labels for utterances.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Label utterances with a trained model.",
    usage: "taco-dist predict <model> [<input>] [<options>]",
    discussion: "One row out for each row in, in the same order, also under mpirun.")

  /// The form of the output.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv, jsonl
  }

  @Argument(help: "A run folder of 'train', or the model folder in it.")
  var model: String

  @OptionGroup var utterances: UtteranceOptions

  @Option(help: "The form of the output.")
  var format = Format.csv

  @Option(help: "How many labels to tell for each utterance, the best first.")
  var topK = 1

  @Option(help: "The file to write. (default: standard output)")
  var output: String?

  @OptionGroup var inputs: InputOptions

  @OptionGroup var options: SessionOptions

  func validate() throws {
    guard topK > 0 else { throw ValidationError("--top-k is \(topK); give 1 or more.") }
  }

  func run() throws {
    if let output { try OutputPath.checkFile(output) }
    Session.run(threads: options.threads, timeout: options.timeout) { session in
      let input = try inputs.broadcastInput ? BroadcastInput(session) : nil
      let folder = try ModelFolder(of: model, input)
      var utterances = utterances
      if let input, utterances.input != "-" { utterances.input = try input.path(utterances.input) }
      let texts = try utterances.texts(session)
      try input?.finish()
      let scores = try Scorer(folder.model, threads: session.threads, ranks: session.ranks).scores(
        folder.sequences.utterances(texts, threads: session.threads),
        labels: folder.labelEmbeddings)
      guard session.isRoot else { return }
      let table = try LabelScores(
        scores.values.map { Float($0) }, labelCount: folder.labels.count)
      let writer = PredictionWriter(
        labels: folder.labels.names, topK: min(topK, folder.labels.count))
      try write(writer.text(texts, table, asJSON: format == .jsonl))
    }
  }

  private func write(_ text: String) throws {
    guard let output else {
      return try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
    } catch {
      throw OutputPath.problem(output, "cannot be written; is the disk full?")
    }
  }
}

/// Predictions as text.
struct PredictionWriter {
  let labels: [String]
  let topK: Int

  /// One header (CSV) and one line an utterance.
  func text(_ texts: [String], _ scores: LabelScores, asJSON: Bool) -> String {
    var result = asJSON ? "" : header + "\n"
    for (row, text) in texts.enumerated() {
      let best = scores.ranking(ofRow: row).prefix(topK).map { label in
        (labels[label], scores[row][scores[row].startIndex + label])
      }
      result += (asJSON ? json(text, best) : csv(text, best)) + "\n"
    }
    return result
  }

  private var header: String {
    let more = (1..<max(1, topK)).map { ",label_\($0 + 1),score_\($0 + 1)" }.joined()
    return "text,label,score" + more
  }

  private func csv(_ text: String, _ best: [(String, Float)]) -> String {
    quoted(text) + best.map { ",\(quoted($0.0)),\($0.1)" }.joined()
  }

  /// A field of a CSV file, in quotes where RFC 4180 wants them.
  private func quoted(_ field: String) -> String {
    guard field.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else {
      return field
    }
    return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  private func json(_ text: String, _ best: [(String, Float)]) -> String {
    let top = best.map { "{\"label\":\(string($0.0)),\"score\":\($0.1)}" }.joined(separator: ",")
    let first = best.first.map { "\"label\":\(string($0.0)),\"score\":\($0.1)," } ?? ""
    return "{\"text\":\(string(text)),\(first)\"top\":[\(top)]}"
  }

  private func string(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }
}
