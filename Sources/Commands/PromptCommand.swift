import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import Settings

/// `prompt`: the paper's requests to language models.
struct PromptCommand: ParsableCommand {
  /// The form of the output.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, openai
  }

  static let configuration = CommandConfiguration(
    commandName: "prompt", abstract: "Write requests that ask a language model for labels.",
    discussion: """
      One request a row, in the words of the paper's Table 8; the misspelling "AURTHOR'S TEXT" is the paper's, \
      and its language models were asked so. 'evaluate --answers' scores what comes back. Rows are those that \
      'evaluate --data' reads, and are named row-1, row-2 and so on.

      --format openai writes the lines of a batch for OpenAI's API, which 'vllm run-batch' reads too: one user \
      message each, temperature 0. With --shots, each row has demonstrations of its own, drawn by seed and row, \
      never with the row's own text. Speakers and dialogues play no part in a request; their columns only let \
      rows be without a label.
      """)

  @Option(
    help:
      "A .csv, .tsv or .jsonl file, or one of a release that 'data' knows. (default: the sample corpus's test split)",
    transform: Path.parse)
  var data: Path?

  @Option(
    help:
      "A built-in label set or a file of labels, as for 'train'. (default: that of the release, or of the sample corpus)",
    transform: Path.parse)
  var labels: Path?

  @OptionGroup var rows: RowOptions

  @Option(
    help: "How many labelled demonstrations stand before each row's text; the paper has 0, 1 and 8."
  )
  var shots = 0

  @Option(
    help:
      "The labelled file that demonstrations are drawn from: the training split. (default with the sample corpus: its own)",
    transform: Path.parse)
  var examples: Path?

  @Option(help: "Decides which demonstrations are drawn.")
  var seed: UInt64 = 0

  @Flag(help: "Draw once: the same demonstrations for all rows.")
  var sameShots = false

  @Option(
    help: "Plain text with a blank line between requests, or JSON lines of OpenAI's batch form.")
  var format = Format.text

  @Option(
    help:
      "The model that the openai form names, for vLLM its place or name. (default: gpt-3.5-turbo)")
  var modelName: String?

  @Option(
    help: "The file to write, or - for standard output. (default: -)", transform: Path.parse)
  var output: Path?

  @Option(
    help: "A YAML file with any of these options; the command line wins.", transform: Path.parse)
  var config: Path?

  func validate() throws {
    guard (0...1000).contains(shots) else {
      throw ValidationError("--shots is \(shots); give 0 to 1000.")
    }
    if shots > 0, data != nil {
      try Self.require(
        "--shots", with: "--examples, the file to draw demonstrations from", examples != nil)
    }
    if examples != nil { try Self.require("--examples", with: "--shots, 1 or more", shots > 0) }
    if sameShots { try Self.require("--same-shots", with: "--shots, 1 or more", shots > 0) }
    if let modelName {
      try Self.require("--model-name", with: "--format openai", format == .openai)
      guard !modelName.isEmpty else {
        throw ValidationError("--model-name is empty; name a model, or leave it out.")
      }
    }
  }

  func run() throws {
    if let output, output != "-" {
      try OutputPath.checkFile(
        output.text, reads: [data?.text, examples?.text, labels?.text, config?.text])
    }
    Session.run(threads: 1) { session in
      guard session.isRoot else { return }
      try write(requests())
    }
  }

  private func requests() throws -> String {
    let notices = DataNotices()
    let labels = try rows.labelSet(labels, for: data, noticed: notices.take)
    let own =
      try rows.examples(data, labels, noticed: notices.take) ?? DataSet.sample.test?.examples
    let shown =
      shots == 0
      ? []
      : try rows.examples(examples, labels, noticed: notices.take) ?? DataSet.sample.train.examples
    notices.tell()
    let demonstrations = Demonstrations(
      shots, of: shown, labels, seed: seed, areShared: sameShots)
    let prompt = EmotionPrompt(labelNames: labels.names)
    let requests = try (own ?? []).enumerated().map { row, example in
      let drawn = demonstrations.drawn(row: row, example.text)
      guard drawn.count == shots else {
        throw DataProblem(
          "\(examples?.text ?? "the sample corpus"): --shots \(shots), but only \(drawn.count) rows can be shown "
            + "before \(RequestName.name(ofRow: row)); give more examples or fewer shots.")
      }
      return prompt.request(example.text, drawn)
    }
    switch format {
    case .text: return requests.map { $0 + "\n" }.joined(separator: "\n")
    case .openai: return try requests.enumerated().map(line).joined()
    }
  }

  /// A request as a line of a batch.
  private func line(row: Int, _ request: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    func quoted(_ text: String) throws -> String {
      String(decoding: try encoder.encode(text), as: UTF8.self)
    }
    let message = "{\"role\":\"user\",\"content\":\(try quoted(request))}"
    let model = try quoted(modelName ?? "gpt-3.5-turbo")
    return "{\"custom_id\":\"\(RequestName.name(ofRow: row))\",\"method\":\"POST\","
      + "\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\(model),\"messages\":[\(message)],"
      + "\"temperature\":0}}\n"
  }

  private func write(_ text: String) throws {
    guard let output, output != "-" else { return try StandardStreams.writeOutput(text) }
    try OutputPath.write(Data(text.utf8), to: output.text)
  }
}

extension RowOptions {
  /// The labels that an option names, or else those of the release that a file is one of, or of the sample corpus.
  func labelSet(
    _ labels: Path?, for data: Path?, noticed: RowRejection? = nil
  ) throws -> LabelSet {
    var options = try DataOptions.parse([])
    options.labels = labels
    options.rows = self
    guard data != nil || labels != nil else { return DataSet.sample.labels }
    let set = try options.labelSet(for: data?.text, noticed: noticed)
    guard data != nil || set.names == DataSet.sample.labels.names else {
      throw DataProblem(
        "--data is missing, and the labels are not the sample corpus's.", code: ExitStatus.usage)
    }
    return set
  }

  /// The labelled rows of a file; nil without one.
  func examples(
    _ file: Path?, _ labels: LabelSet, noticed: RowRejection? = nil
  ) throws -> [Example]? {
    try file.map {
      try readExamples(file: $0.url, labels: labels, reading(), noticed: noticed)
    }
  }
}
