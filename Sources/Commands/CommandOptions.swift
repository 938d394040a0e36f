import ArgumentParser
import EmotionData
import Foundation

/// The long options of a command and what each of them takes, as the parser knows them.
struct CommandOptions {
  private let command: String
  private let forms: [String: OptionForm]

  /// Those of `train`, which sweeps and replays have.
  static let ofTrain = CommandOptions(TrainCommand.self)

  /// The options that a file can have: all but those that end the program or name the file.
  private static let commandLineOnly: Set = ["help", "version", "config"]

  /// Asks the parser for a command's options.
  init(_ command: any ParsableCommand.Type) {
    let tool = try? JSONDecoder().decode(Tool.self, from: Data(command._dumpHelp().utf8))
    self.command = command._commandName
    var forms: [String: OptionForm] = [:]
    let arguments = tool?.command.arguments ?? []
    let names = Set(arguments.flatMap(\.longNames))
    for argument in arguments {
      for name in argument.longNames where !Self.commandLineOnly.contains(name) {
        switch argument.kind {
        case "flag":
          let isInversion = name.hasPrefix("no-") && names.contains(String(name.dropFirst(3)))
          guard !isInversion else { continue }
          forms[name] = .flag(isInvertible: names.contains("no-\(name)"))
        case "option": forms[name] = argument.isRepeating ? .list : .value
        default: break
        }
      }
    }
    self.forms = forms
  }

  /// All names.
  private var names: [String] { forms.keys.sorted() }

  /// An entry of a YAML file as the command line has it.
  ///
  /// - Throws: `DataProblem` with file, line and name for what no option takes.
  func arguments(_ option: YAMLOption) throws -> [String] {
    do throws(YAMLOptionError) {
      guard let form = forms[option.name] else { throw option.problem(unknown(option.name)) }
      return try option.arguments(for: form)
    } catch {
      throw DataProblem(error)
    }
  }

  private func unknown(_ name: String) -> String {
    if name == "config" { return "a file cannot name another one." }
    if Self.commandLineOnly.contains(name) {
      return "it stands on the command line alone: \(TacoDist._commandName) \(command) --\(name)."
    }
    if name.hasPrefix("no-"), forms[String(name.dropFirst(3))] != nil {
      return "write '\(name.dropFirst(3)): false'."
    }
    if name == "<<" { return "merge keys are not read; write the options out." }
    return "unknown option of '\(command)'"
      + (suggestion(for: name).map { "; did you mean '\($0)'?" } ?? ".")
  }

  /// The option whose name is nearest.
  private func suggestion(for name: String) -> String? {
    let plain = Self.plain(name)
    let distances = names.map { (name: $0, distance: Self.distance(plain, Self.plain($0))) }
    guard let nearest = distances.min(by: { $0.distance < $1.distance }),
      nearest.distance <= max(min(2, plain.count / 2), plain.count / 4)
    else { return nil }
    return nearest.name
  }

  /// The letters and digits alone, so that `batch_size`, `--batch-size` and `BatchSize` are all near.
  private static func plain(_ name: String) -> [Character] {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  /// Levenshtein's distance.
  private static func distance(_ one: [Character], _ other: [Character]) -> Int {
    var row = Array(0...other.count)
    for (i, left) in one.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, right) in other.enumerated() {
        let best = min(diagonal + (left == right ? 0 : 1), row[j] + 1, row[j + 1] + 1)
        (diagonal, row[j + 1]) = (row[j + 1], best)
      }
    }
    return row[other.count]
  }

  // What the parser tells of itself, as far as it is wanted here.

  private struct Tool: Decodable {
    let command: Command
  }

  private struct Command: Decodable {
    let arguments: [Argument]?
  }

  private struct Argument: Decodable {
    let kind: String
    let isRepeating: Bool
    let names: [Name]?

    var longNames: [String] { (names ?? []).filter { $0.kind == "long" }.map(\.name) }
  }

  private struct Name: Decodable {
    let kind: String
    let name: String
  }
}

extension DataProblem {
  /// A fault of a YAML file of options: what its options say is usage, as on the command line.
  init(_ error: YAMLOptionError) {
    self.init(error.description, code: error.isUsage ? ExitStatus.usage : ExitStatus.data)
  }
}
