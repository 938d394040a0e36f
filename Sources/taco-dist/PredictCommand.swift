import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Safetensors
import Tensors
import Training

/// `predict`: a trained model's labels for utterances.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Label utterances with a trained model.",
    usage: "taco-dist predict <model> [<input>] [<options>]",
    discussion: """
      One row out for each row in, in the same order, also under mpirun. --stream answers each line of \
      standard input at once, for use in a pipe.
      """)

  @Argument(
    help: "A run folder of 'train', or the model folder in it.", transform: Path.parse)
  var model: Path

  @OptionGroup var utterances: UtteranceOptions

  @OptionGroup var form: PredictionOptions

  @Option(
    help: "The file to write, or - for standard output. (default: -)", transform: Path.parse)
  var output: Path?

  @OptionGroup var inputs: InputOptions

  @Option(
    help: ArgumentHelp(
      "Write the utterances' embeddings, [N, d] float32, to this .npy or .safetensors file too.",
      valueName: "file"), transform: Path.parse)
  var embeddings: Path?

  @Flag(help: "Read standard input line by line and answer each line before reading the next.")
  var stream = false

  @OptionGroup var exactness: PrecisionOptions

  @OptionGroup var options: SessionOptions

  func validate() throws {
    guard !stream || (utterances.input == "-" && output == nil && embeddings == nil) else {
      throw ValidationError(
        "--stream goes from standard input to standard output; leave out file, --output and "
          + "--embeddings.")
    }
    guard !stream || utterances.inputFormat == .txt else {
      throw ValidationError("--stream reads lines of text; leave out --input-format.")
    }
  }

  func run() throws {
    if let output, output != "-" { try OutputPath.checkFile(output.text) }
    if let embeddings { try EmbeddingFile.check(embeddings.text) }
    // A stream may rest for hours: no rank is late then.
    let timeout = stream ? 0 : options.timeout
    Session.run(threads: options.threads, timeout: timeout) { session in
      var shared = Fingerprints()
      shared.add(options: [
        "broadcast-input": "\(inputs.broadcastInput)", "precision": "\(exactness.precision)",
        "stream": "\(stream)",
      ])
      shared.add("input", utterances.input == "-" ? "standard input" : "a file")
      try session.requireEqual(shared)
      let input = try inputs.broadcastInput ? BroadcastInput(session) : nil
      let folder = try ModelFolder(of: model.text, input)
      try shared.add(folder, as: "model")
      try session.requireEqual(shared)
      let writer = PredictionWriter(labels: folder.labels.names, form)
      if stream {
        try input?.finish()
        return try answerLines(folder, writer, session)
      }
      var utterances = utterances
      if let input, utterances.input != "-" { utterances.input = try input.path(utterances.input) }
      let texts = try utterances.texts(session)
      try input?.finish()
      shared.add("utterances", texts)
      try session.requireEqual(shared)
      let (rows, scores) = try score(texts, folder, session)
      guard session.isRoot else { return }
      if let embeddings { try EmbeddingFile.write(rows, to: embeddings.text) }
      try write(writer.header + writer.lines(texts, scores))
    }
  }

  /// Embeddings and scores; collective.
  private func score(
    _ texts: [String], _ folder: ModelFolder, _ session: Session
  ) throws -> (DoubleMatrix, LabelScores) {
    let rows = try Scorer(
      folder.model, threads: session.threads, precision: exactness.precision, ranks: session.ranks
    ).embed(folder.sequences.utterances(texts, threads: session.threads), .instance)
    let scores = folder.model.heads.scores(rows, labels: folder.labelEmbeddings)
    return (
      rows, try LabelScores(scores.values.map { Float($0) }, labelCount: folder.labels.count)
    )
  }

  /// One line in, one line out, flushed; rank 0 reads, all ranks take part.
  private func answerLines(
    _ folder: ModelFolder, _ writer: PredictionWriter, _ session: Session
  ) throws {
    if session.isRoot { try write(writer.header) }
    while true {
      let line = session.isRoot ? readLine() : nil
      let own = line.map { [UInt8]($0.utf8) } ?? []
      let size = session.isRoot && line == nil ? -1 : own.count
      let count = try session.ranks.broadcast([Int64(size)])[0]
      guard count >= 0 else { return }
      let bytes = try session.ranks.broadcast(
        session.isRoot ? own : [UInt8](repeating: 0, count: Int(count)))
      let texts = [String(decoding: bytes, as: UTF8.self)]
      let (_, scores) = try score(texts, folder, session)
      if session.isRoot { try write(writer.lines(texts, scores)) }
    }
  }

  private func write(_ text: String) throws {
    guard let output, output != "-" else {
      return try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
    do {
      try AtomicFile.write(Data(text.utf8), to: output.url)
    } catch {
      throw DataProblem("--output \(error)", code: ExitStatus.failure)
    }
  }
}

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

  func validate() throws {
    guard topK > 0 else { throw ValidationError("--top-k is \(topK); give 1 or more.") }
  }
}

/// Predictions as text.
struct PredictionWriter {
  private let labels: [String]
  private let topK: Int
  private let isJSON: Bool
  private let hasProbabilities: Bool

  init(labels: [String], _ form: PredictionOptions) {
    self.labels = labels
    topK = min(form.topK, labels.count)
    isJSON = form.format == .jsonl
    hasProbabilities = form.probabilities
  }

  private struct Choice {
    let label: String
    let score: Float
    let probability: Float?
  }

  /// The first line of a CSV file; nothing for JSONL.
  var header: String {
    guard !isJSON else { return "" }
    let names = ["label", "score"] + (hasProbabilities ? ["probability"] : [])
    let more = (1..<max(1, topK)).flatMap { place in names.map { "\($0)_\(place + 1)" } }
    return (["text"] + names + more).joined(separator: ",") + "\n"
  }

  /// One line an utterance.
  func lines(_ texts: [String], _ scores: LabelScores) -> String {
    var result = ""
    for (row, text) in texts.enumerated() {
      let probabilities = hasProbabilities ? scores.probabilities(ofRow: row) : []
      let best = scores.ranking(ofRow: row).prefix(topK).map { label in
        Choice(
          label: labels[label], score: scores[row][scores[row].startIndex + label],
          probability: hasProbabilities ? Float(probabilities[label]) : nil)
      }
      result += (isJSON ? json(text, best) : csv(text, best)) + "\n"
    }
    return result
  }

  private func csv(_ text: String, _ best: [Choice]) -> String {
    csvField(text)
      + best.map { choice in
        ",\(csvField(choice.label)),\(choice.score)"
          + (choice.probability.map { ",\($0)" } ?? "")
      }.joined()
  }

  private func json(_ text: String, _ best: [Choice]) -> String {
    let fields = best.map { choice in
      "\"label\":\(string(choice.label)),\"score\":\(choice.score)"
        + (choice.probability.map { ",\"probability\":\($0)" } ?? "")
    }
    let top = fields.map { "{\($0)}" }.joined(separator: ",")
    return "{\"text\":\(string(text)),\(fields.first.map { "\($0)," } ?? "")\"top\":[\(top)]}"
  }

  private func string(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }
}
