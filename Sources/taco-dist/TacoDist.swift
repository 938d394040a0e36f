import ArgumentParser
import Foundation
import MessagePassing

/// The program: subcommands, usage errors from one rank only, exit codes of the contract.
@main
struct TacoDist: ParsableCommand {
  static let configuration = CommandConfiguration(
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
      TraceCommand.self, DataCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)

  static func main() {
    do {
      let arguments = try ConfigurationFile.expand(Array(CommandLine.arguments.dropFirst()))
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      exitFromParsing(error)
    }
  }

  /// Every rank finds the same usage error; one prints it.
  private static func exitFromParsing(_ error: any Error) -> Never {
    let code = (error as? DataProblem)?.code ?? exitCode(for: error).rawValue
    guard LauncherInfo.rankHint == 0 else {
      // A rank that fails ends the job: let the printing one be first.
      usleep(500_000)
      Foundation.exit(code)
    }
    if let problem = error as? DataProblem {
      printError("\(problem)")
      Foundation.exit(code)
    }
    exit(withError: error)
  }
}

/// The version that `--version` and model files tell.
let programVersion = "0.1.0"

/// Writes a line to standard error.
func printError(_ line: String) {
  try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
}
