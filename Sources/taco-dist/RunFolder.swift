import Evaluation
import Foundation
import Training

/// The folder that a run fills; rank 0 alone writes it, and only one run at a time.
///
/// Sendable because the background writer touches the checkpoints alone, and the log has a lock.
final class RunFolder: @unchecked Sendable {
  /// The folder; known once the run has started.
  private(set) var url: URL
  private let isNamed: Bool
  private let keep: Int
  private var lock: Int32 = -1
  private var log: MetricsLog?
  private var board: TensorBoardLog?
  private var configuration = ""
  private let writer = BackgroundWriter()

  /// Checks the place without making anything: what fails before training starts leaves no trace.
  ///
  /// - Parameters:
  ///   - path: A folder that holds nothing yet, or nil for the next free `runs/N`.
  ///   - resumes: Whether a run may stand there already.
  ///   - keep: How many checkpoints stay.
  /// - Throws: `DataProblem` when it cannot be used; nothing in it has been touched then.
  init(_ path: String?, resumes: Bool, keep: Int) throws {
    isNamed = path != nil
    self.keep = keep
    url = URL(fileURLWithPath: path ?? "runs")
    if resumes, FileManager.default.fileExists(atPath: url.path) {
      try acquireLock()
    } else if let path {
      try OutputPath.checkNewFolder(path)
    } else {
      try OutputPath.checkFolder("runs")
    }
  }

  deinit { if lock >= 0 { close(lock) } }

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

  /// Makes the folder, writes the resolved configuration and begins, or goes on with, the log.
  ///
  /// - Parameters:
  ///   - configuration: As YAML.
  ///   - state: How far the run is that is resumed, or nil.
  ///   - tensorBoard: Whether TensorBoard gets an event file.
  /// - Throws: An error that names the file that cannot be written.
  func start(configuration: String, resuming state: TrainingState?, tensorBoard: Bool) throws {
    self.configuration = configuration
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      if !isNamed { url = try Self.makeNextFree(in: url) }
      try acquireLock()
      try Data(configuration.utf8).write(
        to: url.appendingPathComponent("config.yaml"), options: .atomic)
    } catch let problem as DataProblem {
      throw problem
    } catch {
      throw OutputPath.problem(url.relativePath, "cannot be made or written: \(error.systemReason)")
    }
    try writing {
      log = try MetricsLog(file: url.appendingPathComponent("metrics.jsonl"), keeping: state)
      if tensorBoard {
        board = try TensorBoardLog(
          file: url.appendingPathComponent(TensorBoardLog.fileName), keeping: state)
      }
    }
  }

  /// Appends an event to the log.
  func log(_ event: TrainingEvent) throws {
    try writing {
      try log?.write(event)
      try board?.write(event)
    }
  }

  /// Writes the best model so far, with its card.
  func save(_ folder: ModelFolder, card: String) throws {
    try checkPresence()
    try writing { try folder.write(to: model, card: card) }
  }

  /// Adds the test scores to the card of the best model.
  func addToCard(test: ClassificationReport) throws {
    let file = model.appendingPathComponent("README.md")
    guard let card = try? String(contentsOf: file, encoding: .utf8) else { return }
    try Data(ModelCard.adding(test: test, to: card).utf8).write(to: file, options: .atomic)
  }

  private var model: URL { url.appendingPathComponent("model") }

  /// Writes a checkpoint while training goes on, points `latest` at it and removes old ones.
  func save(_ snapshot: TrainingSnapshot) throws {
    try writing { try writer.run { [self] in try writeCheckpoint(snapshot) } }
  }

  private func writeCheckpoint(_ snapshot: TrainingSnapshot) throws {
    try checkPresence()
    // Without its parents: a run folder that somebody moved away must not come back.
    guard mkdir(checkpoints.path, 0o777) == 0 || errno == EEXIST else {
      throw DataProblem(
        "\(checkpoints.relativePath): cannot be made: \(String(cString: strerror(errno)))",
        code: ExitStatus.failure)
    }
    let folder = try Checkpoint.write(
      snapshot, in: checkpoints, configuration: configuration,
      program: "taco-dist \(programVersion)")
    try pointLatest(at: folder)
    for step in checkpointSteps().dropLast(keep) {
      try? FileManager.default.removeItem(at: Self.checkpoint(step, in: url))
    }
    try log?.writeCheckpoint(step: snapshot.state.step)
  }

  /// What cannot be written is no bad data: the folder is gone, which says more than the file that
  /// was missed first, or the disk is full.
  private func writing<R>(_ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch {
      try checkPresence()
      if error is DataProblem { throw error }
      throw DataProblem(error.plainDescription, code: ExitStatus.failure)
    }
  }

  /// Writes a step that failed; returns the file to replay it from.
  func save(_ replay: Replay) throws -> String {
    try writer.wait()
    let latest = try? FileManager.default.destinationOfSymbolicLink(
      atPath: url.appendingPathComponent("latest").path)
    let file = try replay.write(in: url, configuration: configuration, checkpoint: latest)
    return file.relativePath
  }

  /// Waits until everything is on disk.
  func finish() throws { try writing { try writer.wait() } }

  /// Only one run may write here; the system lets go of the lock when the process ends, however it does.
  private func acquireLock() throws {
    guard lock < 0 else { return }
    lock = open(url.appendingPathComponent(".lock").path, O_RDWR | O_CREAT, 0o644)
    guard lock >= 0 else {
      throw OutputPath.problem(
        url.relativePath, "is not writable: \(String(cString: strerror(errno)))")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw OutputPath.problem(
        url.relativePath, "another run is writing there. Wait for it, or choose another folder")
    }
  }

  /// Refuses to go on in a folder that somebody has removed or replaced: it would be a part of a run.
  private func checkPresence() throws {
    var (own, found) = (stat(), stat())
    let path = url.appendingPathComponent(".lock").path
    guard fstat(lock, &own) == 0, stat(path, &found) == 0, own.st_ino == found.st_ino else {
      throw OutputPath.problem(
        url.relativePath, "the run folder was removed or replaced while the run wrote to it.")
    }
  }

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

  /// Makes the first of `runs/1`, `runs/2` and so on that is free; no two runs get the same.
  private static func makeNextFree(in folder: URL) throws -> URL {
    var number = 1
    while true {
      let place = URL(fileURLWithPath: "\(folder.relativePath)/\(number)")
      if mkdir(place.path, 0o777) == 0 { return place }
      guard errno == EEXIST else { throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO) }
      number += 1
    }
  }
}
