import ArgumentParser
import EmotionData
import Foundation
import Tokenizers
import Training

/// `tokenize`: the ids that an encoder would see.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Print the token ids of utterances.",
    usage: "taco-dist tokenize <model> [<input>] [<options>]",
    discussion: "One JSON array a line, special tokens included.")

  @Argument(
    help: "A folder with a tokenizer, a name that scripts/fetch-model knows, or nano.",
    transform: Path.parse)
  var model: Path

  @OptionGroup var utterances: UtteranceOptions

  @Option(help: "Cut off what is longer, special tokens included. (default: nothing)")
  var maxLength: Int?

  @Option(
    help: "A YAML file with any of these options; the command line wins.", transform: Path.parse)
  var config: Path?

  func validate() throws {
    guard (maxLength ?? 2) >= 2 else {
      throw ValidationError("--max-length is \(maxLength ?? 0); give 2 or more.")
    }
  }

  func run() throws {
    let location = try ModelLocation(model.text)
    Session.run(threads: 1) { session in
      let texts = try utterances.table(session).texts
      guard session.isRoot else { return }
      let tokenizer = try location.tokenizer()
      var result = ""
      for text in texts {
        let ids = tokenizer.encodeSequence(text, maximumLength: maxLength ?? .max)
        result += "[" + ids.map(String.init).joined(separator: ", ") + "]\n"
      }
      try StandardStreams.writeOutput(result)
    }
  }
}
