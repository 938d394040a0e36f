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
    try withTemporaryFolder { files in
      // Files, not pipes: a rank that survives its job cannot keep the reader waiting.
      let output = files.appendingPathComponent("output")
      let errors = files.appendingPathComponent("errors")
      let process = Process()
      process.executableURL = ranks == nil ? program : URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = (ranks.map { launcher(ranks: $0) } ?? []) + arguments
      process.environment = ProcessInfo.processInfo.environment
        .merging(Self.settings) { _, ours in ours }
        .merging(environment) { _, theirs in theirs }
      process.currentDirectoryURL = folder ?? process.currentDirectoryURL
      process.standardInput =
        try input.map { text in
          let file = files.appendingPathComponent("input")
          try Data(text.utf8).write(to: file)
          return try FileHandle(forReadingFrom: file)
        } ?? FileHandle.nullDevice
      process.standardOutput = try Self.create(output)
      process.standardError = try Self.create(errors)

      let start = Date()
      try Self.withSignalsUnblocked { try process.run() }
      let timedOut = !Self.wait(for: process, until: start.addingTimeInterval(timeout))
      if timedOut { Self.end(process) }
      process.waitUntilExit()
      let status = process.terminationStatus
      return Outcome(
        status: process.terminationReason == .exit ? status : 128 + status,
        output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8),
        seconds: Date().timeIntervalSince(start), timedOut: timedOut)
    }
  }

  /// Settings for containers and for more ranks than cores; MPI checks its arguments as well.
  private static let settings = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_btl": "self,vader",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_mpi_param_check": "true",
    "OMPI_MCA_mpi_yield_when_idle": "true",
    "OMPI_MCA_pml": "ob1",
  ]

  private func launcher(ranks: Int) -> [String] {
    ["mpirun", "-np", "\(ranks)", "--oversubscribe", "--bind-to", "none", program.path]
  }

  /// A child inherits the blocked signals of the thread that starts it, and test threads block most:
  /// mpirun would not hear the request to end.
  private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  private static func create(_ file: URL) throws -> FileHandle {
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
  }

  private static func wait(for process: Process, until deadline: Date) -> Bool {
    while process.isRunning {
      guard Date() < deadline else { return false }
      usleep(10_000)
    }
    return true
  }

  /// Asks first, so that mpirun can end its ranks, which are not in its process group.
  private static func end(_ process: Process) {
    let group = process.processIdentifier
    kill(group, SIGTERM)
    if !wait(for: process, until: Date().addingTimeInterval(5)) {
      kill(-group, SIGKILL)
      kill(group, SIGKILL)
    }
  }

  private static func find(_ program: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
