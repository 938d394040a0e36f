import EmotionData
import Foundation
import Training
import TripleView
import Yams

/// The file of `--config`: a YAML map of long options and their values; the command line wins.
struct ConfigurationFile {
  private let path: String
  private let options: [YAMLOption]

  /// Reads the file that a command line names; nil when it names none.
  ///
  /// - Parameter arguments: The command line without the program's name.
  /// - Throws: `DataProblem` or `DataError` for a file that cannot be used.
  init?(namedIn arguments: [String]) throws {
    guard let path = Self.path(in: arguments) else { return nil }
    let file: Path
    do {
      file = try Path.parse(path)
    } catch {
      throw DataProblem("--config \(path): \(error)", code: ExitStatus.usage)
    }
    try self.init(Self.text(of: file.text), path: file.text)
  }

  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - text: A YAML map.
  ///   - path: Its name for messages.
  /// - Throws: `DataError` for a text that cannot be used.
  init(_ text: String, path: String) throws {
    self.path = path
    options = try YAMLOption.options(in: text, source: path)
  }

  /// A command line with the file's options in it, but for those that it has itself.
  func expand(_ arguments: [String]) -> [String] {
    let given = Set(arguments.compactMap(Self.optionName))
    let added = options.filter { !given.contains($0.name) }.flatMap(\.arguments)
    // Behind the command's name where there is one.
    let start = arguments.first.map { !$0.hasPrefix("-") } ?? false ? 1 : 0
    return arguments[..<start] + added + arguments[start...]
  }

  /// An error about an option that came from the file, with its place there; nil for any other.
  func explain(_ error: any Error) -> DataProblem? {
    let code = ExitStatus.code(for: error)
    // A call for help is thrown too.
    guard code != 0 else { return nil }
    let message = TacoDist.message(for: error)
    let names = message.split { !($0.isLetter || $0.isNumber || $0 == "-") }
      .compactMap { Self.optionName(String($0)) }
    guard let option = options.first(where: { $0.name == names.first }) else { return nil }
    return DataProblem(
      "\(path):\(option.line): '\(option.name)': \(message)", code: code)
  }

  /// `--no-dropout` is about `dropout`, `--seed=1` about `seed`.
  private static func optionName(_ argument: String) -> String? {
    guard argument.hasPrefix("--"), argument.count > 2 else { return nil }
    let name = argument.dropFirst(2).prefix { $0 != "=" }
    return String(name.hasPrefix("no-") ? name.dropFirst(3) : name)
  }

  private static func path(in arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return nil }
      if argument.hasPrefix("--config=") { return String(argument.dropFirst("--config=".count)) }
      if argument == "--config", index + 1 < arguments.count { return arguments[index + 1] }
    }
    return nil
  }

  private static func text(of path: String) throws -> String {
    let bytes: [UInt8]
    do {
      // A pipe too, which Foundation does not read.
      bytes = try FileContents.read(path)
    } catch {
      throw DataProblem("--config \(error). A YAML file is wanted.")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DataProblem("\(path): not UTF-8; save the file as UTF-8.")
    }
    return text
  }
}

extension TrainingSettings {
  /// The settings as `config.yaml` has them: option names and values, which `--config` reads back.
  func yaml(model: String, data: String?, texts: DataOptions) throws -> String {
    var without: [Node] = []
    if !objective.usesDisentangled { without.append("ldl") }
    if !objective.usesContrastive { without.append("ccl") }
    if !objective.usesClustering { without.append("clustering") }
    if !usesDescriptions { without.append("descriptions") }
    var pairs: [(Node, Node)] = [("model", Node(RecordedPath.model(model)))]
    if let data {
      pairs += [
        ("data", Node(RecordedPath.absolute(data))), ("format", Node(texts.format.rawValue)),
        ("text-column", Node(texts.rows.textColumn)),
        ("label-column", Node(texts.rows.labelColumn)),
      ]
      let (rows, files) = (texts.rows, texts.rows.files)
      if rows.labelKind != .auto { pairs.append(("label-kind", Node(rows.labelKind.rawValue))) }
      if let form = files.inputFormat { pairs.append(("input-format", Node(form.rawValue))) }
      if files.quotes != .auto { pairs.append(("quotes", Node(files.quotes.rawValue))) }
    }
    pairs += [
      ("labels", Node(RecordedPath.labels(texts.labelName(for: data) ?? ""))),
      ("recipe", Node(recipe.rawValue)),
      ("objective", Node(objective.kind.rawValue)),
      ("batch-size", Node("\(batchSize)")), ("epochs", Node("\(epochs)")),
    ]
    if let steps { pairs.append(("steps", Node("\(steps)"))) }
    pairs += [
      ("learning-rate", Node("\(learningRate)")), ("warm-up", Node("\(warmUpSteps)")),
      ("weight-decay", Node("\(weightDecay)")), ("optimizer", Node(optimizer.rawValue)),
      ("patience", Node("\(patience)")), ("seed", Node("\(seed)")), ("shards", Node("\(shards)")),
      ("max-length", Node("\(maximumLength)")), ("pooling", Node(pooling.rawValue)),
      ("dropout", Node(usesDropout ? "true" : "false")), ("heads", Node(heads.rawValue)),
      ("alpha", Node("\(objective.alpha)")), ("beta", Node("\(objective.beta)")),
      ("temperature", Node("\(objective.temperature)")),
      ("contrastive-rows", Node(objective.contrastiveRows.rawValue)),
      ("contrastive-scale", Node(objective.contrastiveScale.rawValue)),
      ("disentangled-rows", Node(objective.disentangledRows.rawValue)),
      ("disentangled-pairs", Node(objective.disentangledPairs.rawValue)),
      ("restarts", Node("\(objective.clusterRestarts)")),
      ("clusters", Node(objective.clusterCount.rawValue)),
      ("precision", Node(precision.rawValue)),
      ("products", Node(products.rawValue)),
      ("gradient-exchange", Node(exchange.precision.rawValue)),
      ("reduction", Node(exchange.reduction.rawValue)),
    ]
    if let gradientClip { pairs.append(("gradient-clip", Node("\(gradientClip)"))) }
    if !without.isEmpty { pairs.append(("without", Node(without))) }
    return try Yams.serialize(node: Node(pairs))
  }
}
