import Foundation

/// A program that runs, perhaps under mpirun.
public final class MPIJob {
  let process = Process()
  private let files: URL
  private var begin = Date()

  init() throws {
    files = FileManager.default.temporaryDirectory
      .appendingPathComponent("taco-job-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
  }

  deinit {
    if process.isRunning { end() }
    try? FileManager.default.removeItem(at: files)
  }

  func start(input: String?) throws {
    process.standardInput =
      try input.map { text in
        let file = files.appendingPathComponent("input")
        try Data(text.utf8).write(to: file)
        return try FileHandle(forReadingFrom: file)
      } ?? FileHandle.nullDevice
    // Files, not pipes: a rank that survives its job cannot keep the reader waiting.
    process.standardOutput = try create("output")
    process.standardError = try create("errors")
    begin = Date()
    try Self.withSignalsUnblocked { try process.run() }
  }

  /// Waits for the job's end.
  ///
  /// - Parameter timeout: Seconds since its start after which the whole job is ended.
  /// - Returns: How the job ended and what it printed.
  /// - Throws: When what it printed cannot be read.
  public func wait(timeout: Double = 60) throws -> MPIRun.Outcome {
    let timedOut = !wait(until: begin.addingTimeInterval(timeout))
    if timedOut { end() }
    process.waitUntilExit()
    let status = process.terminationStatus
    return MPIRun.Outcome(
      status: process.terminationReason == .exit ? status : 128 + status,
      output: try text("output"), errors: try text("errors"),
      seconds: Date().timeIntervalSince(begin), timedOut: timedOut)
  }

  /// Whether the job has not ended.
  public var isRunning: Bool { process.isRunning }

  /// The launcher, or the program itself where it was started without one.
  public var launcher: Int32 { process.processIdentifier }

  /// The processes of the ranks that run now, by rank; empty until the launcher has started them.
  public var ranks: [Int: Int32] {
    let children =
      (try? String(
        contentsOfFile: "/proc/\(launcher)/task/\(launcher)/children", encoding: .utf8)) ?? ""
    return children.split(separator: " ").compactMap { Int32($0) }.reduce(into: [:]) {
      let environment = FileManager.default.contents(atPath: "/proc/\($1)/environ") ?? Data()
      let key = Data("OMPI_COMM_WORLD_RANK=".utf8)
      guard let variable = environment.split(separator: 0).first(where: { $0.starts(with: key) }),
        let rank = Int(String(decoding: variable.dropFirst(key.count), as: UTF8.self))
      else { return }
      $0[rank] = $1
    }
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: files.appendingPathComponent(name)), as: UTF8.self)
  }

  private func create(_ name: String) throws -> FileHandle {
    let file = files.appendingPathComponent(name)
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
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

  private func wait(until deadline: Date) -> Bool {
    while process.isRunning {
      guard Date() < deadline else { return false }
      usleep(10_000)
    }
    return true
  }

  /// Asks first, so that mpirun can end its ranks, which are not in its process group.
  private func end() {
    kill(launcher, SIGTERM)
    if !wait(until: Date().addingTimeInterval(5)) {
      kill(-launcher, SIGKILL)
      kill(launcher, SIGKILL)
    }
  }
}
