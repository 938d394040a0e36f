import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Runs
import Safetensors
import Tensors
import Training

/// `predict`: a trained model's labels for utterances.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Label utterances with a trained model.",
    usage: "taco-dist predict <model> [<input>] [<options>]",
    discussion: """
      One row out for each row in, in the same order, also under mpirun. --keep-columns keeps what else \
      stands in the rows. --stream answers each line of standard input at once, for use in a pipe. --debias \
      takes from the scores what the model says of the utterances with their words hidden (TFD).
      """)

  @Argument(
    help: "A run folder of 'train', or the model folder in it.", transform: Path.parse)
  var model: Path

  @OptionGroup var utterances: UtteranceOptions

  @OptionGroup var form: PredictionOptions

  @Option(
    help: "The file to write, or - for standard output. (default: -)", transform: Path.parse)
  var output: Path?

  @OptionGroup var debias: DebiasOptions

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
    try debias.check()
    if form.keepColumns, utterances.input == "-", !stream {
      try Self.require(
        "--keep-columns", with: "a file, or the --input-format (csv, tsv, jsonl) of standard input",
        (utterances.files.inputFormat ?? .txt) != .txt)
    }
    guard stream else { return }
    try Self.refuse(
      "--stream",
      beside: [
        "the file \(utterances.input)": utterances.input != "-", "--output": output != nil,
        "--embeddings": embeddings != nil,
      ], "it goes from standard input to standard output")
    try Self.refuse(
      "--stream",
      beside: [
        "--keep-columns": form.keepColumns,
        "--input-format \((utterances.files.inputFormat ?? .txt).rawValue)":
          (utterances.files.inputFormat ?? .txt) != .txt,
      ], "it reads lines of text")
  }

  func run() throws {
    try checkOutputs()
    // A stream may rest for hours: no rank is late then.
    let timeout = stream ? 0 : options.timeout
    Session.run(threads: options.threads, timeout: timeout) { session in
      try exactness.products.use()
      var shared = Fingerprints()
      shared.add(options: [
        "broadcast-input": "\(inputs.broadcastInput)", "precision": "\(exactness.precision)",
        "products": "\(exactness.products)", "stream": "\(stream)",
      ])
      debias.add(to: &shared)
      shared.add("input", utterances.input == "-" ? "standard input" : "a file")
      try session.requireEqual(shared)
      session.warnOfPrecision(exactness.precision)
      let input = try inputs.broadcastInput ? BroadcastInput(session) : nil
      let folder = try ModelFolder(of: model.text, input)
      try shared.add(folder, as: "model")
      try session.requireEqual(shared)
      let debiasing = try debias.debiasing(folder, of: model.text, session, input)
      if stream {
        try input?.finish()
        return try answerLines(folder, debiasing, session)
      }
      var utterances = utterances
      if let input, utterances.input != "-" { utterances.input = try input.path(utterances.input) }
      let table = try utterances.table(
        session, keepsFields: form.keepColumns, model: folder.settings.dialogue?.columns)
      try input?.finish()
      shared.add("utterances", table.utterances)
      try session.requireEqual(shared)
      let writer = PredictionWriter(labels: folder.labels.names, form, columns: table.columns)
      try writer.requireDistinctNames(
        utterances.input == "-" ? "standard input" : utterances.input.text)
      let (rows, scores) = try score(table.utterances, folder, debiasing, session)
      guard session.isRoot else { return }
      if let embeddings { try EmbeddingFile.write(rows, to: embeddings.text) }
      try write(writer.header + writer.lines(table.texts, scores, kept: table.rows))
    }
  }

  /// Refuses outputs that cannot be written, or would replace what is read or one another.
  private func checkOutputs() throws {
    let inputs = [utterances.input.text, options.configuration, debias.lexicon?.text]
    if let output, output != "-" {
      try OutputPath.checkFile(output.text, reads: inputs)
    } else if !stream {
      try OutputPath.checkStandardOutput(from: utterances.input.text)
    }
    guard let embeddings else { return }
    try EmbeddingFile.check(embeddings.text, reads: inputs)
    guard let output, output.url == embeddings.url else {
      return
    }
    throw DataProblem(
      "--embeddings \(embeddings): is the file of --output too; choose another.",
      code: ExitStatus.usage)
  }

  /// Embeddings and scores; collective.
  private func score(
    _ utterances: [Utterance], _ folder: ModelFolder, _ debiasing: Debiasing?, _ session: Session
  ) throws -> (DoubleMatrix, LabelScores) {
    let classifier = FolderClassifier(
      folder, of: model.text, threads: session.threads, precision: exactness.precision,
      ranks: session.ranks)
    let found = try classifier.classify(utterances)
    guard let debiasing else { return (found.embeddings, found.scores) }
    return (
      found.embeddings, try debiasing.debiased(found.scores, utterances, classifier).scores
    )
  }

  /// One line in, one line out, at once; rank 0 reads, all ranks take part.
  private func answerLines(
    _ folder: ModelFolder, _ debiasing: Debiasing?, _ session: Session
  ) throws {
    let writer = PredictionWriter(labels: folder.labels.names, form)
    if session.isRoot { try write(writer.header) }
    var lines = InputLines()
    while true {
      // Nobody reads the answers any more: the end, as that of the questions.
      let line = session.isRoot && !StandardStreams.isOutputClosed ? try lines.next() : nil
      let own = line.map { [UInt8]($0.utf8) } ?? []
      let size = session.isRoot && line == nil ? -1 : own.count
      let count = try session.ranks.broadcast([Int64(size)])[0]
      guard count >= 0 else { return }
      let bytes = try session.ranks.broadcast(
        session.isRoot ? own : [UInt8](repeating: 0, count: Int(count)))
      let texts = [String(decoding: bytes, as: UTF8.self)]
      let (_, scores) = try score(texts.map { Utterance($0) }, folder, debiasing, session)
      if session.isRoot { try write(writer.lines(texts, scores)) }
    }
  }

  private func write(_ text: String) throws {
    guard let output, output != "-" else {
      return try StandardStreams.writeOutput(text)
    }
    try OutputPath.write(Data(text.utf8), to: output.text)
  }
}
