import ArgumentParser
import Distribution
import EmotionData
import Encoders
import Evaluation
import Foundation
import Machine
import MessagePassing
import Objectives
import Runs
import Safetensors
import Settings
import Tensors
import Tokenizers
import Training

extension Request: PendingExchange {}
extension Communicator: Collectives {
  /// MPI's request.
  public typealias Pending = Request

  /// MPI's all-reduce.
  public func startSum(_ values: UnsafeMutableBufferPointer<Float>) throws -> Request {
    try startAllReduce(values, .sum)
  }
}

/// Exit codes of the contract, beside 0.
enum ExitStatus {
  /// Anything that is neither bad usage nor bad data.
  static let failure: Int32 = 1
  /// Bad usage (EX_USAGE).
  static let usage: Int32 = 64
  /// Bad data (EX_DATAERR).
  static let data: Int32 = 65

  /// The code of an error: bad usage, bad data, or anything else.
  static func code(for error: any Error) -> Int32 {
    switch error {
    case let problem as DataProblem: problem.code
    case is EarlyInterruption: Interruption.exitCode
    case let error as KernelLevelError: error == .missingAVX2 ? failure : usage
    case is OpenBLASError: failure
    case is DataError, is EncoderError, is TokenizerError, is SafetensorsError, is EvaluationError,
      is ModelFolderError, is ObjectiveError, is OtherTestRows:
      data
    default: TacoDist.exitCode(for: error).rawValue
    }
  }

  /// Whether all ranks find an error: they have the same usage, read the same data, see the same loss.
  static func isCommon(_ error: any Error) -> Bool {
    error is DataProblem || error is NonFiniteError || error is NonFiniteScoresError
      || error is NonFiniteModelError
      || error is DesyncError
      || [usage, data].contains(code(for: error))
  }
}

/// A problem with a code of its own.
struct DataProblem: Error, CustomStringConvertible {
  let description: String
  let code: Int32
  /// The setting that is to blame, by its name; nil where it is none.
  let setting: String?

  init(_ description: String, code: Int32 = ExitStatus.data) {
    self.init(description, code: code, setting: nil)
  }

  /// A setting out of its range, which commands know as an option.
  init(_ error: SettingError) {
    self.init("--\(error)", code: ExitStatus.usage, setting: error.setting)
  }

  /// A run folder that cannot be used, which commands know by the option that chose it.
  init(_ error: RunFolderError) {
    let code =
      switch error.kind {
      case .misuse: ExitStatus.usage
      case .badData: ExitStatus.data
      case .failure: ExitStatus.failure
      }
    self.init(
      error.setting == nil ? "\(error)" : "--\(error)", code: code, setting: error.setting)
  }

  /// Errors of libraries as commands tell them; any other error as it is.
  static func told(_ error: any Error) -> any Error {
    switch error {
    case let error as SettingError: DataProblem(error)
    case let error as RunFolderError: DataProblem(error)
    case _ where error.isFoundations:
      DataProblem(error.plainDescription, code: ExitStatus.failure)
    default: error
    }
  }

  private init(_ description: String, code: Int32, setting: String?) {
    // Names and texts of files must not steer the terminal.
    self.description = terminalSafe(description)
    (self.code, self.setting) = (code, setting)
  }
}

/// What a command works with once MPI runs.
struct Session {
  /// All ranks.
  let ranks: Communicator
  /// The threads of this rank.
  let threads: Int
  /// Where all ranks run, in rank order.
  let placements: [RankPlacement]
  /// The MPI library's name and version.
  let library: String
  /// Whether this rank speaks and writes.
  var isRoot: Bool { ranks.isRoot }

  /// The seconds that a rank may keep the others waiting, unless the command line says otherwise.
  static let defaultTimeout = 300.0

  /// Says what this rank does from now on; it is told should the rank keep the others waiting.
  func begin(_ activity: String) { ranks.begin(activity) }

  /// Starts MPI, runs a command's body on every rank and ends the program.
  ///
  /// - Parameters:
  ///   - threads: As asked for on the command line, or nil for what the machine offers.
  ///   - timeout: The seconds that a rank may keep the others waiting before they end the job.
  ///   - body: The command.
  static func run(
    threads: Int?, timeout: Double = defaultTimeout, _ body: (Session) throws -> Void
  ) -> Never {
    runReturningCode(threads: threads, timeout: timeout) { session in
      try body(session)
      return 0
    }
  }

  /// As above, for a command whose body tells the exit code, the same on all ranks; `command` is its name.
  static func runReturningCode(
    threads: Int?, timeout: Double = defaultTimeout, command: String = TacoDist.command,
    _ body: (Session) throws -> Int32
  ) -> Never {
    refuseSrunWithoutPMIx()
    MPIEnvironment.run(
      timeout: timeout, exitCode: ExitStatus.code(for:), isCommon: ExitStatus.isCommon
    ) { environment in
      let placements = try environment.world.collect(RankPlacement(environment))
      let own = placements[environment.world.rank]
      let offered = own.threads(among: placements)
      let threads = max(1, threads ?? min(offered, own.openMPThreads ?? offered))
      let session = Session(
        ranks: environment.world, threads: threads, placements: placements,
        library: environment.libraryVersion)
      try session.requireSameProgram(command)
      do {
        return try body(session)
      } catch {
        throw DataProblem.told(error)
      }
    }
  }
}
