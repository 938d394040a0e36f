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

  @OptionGroup var files: FileOptions

  @Option(help: "The column that holds the text; without a header its place, 0 for the first.")
  var textColumn = "text"

  @OptionGroup var dialogue: DialogueOptions

  func validate() throws { try dialogue.requireOther(than: ["--text-column": textColumn]) }

  /// The utterances in their order, with `keepsFields` what stands beside them too; collective, as rank 0 alone
  /// reads standard input and pipes, and passes them on.
  ///
  /// Lines of text have no columns, so that those of a `model` are not looked for there.
  func table(
    _ session: Session, keepsFields: Bool = false, model: DialogueColumns? = nil
  ) throws -> UtteranceTable {
    let ending = input == "-" ? "txt" : input.url.pathExtension.lowercased()
    let isLines = files.inputFormat.map { $0 == .txt } ?? (ending == "txt")
    try dialogue.requireDialogues(of: isLines ? nil : model)
    var options = ReadingOptions(
      columns: ColumnNames(text: textColumn, dialogue: dialogue.columns(isLines ? nil : model)),
      form: files.inputFormat, quotes: files.quotes)
    let notices = DataNotices()
    defer { if session.isRoot { notices.tell() } }
    guard let stream = try StreamInput(input.text, session) else {
      return try readUtterances(
        file: input.url, options, keepsFields: keepsFields, noticed: notices.take)
    }
    if input == "-" { options.form = options.form ?? .txt }
    return try readUtterances(
      bytes: stream.bytes, source: stream.name, options, keepsFields: keepsFields,
      noticed: notices.take)
  }
}

/// Standard input or a pipe, read by rank 0 and known to all.
struct StreamInput {
  /// What messages call it.
  let name: String
  /// All of it.
  let bytes: [UInt8]

  /// Reads `path`, nil if that is a file; collective.
  init?(_ path: String, _ session: Session) throws {
    let isStandard = path == "-"
    let isStream = isStandard || (session.isRoot && FileContents.isStream(path))
    // Only rank 0 may see it: /dev/fd is each process's own.
    guard try session.ranks.broadcast([Int64(isStream ? 1 : 0)])[0] == 1 else { return nil }
    name = isStandard ? "standard input" : path
    let own =
      !session.isRoot
      ? []
      : isStandard
        ? try FileContents.read(0, name: name) : try FileContents.read(path, readers: 1)
    let count = try session.ranks.broadcast([Int64(own.count)])[0]
    bytes = try session.ranks.broadcast(
      session.isRoot ? own : [UInt8](repeating: 0, count: Int(count)))
  }
}
