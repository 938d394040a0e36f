public import Foundation

/// Starts a program of this package under mpirun, as tests do instead of calling MPI themselves.
public struct MPIRun: Sendable {
  /// How a job ended.
  public struct Outcome: Sendable {
    /// The exit code; 128 + the signal's number when a signal ended mpirun.
    public let status: Int32
    /// What the ranks printed.
    public let output: String
    /// What the ranks, and mpirun itself, printed on standard error.
    public let errors: String
    /// How long the job took.
    public let seconds: Double
    /// True when the job was ended because it took too long.
    public let timedOut: Bool
  }

  /// True where an mpirun is on the path.
  public static let isAvailable = find("mpirun") != nil

  /// The program to start.
  public let program: URL

  /// A program that `swift build` makes; nil when it has not been built.
  ///
  /// It is looked for in the folder named by TACO_BUILD_DIR, else beside this test program.
  ///
  /// - Parameter name: The executable's name.
  public init?(_ name: String) {
    let environment = ProcessInfo.processInfo.environment
    let beside = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let folders =
      [environment["TACO_BUILD_DIR"].map { URL(fileURLWithPath: $0) }, beside].compactMap { $0 }
      + ["debug", "release"].map { root.appendingPathComponent(".build/\($0)") }
    let candidates = folders.map { $0.appendingPathComponent(name) }
    guard
      let program = candidates.first(where: {
        FileManager.default.isExecutableFile(atPath: $0.path)
      })
    else { return nil }
    self.program = program
  }

  /// Runs the program on several ranks and waits for its end.
  ///
  /// - Parameters:
  ///   - arguments: The program's arguments.
  ///   - ranks: The number of ranks; nil starts it without mpirun.
  ///   - timeout: Seconds after which the whole job is ended.
  ///   - environment: Variables added to this process's.
  ///   - input: What stands on standard input; nothing when nil.
  ///   - folder: The working directory; this process's when nil.
  /// - Returns: How the job ended and what it printed.
  /// - Throws: When it cannot be started.
  public func callAsFunction(
    _ arguments: [String], ranks: Int?, timeout: Double = 60, environment: [String: String] = [:],
    input: String? = nil, in folder: URL? = nil
  ) throws -> Outcome {
    try start(arguments, ranks: ranks, environment: environment, input: input, in: folder)
      .wait(timeout: timeout)
  }

  /// Starts the program and lets it run.
  ///
  /// - Parameters: As above.
  /// - Returns: The running job, to be waited for.
  /// - Throws: When it cannot be started.
  public func start(
    _ arguments: [String], ranks: Int?, environment: [String: String] = [:], input: String? = nil,
    in folder: URL? = nil
  ) throws -> MPIJob {
    let job = try MPIJob()
    let process = job.process
    process.executableURL = ranks == nil ? program : URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = (ranks.map { launcher(ranks: $0) } ?? []) + arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(Self.settings) { _, ours in ours }
      .merging(environment) { _, theirs in theirs }
    process.currentDirectoryURL = folder ?? process.currentDirectoryURL
    try job.start(input: input)
    return job
  }

  /// Settings for containers and for more ranks than cores; MPI checks its arguments as well.
  private static let settings = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_btl": "self,vader",
    "OMPI_MCA_mpi_param_check": "true",
    "OMPI_MCA_mpi_yield_when_idle": "true",
    "OMPI_MCA_pml": "ob1",
  ]

  private func launcher(ranks: Int) -> [String] {
    ["mpirun", "-np", "\(ranks)", "--oversubscribe", "--bind-to", "none", program.path]
  }

  private static func find(_ program: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
