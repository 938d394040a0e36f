import ArgumentParser
import EmotionData
import Foundation
import MessagePassing
import Tensors

/// The program: subcommands, usage errors from one rank only, exit codes of the contract.
public struct TacoDist: ParsableCommand {
  /// Its subcommands.
  public static let configuration = CommandConfiguration(
    commandName: "taco-dist",
    abstract:
      "Trains TACO, a classifier of dozens of close emotions, data-parallel over MPI ranks.",
    discussion: """
      Start it alone, with 'mpirun -np 8 taco-dist ...' or from a Slurm batch script; the run is the \
      same, bit for bit, on any number of ranks. Without arguments it trains the built-in 'nano' \
      encoder on the built-in sample corpus.
      """,
    version: programVersion,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, TokenizeCommand.self,
      ReportCommand.self, TableCommand.self, SweepCommand.self, TraceCommand.self,
      CheckCommand.self, DataCommand.self, PromptCommand.self, PlanCommand.self,
      DoctorCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)

  /// A program without arguments yet.
  public init() {}

  /// Runs what the command line names, and ends with the exit code of its contract.
  public static func main() {
    StandardStreams.prepare()
    FileContents.readers = LauncherInfo.current?.size ?? 1
    refuseOtherProcessor()
    do {
      let arguments = joinNegativeNumbers(Array(CommandLine.arguments.dropFirst()))
      try refuseUnknownCommand(arguments)
      try refuseMisspelledOptions(arguments)
      let file = try ConfigurationFile(namedIn: arguments)
      do {
        var command = try parseAsRoot(file?.expand(arguments) ?? arguments)
        _ = try KernelLevel.choose(ProcessInfo.processInfo.environment[KernelLevel.variable])
        try command.run()
      } catch {
        throw file?.explain(error) ?? error
      }
    } catch {
      end(error)
    }
  }

  /// `--alpha -0.3` as `--alpha=-0.3`: the value is out of range, not missing; `-1G` and `-10m` alike.
  private static func joinNegativeNumbers(_ arguments: [String]) -> [String] {
    var result: [String] = []
    for argument in arguments {
      let isNumber =
        argument.hasPrefix("-")
        && (Double(argument) != nil || argument.dropFirst().first?.isNumber ?? false)
      if let option = result.last, option.hasPrefix("--"), option.count > 2, !option.contains("="),
        isNumber
      {
        result[result.count - 1] = "\(option)=\(argument)"
      } else {
        result.append(argument)
      }
    }
    return result
  }

  /// Without this, `-alpha` would be the call for help that its `h` stands for, and so would `--help=5`.
  private static func refuseMisspelledOptions(_ arguments: [String]) throws {
    for argument in arguments.prefix(while: { $0 != "--" }) {
      if argument.hasPrefix("--help=") || argument.hasPrefix("--version=") {
        throw DataProblem(
          "\(argument): \(argument.prefix { $0 != "=" }) takes no value.", code: ExitStatus.usage)
      }
      guard argument.hasPrefix("-"), !argument.hasPrefix("--"), argument.count > 1,
        argument != "-h"
      else { continue }
      throw DataProblem(
        "Unknown option '\(argument)': options have two dashes, as in '-\(argument)'; a value that starts "
          + "with one stands after '=', as in '--output=\(argument)'.", code: ExitStatus.usage)
    }
  }

  private static var commandNames: [String] {
    configuration.subcommands.compactMap { $0.configuration.commandName }
  }

  /// The command that a command line without the program's name is for.
  static func commandType(in arguments: [String]) -> any ParsableCommand.Type {
    configuration.subcommands.first { $0.configuration.commandName == arguments.first }
      ?? TrainCommand.self
  }

  /// The name of the command that the command line names.
  static var command: String {
    commandType(in: Array(CommandLine.arguments.dropFirst())).configuration.commandName ?? ""
  }

  /// Without this, a mistyped command would be an unexpected argument of `train`, or help about everything.
  private static func refuseUnknownCommand(_ arguments: [String]) throws {
    let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
    guard let word = words.first, !word.hasPrefix("-"), !commandNames.contains(word) else { return }
    throw DataProblem(
      "Unknown command '\(word)'. There are \(commandNames.joined(separator: ", ")).",
      code: ExitStatus.usage)
  }

  /// Ends the program for what all ranks find before MPI starts: a call for help, or an error.
  private static func end(_ error: any Error) -> Never {
    let error = DataProblem.told(error)
    let code = ExitStatus.code(for: error)
    if code == 0 {
      // Others may have been started with something to do, and would wait for this rank. Where no MPI
      // has started it, help needs none.
      let hasOthers = ProcessInfo.processInfo.environment["PMIX_RANK"] != nil
      if hasOthers, let launcher = LauncherInfo.current, launcher.size > 1 {
        if launcher.rank == 0 { print(fullMessage(for: error)) }
        Session.runReturningCode(threads: 1, command: "help or version") { _ in code }
      }
      if LauncherInfo.rankHint == 0 { exit(withError: error) }
      Foundation.exit(code)
    }
    let message = fullMessage(for: error)
    if let launcher = LauncherInfo.current, launcher.size > 1 {
      // MPI ends all ranks at once and in silence; a launcher complains about ranks that only exit.
      let problem = DataProblem(String(message.trimmingPrefix("Error: ")), code: code)
      Session.run(threads: 1) { _ in throw problem }
    }
    printError(message)
    Foundation.exit(code)
  }
}

/// The version that `--version` and model files tell.
let programVersion = "0.1.0"
