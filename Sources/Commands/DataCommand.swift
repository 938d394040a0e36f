import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import Safetensors
import Tokenizers
import Training

/// `data`: what a data folder holds, before anyone trains on it.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Inspect a data folder before training on it.",
    discussion: """
      Counts, label distribution, repeated texts, conflicting labels, texts that leak between splits, \
      token lengths, and every row that training would refuse. Exits with 65 if there is any.
      """)

  @Argument(
    help: "The folder, as for 'train --data'. (default: the sample corpus)",
    transform: Path.parse)
  var folder: Path?

  @OptionGroup var texts: DataOptions

  @Option(
    help: "The encoder whose tokenizer measures lengths: a folder, a name or nano.",
    transform: Path.parse)
  var model: Path = "nano"

  @Option(help: "Count the utterances with more tokens, special ones included.")
  var maxLength = TrainingSettings(.paper).maximumLength

  @Option(
    help: "Draw the training split's label distribution into this SVG file.",
    transform: Path.parse)
  var figure: Path?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard maxLength > 0 else {
      throw ValidationError("--max-length is \(maxLength); give 1 or more.")
    }
  }

  func run() throws {
    if let figure {
      try OutputPath.checkFile(
        figure.text, option: "--figure", reads: texts.files(of: folder?.text))
    }
    Session.run(threads: 1) { session in
      guard session.isRoot else { return }
      let report = try report()
      if let figure { try draw(report, into: figure) }
      if json { print(try report.json()) } else { print(report.text()) }
      guard report.rejected.isEmpty else {
        throw DataProblem("\(counted(report.rejected.count, "problem")) in the data, named above.")
      }
    }
  }

  private func report() throws -> DataReport {
    let location = try ModelLocation(model.text)
    let tokenizer = try location.tokenizer()
    let limit = min(maxLength, location.positions ?? maxLength)
    if limit < maxLength {
      printError(
        "warning: --max-length \(maxLength): \(visible(model.text)) has \(limit) positions, and training would cut at "
          + "these")
    }
    var rejected = DataProblems()
    let notices = DataNotices()
    let data = try texts.dataSet(
      folder?.text, rejected: { rejected.add($0) }, noticed: notices.take)
    notices.tell()
    for group in rejected.groups { printError("\(group)") }
    let lengths = data.splits.map { split in
      LengthSummary(
        split.examples.map { tokenizer.encodeSequence($0.text, maximumLength: .max).count },
        limit: limit)
    }
    return DataReport(
      source: folder?.text ?? "the sample corpus",
      format: try texts.resolvedFormat(of: folder?.text),
      labelSet: texts.labelName(for: folder?.text) ?? "", data: data, lengths: lengths,
      model: model.text, maximumLength: limit, rejected: rejected, notices: notices.groups)
  }

  private func draw(_ report: DataReport, into file: Path) throws {
    let name = visible(URL(fileURLWithPath: report.source).lastPathComponent)
    let distribution = report.distribution
    let title =
      "Label distribution of \(name): \(grouped(distribution.total)) training utterances, "
      + "\(distribution.entries.count) labels"
    try OutputPath.write(
      Data(distribution.svg(title: title).utf8), to: file.text, option: "--figure")
  }
}
