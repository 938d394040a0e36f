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
      CheckCommand.self, DataCommand.self, PlanCommand.self, DoctorCommand.self,
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
      try refuseUnknownCommand(arguments.first)
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

  /// `--alpha -0.3` as `--alpha=-0.3`: the value is out of range, not missing.
  private static func joinNegativeNumbers(_ arguments: [String]) -> [String] {
    var result: [String] = []
    for argument in arguments {
      if let option = result.last, option.hasPrefix("--"), option.count > 2, !option.contains("="),
        argument.hasPrefix("-"), Double(argument) != nil
      {
        result[result.count - 1] = "\(option)=\(argument)"
      } else {
        result.append(argument)
      }
    }
    return result
  }

  /// The command that the command line names.
  static var command: String {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    return CommandLine.arguments.dropFirst().first.flatMap { names.contains($0) ? $0 : nil }
      ?? "train"
  }

  /// Without this, a mistyped command would be an unexpected argument of `train`.
  private static func refuseUnknownCommand(_ word: String?) throws {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard let word, !word.hasPrefix("-"), word != "help", !names.contains(word) else { return }
    throw DataProblem(
      "Unknown command '\(word)'. There are \(names.joined(separator: ", ")).",
      code: ExitStatus.usage)
  }

  /// Ends the program for what all ranks find before MPI starts: a call for help, or an error.
  private static func end(_ error: any Error) -> Never {
    let code = ExitStatus.code(for: error)
    if code == 0 {
      if LauncherInfo.rankHint == 0 { exit(withError: error) }
      Foundation.exit(code)
    }
    let message = error.isFoundations ? "Error: \(error.plainDescription)" : fullMessage(for: error)
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
