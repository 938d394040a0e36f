import Foundation
import Training

/// The folder that a run fills; rank 0 alone writes it, and only one run at a time.
///
/// Sendable because the background writer touches the checkpoints alone, and the log has a lock.
final class RunFolder: @unchecked Sendable {
  /// The folder.
  let url: URL
  private let keep: Int
  private let lock: Int32
  private var log: MetricsLog?
  private var configuration = ""
  private let writer = BackgroundWriter()

  /// Makes the folder, or opens that of a run to be resumed.
  ///
  /// - Parameters:
  ///   - path: A folder that holds nothing yet, or nil for the next free `runs/N`.
  ///   - resumes: Whether a run may stand there already.
  ///   - keep: How many checkpoints stay.
  /// - Throws: `DataProblem` when it cannot be used; nothing in it has been touched then.
  init(_ path: String?, resumes: Bool, keep: Int) throws {
    url = URL(fileURLWithPath: path ?? Self.nextFree())
    self.keep = keep
    let manager = FileManager.default
    let contents = (try? manager.contentsOfDirectory(atPath: url.path)) ?? []
    guard contents.isEmpty || resumes else {
      throw DataProblem(
        "--output \(url.path): the folder is not empty. Nothing there was touched; choose another, or "
          + "give --resume to go on with the run in it.", code: 1)
    }
    do {
      try manager.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw DataProblem(
        "--output \(url.path): the folder cannot be made. Check the path and its permissions.",
        code: 1)
    }
    lock = open(url.appendingPathComponent(".lock").path, O_RDWR | O_CREAT, 0o644)
    guard lock >= 0 else {
      throw DataProblem(
        "--output \(url.path): the folder is not writable. Check its permissions.", code: 1)
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw DataProblem(
        "--output \(url.path): another run is writing there. Wait for it, or choose another folder.",
        code: 1)
    }
  }

  deinit { close(lock) }

  /// The trained model's folder.
  var model: URL { url.appendingPathComponent("model") }
  private var checkpoints: URL { url.appendingPathComponent("checkpoints") }

  /// The folder of the checkpoint after `step`.
  static func checkpoint(_ step: Int, in folder: URL) -> URL {
    folder.appendingPathComponent("checkpoints/step-\(step)")
  }

  /// The newest checkpoint that is whole; says which it skipped, and why.
  func newestCheckpoint() -> Checkpoint? {
    for step in checkpointSteps().reversed() {
      do {
        return try Checkpoint(contentsOf: Self.checkpoint(step, in: url))
      } catch {
        printError("skipping checkpoint step-\(step): \(error)")
      }
    }
    return nil
  }

  /// Writes the resolved configuration and begins, or goes on with, the log.
  ///
  /// - Parameters:
  ///   - configuration: As YAML.
  ///   - state: How far the run is that is resumed, or nil.
  /// - Throws: An error that names the file that cannot be written.
  func start(configuration: String, resuming state: TrainingState?) throws {
    self.configuration = configuration
    try Data(configuration.utf8).write(
      to: url.appendingPathComponent("config.yaml"), options: .atomic)
    log = try MetricsLog(file: url.appendingPathComponent("metrics.jsonl"), keeping: state)
  }

  /// Appends an event to the log.
  func log(_ event: TrainingEvent) throws { try log?.write(event) }

  /// Writes the best model so far.
  func save(_ folder: ModelFolder) throws { try folder.write(to: model) }

  /// Writes a checkpoint while training goes on, points `latest` at it and removes old ones.
  func save(_ snapshot: TrainingSnapshot) throws {
    let (parent, configuration) = (checkpoints, configuration)
    try writer.run { [self] in
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      let folder = try Checkpoint.write(
        snapshot, in: parent, configuration: configuration,
        program: "taco-dist \(programVersion)")
      try pointLatest(at: folder)
      for step in checkpointSteps().dropLast(keep) {
        try? FileManager.default.removeItem(at: Self.checkpoint(step, in: url))
      }
      try log?.writeCheckpoint(step: snapshot.state.step)
    }
  }

  /// Waits until everything is on disk.
  func finish() throws { try writer.wait() }

  /// `latest` is a link that is replaced in one step.
  private func pointLatest(at folder: URL) throws {
    let link = url.appendingPathComponent("latest").path
    let temporary = url.appendingPathComponent(".latest").path
    unlink(temporary)
    guard symlink("checkpoints/\(folder.lastPathComponent)", temporary) == 0,
      rename(temporary, link) == 0
    else {
      throw DataProblem("\(link): cannot be written: \(String(cString: strerror(errno)))", code: 1)
    }
  }

  private func checkpointSteps() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? []
    return names.compactMap { $0.hasPrefix("step-") ? Int($0.dropFirst(5)) : nil }.sorted()
  }

  private static func nextFree() -> String {
    var number = 1
    while FileManager.default.fileExists(atPath: "runs/\(number)") { number += 1 }
    return "runs/\(number)"
  }
}

/// Runs one piece of work at a time beside the training; what goes wrong is thrown at the next call.
private final class BackgroundWriter: @unchecked Sendable {
  private let queue = DispatchQueue(label: "taco-dist.files")
  private var failure: (any Error)?

  /// Waits for the work before, then starts this one.
  func run(_ body: @escaping @Sendable () throws -> Void) throws {
    try wait()
    queue.async { [self] in
      do { try body() } catch { failure = error }
    }
  }

  /// Waits for the work that was started.
  func wait() throws {
    try queue.sync {
      if let failure { throw failure }
    }
  }
}
