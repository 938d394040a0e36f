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
    discussion: "One row out for each row in, in the same order, also under mpirun.")

  /// The form of the output.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv, jsonl
  }

  @Argument(help: "A folder that 'train' wrote, such as RUN/model.")
  var model: String

  @Argument(
    help: "A .csv, .tsv, .jsonl or .txt file (one utterance a line), or - for standard input.")
  var input = "-"

  @Option(help: "How to read standard input: csv, tsv, jsonl or txt.")
  var inputFormat = "txt"

  @Option(help: "The column that holds the text.")
  var textColumn = "text"

  @Option(help: "The form of the output.")
  var format = Format.csv

  @Option(help: "How many labels to tell for each utterance, the best first.")
  var topK = 1

  @Option(help: "The file to write. (default: standard output)")
  var output: String?

  @Option(help: "Threads of each rank. (default: the cores it may use)")
  var threads: Int?

  func validate() throws {
    guard topK > 0 else { throw ValidationError("--top-k is \(topK); give 1 or more.") }
    guard DataFormat(rawValue: inputFormat) != nil else {
      throw ValidationError("--input-format is '\(inputFormat)'; give csv, tsv, jsonl or txt.")
    }
  }

  func run() throws {
    Session.run(threads: threads) { session in
      let folder = try ModelFolder(contentsOf: URL(fileURLWithPath: model))
      let texts = try readTexts(from: input, format: inputFormat, column: textColumn, session)
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
      throw DataProblem("--output \(output): cannot be written.", code: 1)
    }
  }
}

/// The texts of a file or, read by rank 0 and passed on, of standard input.
func readTexts(
  from input: String, format: String, column: String, _ session: Session
) throws -> [String] {
  let columns = ColumnNames(text: column)
  guard input == "-" else {
    return try EmotionData.readTexts(file: URL(fileURLWithPath: input), columns: columns)
  }
  let own = session.isRoot ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : []
  let count = try session.ranks.broadcast([Int64(own.count)])[0]
  let bytes = try session.ranks.broadcast(
    session.isRoot ? own : [UInt8](repeating: 0, count: Int(count)))
  return try EmotionData.readTexts(
    bytes: bytes, format: DataFormat(rawValue: format) ?? .txt, source: "standard input",
    columns: columns)
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
