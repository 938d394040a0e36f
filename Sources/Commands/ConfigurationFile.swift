import EmotionData
import Foundation
import Objectives
import Settings
import Training
import Yams

/// The file of `--config`: a YAML map of long options and their values; the command line wins.
struct ConfigurationFile {
  private let path: String
  /// Those that the command line does not have itself, and what they are there.
  private let options: [(option: YAMLOption, arguments: [String])]

  /// Reads the file that a command line names; nil when it names none.
  ///
  /// - Parameter arguments: The command line without the program's name.
  /// - Throws: `DataProblem` for a file that cannot be used.
  init?(namedIn arguments: [String]) throws {
    guard let path = Self.path(in: arguments) else { return nil }
    let file: Path
    do {
      file = try Path.parse(path)
    } catch {
      throw DataProblem("--config \(path): \(error)", code: ExitStatus.usage)
    }
    let options: [YAMLOption]
    do {
      options = try YAMLOption.options(in: Self.text(of: file.text), source: file.text)
    } catch let error as YAMLOptionError {
      throw DataProblem(error)
    }
    try self.init(
      options, path: file.text, CommandOptions(TacoDist.commandType(in: arguments)),
      given: Set(arguments.compactMap(Self.optionName)))
  }

  /// A configuration.
  ///
  /// - Parameters:
  ///   - options: What it holds.
  ///   - path: Its name for messages.
  ///   - known: The options of the command that it is for.
  ///   - given: The names of options on the command line.
  /// - Throws: `DataProblem` for what no option takes.
  init(
    _ options: [YAMLOption], path: String, _ known: CommandOptions, given: Set<String> = []
  ) throws {
    self.path = path
    // A mistake is one on a line that the command line replaces, too.
    self.options = try options.map { ($0, try known.arguments($0)) }
      .filter { !given.contains($0.0.name) }
  }

  /// A command line with the file's options in it.
  func expand(_ arguments: [String]) -> [String] {
    // After the command's name where there is one.
    let start = arguments.first.map { !$0.hasPrefix("-") } ?? false ? 1 : 0
    return arguments[..<start] + options.flatMap(\.arguments) + arguments[start...]
  }

  /// An error about an option that came from the file, with its place there; nil for any other.
  func explain(_ error: any Error) -> DataProblem? {
    let code = ExitStatus.code(for: error)
    // A call for help is thrown too.
    guard code != 0 else { return nil }
    let message = TacoDist.message(for: error)
    func problem(_ name: String) -> DataProblem? {
      options.first { $0.option.name == name }.map {
        DataProblem("\(path):\($0.option.line): '\(name)': \(message)", code: code)
      }
    }
    if let setting = (error as? DataProblem)?.setting { return problem(setting) }
    // The parser's own errors, and those about options beside others, name them in the text alone.
    guard code == ExitStatus.usage else { return nil }
    return message.split { !($0.isLetter || $0.isNumber || $0 == "-") }
      .lazy.compactMap { Self.optionName(String($0)) }.compactMap(problem).first
  }

  /// `--no-dropout` is about `dropout`, `--seed=1` about `seed`.
  private static func optionName(_ argument: String) -> String? {
    guard argument.hasPrefix("--"), argument.count > 2 else { return nil }
    let name = argument.dropFirst(2).prefix { $0 != "=" }
    return String(name.hasPrefix("no-") ? name.dropFirst(3) : name)
  }

  /// The last one counts, as with every option.
  private static func path(in arguments: [String]) -> String? {
    var path: String?
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { break }
      if argument.hasPrefix("--config=") { path = String(argument.dropFirst("--config=".count)) }
      if argument == "--config", index + 1 < arguments.count { path = arguments[index + 1] }
    }
    return path
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
    var pairs: [(Node, Node)] = [("model", Node(RecordedPath.model(model)))]
    if let data {
      pairs += [
        ("data", Node(RecordedPath.absolute(data))), ("format", Node(texts.format.rawValue)),
        ("text-column", Self.node(texts.rows.textColumn)),
        ("label-column", Self.node(texts.rows.labelColumn)),
      ]
      for (option, column) in texts.rows.dialogue.given {
        pairs.append((Node(option), Self.node(column)))
      }
      if let column = texts.viewColumn { pairs.append(("view-column", Self.node(column))) }
      let (rows, files) = (texts.rows, texts.rows.files)
      if rows.labelKind != .auto { pairs.append(("label-kind", Node(rows.labelKind.rawValue))) }
      if let form = files.inputFormat { pairs.append(("input-format", Node(form.rawValue))) }
      if files.quotes != .auto { pairs.append(("quotes", Node(files.quotes.rawValue))) }
    }
    pairs.append(("labels", Node(RecordedPath.labels(texts.labelName(for: data) ?? ""))))
    for setting in settings {
      switch setting.entry(self) {
      case .value(let value)?: pairs.append((Node(setting.name), Node(value)))
      case .list(let values)?: pairs.append((Node(setting.name), Node(values.map { Node($0) })))
      case nil: break
      }
    }
    return try Yams.serialize(node: Node(pairs))
  }

  /// A text as a value; the empty one in quotes, without which it would be none.
  private static func node(_ text: String) -> Node {
    text.isEmpty ? Node(text, .implicit, .singleQuoted) : Node(text)
  }
}
