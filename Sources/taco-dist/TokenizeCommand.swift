import ArgumentParser
import EmotionData
import Foundation
import Tokenizers
import Training

/// `tokenize`: the ids that an encoder would see.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Print the token ids of utterances.",
    discussion: "One JSON array a line, special tokens included.")

  @Argument(help: "A folder with a tokenizer, a name that scripts/fetch-model knows, or nano.")
  var model: String

  @Argument(
    help: "A .csv, .tsv, .jsonl or .txt file (one utterance a line), or - for standard input.")
  var input = "-"

  @Option(help: "How to read standard input: csv, tsv, jsonl or txt.")
  var inputFormat = "txt"

  @Option(help: "The column that holds the text.")
  var textColumn = "text"

  @Option(help: "Cut off what is longer, special tokens included. (default: nothing)")
  var maxLength: Int?

  func validate() throws {
    guard (maxLength ?? 2) >= 2 else { throw ValidationError("--max-length must be 2 or more.") }
    guard DataFormat(rawValue: inputFormat) != nil else {
      throw ValidationError("--input-format is '\(inputFormat)'; give csv, tsv, jsonl or txt.")
    }
  }

  func run() throws {
    do {
      try tokenize()
    } catch {
      printError("\(error)")
      Foundation.exit(ExitStatus.code(for: error))
    }
  }

  private func tokenize() throws {
    let tokenizer = try ModelLocation(model).tokenizer()
    var result = ""
    for text in try texts() {
      let ids = tokenizer.encodeSequence(text, maximumLength: maxLength ?? .max)
      result += "[" + ids.map(String.init).joined(separator: ", ") + "]\n"
    }
    try FileHandle.standardOutput.write(contentsOf: Data(result.utf8))
  }

  private func texts() throws -> [String] {
    let columns = ColumnNames(text: textColumn)
    guard input == "-" else {
      return try readTexts(file: URL(fileURLWithPath: input), columns: columns)
    }
    return try readTexts(
      bytes: [UInt8](FileHandle.standardInput.readDataToEndOfFile()),
      format: DataFormat(rawValue: inputFormat) ?? .txt, source: "standard input", columns: columns)
  }
}
