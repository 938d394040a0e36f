import ArgumentParser
import EmotionData
import Foundation
import MessagePassing

/// Where `predict` and `tokenize` take their utterances from.
struct UtteranceOptions: ParsableArguments {
  @Argument(
    help: "A .csv, .tsv, .jsonl or .txt file (one utterance a line), or - for standard input.",
    transform: Path.parse)
  var input: Path = "-"

  @Option(help: "How to read standard input.")
  var inputFormat = DataFormat.txt

  @Option(help: "The column that holds the text.")
  var textColumn = "text"

  /// The utterances in their order; collective, as rank 0 reads standard input and passes it on.
  func texts(_ session: Session) throws -> [String] {
    let columns = ColumnNames(text: textColumn)
    guard input == "-" else {
      return try readTexts(file: input.url, columns: columns)
    }
    let own = session.isRoot ? [UInt8](FileHandle.standardInput.readDataToEndOfFile()) : []
    let count = try session.ranks.broadcast([Int64(own.count)])[0]
    let bytes = try session.ranks.broadcast(
      session.isRoot ? own : [UInt8](repeating: 0, count: Int(count)))
    return try readTexts(
      bytes: bytes, format: inputFormat, source: "standard input", columns: columns)
  }
}

extension DataFormat: ExpressibleByArgument {}
