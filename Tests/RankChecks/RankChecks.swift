import Foundation
import MessagePassing

/// One thing that several ranks check together; it throws when it does not hold.
typealias RankCheck = @Sendable (MPIEnvironment) throws -> Void

/// Runs the named checks, one after the other: `mpirun -np 4 RankChecks all-gather broadcast`.
///
/// Without a name it prints all of them. Tests start it; add a case by adding it to a dictionary.
@main enum RankChecks {
  static let cases = [collectiveChecks, requestChecks, launcherChecks, failureChecks]
    .reduce(into: [String: RankCheck]()) { $0.merge($1) { first, _ in first } }

  static func main() {
    let names = CommandLine.arguments.dropFirst()
    let unknown = names.filter { cases[$0] == nil }
    let timeout = ProcessInfo.processInfo.environment["RANK_CHECKS_TIMEOUT"].flatMap { Double($0) }
    MPIEnvironment.run(timeout: timeout ?? 0, exitCode: exitCode) { environment in
      guard !names.isEmpty, unknown.isEmpty else {
        throw UsageProblem(
          description: "unknown: \(unknown); known: \(cases.keys.sorted().joined(separator: " "))")
      }
      for name in names {
        try cases[name]?(environment)
        try environment.world.barrier()
        if environment.world.isRoot { print("ok \(name)") }
      }
      return 0
    }
  }

  static func exitCode(for error: any Error) -> Int32 {
    error is UsageProblem ? 64 : error is CheckFailure ? 3 : 1
  }
}

/// Names that are no checks.
struct UsageProblem: Error, CustomStringConvertible {
  let description: String
}

/// A check that does not hold, and where.
struct CheckFailure: Error, CustomStringConvertible {
  let description: String
}

/// Throws when two values differ, with both of them.
func expectEqual<T: Equatable>(
  _ found: T, _ expected: T, _ what: @autoclosure () -> String = "", line: Int = #line,
  file: String = #fileID
) throws {
  guard found != expected else { return }
  throw CheckFailure(
    description: "\(file):\(line): \(what()) found \(found), expected \(expected)")
}
