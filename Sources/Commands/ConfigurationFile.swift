import EmotionData
import Foundation
import Objectives
import Settings
import Training
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
    if let setting = (error as? DataProblem)?.setting {
      return options.first { $0.name == setting }.map { problem(message, $0, code) }
    }
    // The parser's own errors name their option in the text alone.
    let names = message.split { !($0.isLetter || $0.isNumber || $0 == "-") }
      .compactMap { Self.optionName(String($0)) }
    guard let option = options.first(where: { $0.name == names.first }) else { return nil }
    return problem(message, option, code)
  }

  private func problem(_ message: String, _ option: YAMLOption, _ code: Int32) -> DataProblem {
    DataProblem("\(path):\(option.line): '\(option.name)': \(message)", code: code)
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
}
