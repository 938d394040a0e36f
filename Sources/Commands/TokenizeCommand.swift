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
    discussion: """
      One JSON array a line, special tokens included; with --past, --future or --speaker-column, those of an \
      utterance with its context.
      """)

  @Argument(
    help: "A folder with a tokenizer, a name that scripts/fetch-model knows, or nano.",
    transform: Path.parse)
  var model: Path

  @OptionGroup var utterances: UtteranceOptions

  @Option(help: "Cut off what is longer, special tokens included. (default: nothing)")
  var maxLength: Int?

  @OptionGroup var context: ContextOptions

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
    let dialogue = try context.settings(utterances.dialogue.columns)
    Session.run(threads: 1) { session in
      let table = try utterances.table(session)
      guard session.isRoot else { return }
      let tokenizer = try location.tokenizer()
      let limit = maxLength ?? .max
      let sequences =
        dialogue.map {
          DialogueSequences(tokenizer, $0, maximumLength: limit).sequences(table.utterances)
        } ?? table.texts.map { tokenizer.encodeSequence($0, maximumLength: limit) }
      var result = ""
      for ids in sequences {
        result += "[" + ids.map(String.init).joined(separator: ", ") + "]\n"
      }
      try StandardStreams.writeOutput(result)
    }
  }
}
