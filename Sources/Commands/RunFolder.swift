import Evaluation
import Foundation
import Safetensors
import SystemErrors
import SystemPackage
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
  private var fingerprints: Fingerprints?
  /// The checkpoints that were read or written whole, by step, and those that were found damaged.
  private(set) var examined: [Int: Bool] = [:]
  private let writer = BackgroundWriter()

  /// Checks the place without making anything: what fails before training starts leaves no trace.
  ///
  /// - Parameters:
  ///   - path: A folder that holds no more than logs yet, or nil for the next free `runs/N`.
  ///   - resumes: Whether a run may stand there already.
  ///   - keep: How many checkpoints stay.
  /// - Throws: `DataProblem` when it cannot be used; nothing in it has been touched then.
  init(_ path: String?, resumes: Bool, keep: Int) throws {
    isNamed = path != nil
    self.keep = keep
    url = URL(fileURLWithPath: path ?? "runs")
    guard let path else {
      try OutputPath.checkFolder("runs")
      return
    }
    if resumes, try !RunContents(of: url).parts.isEmpty {
      try requireRun()
      try acquireLock()
    } else {
      try OutputPath.checkNewFolder(path)
    }
  }

  deinit { if lock >= 0 { close(lock) } }

  /// Where fingerprints stand, beside config.yaml.
  static let fingerprintFile = "fingerprints.json"

  var checkpoints: URL { url.appendingPathComponent("checkpoints") }

  /// The folder of the checkpoint after `step`.
  static func checkpoint(_ step: Int, in folder: URL) -> URL {
    folder.appendingPathComponent("checkpoints/\(Checkpoint.name(ofStep: step))")
  }

  /// Opens a checkpoint and checks every byte, once.
  ///
  /// - Parameters:
  ///   - step: The step that its folder names.
  ///   - tell: Takes the cause where it is damaged.
  /// - Returns: The checkpoint; nil when it is damaged.
  /// - Throws: `UnreadableFile` where that cannot be found out.
  func checkpoint(_ step: Int, tell: (String) -> Void = { _ in }) throws -> Checkpoint? {
    do {
      let checkpoint = try Checkpoint(contentsOf: Self.checkpoint(step, in: url))
      examined[step] = true
      return checkpoint
    } catch let error as UnreadableFile {
      throw error
    } catch {
      examined[step] = false
      tell("\(error)")
      return nil
    }
  }

  /// Writes the run's model once more, with its adapters added into the encoder's weights.
  func merge() throws {
    let model = try ModelFolder(contentsOf: url.appendingPathComponent("model"))
    try writing { try model.merged().write(to: url.appendingPathComponent("merged")) }
  }

  /// Takes it that a checkpoint does not count.
  func noteDamaged(_ step: Int) { examined[step] = false }

  /// Makes the folder, writes the resolved configuration and begins, or goes on with, the log.
  ///
  /// - Parameters:
  ///   - configuration: As YAML.
  ///   - fingerprints: What decides the run's numbers.
  ///   - state: How far the run is that is resumed, or nil.
  ///   - tensorBoard: Whether TensorBoard gets an event file.
  /// - Throws: An error that names the file that cannot be written.
  func start(
    configuration: String, fingerprints: Fingerprints, resuming state: TrainingState?,
    tensorBoard: Bool
  ) throws {
    (self.configuration, self.fingerprints) = (configuration, fingerprints)
    let isNew = lock < 0
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      if !isNamed { url = try Self.makeNextFree(in: url) }
      try acquireLock()
      // Another run may have come and gone since the place was looked at.
      if isNew { try OutputPath.checkNewFolder(url.relativePath) }
      try AtomicFile.write(
        Data(configuration.utf8), to: url.appendingPathComponent("config.yaml"))
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try AtomicFile.write(
        encoder.encode(fingerprints), to: url.appendingPathComponent(Self.fingerprintFile))
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
    try writing {
      try AtomicFile.write(Data(ModelCard.adding(test: test, to: card).utf8), to: file)
    }
  }

  var model: URL { url.appendingPathComponent("model") }

  /// Writes a checkpoint while training goes on, points `latest` at it and removes old ones.
  func save(_ snapshot: TrainingSnapshot) throws {
    try writing { try writer.run { [self] in try writeCheckpoint(snapshot) } }
  }

  private func writeCheckpoint(_ snapshot: TrainingSnapshot) throws {
    try checkPresence()
    // Without its parents: a run folder that somebody moved away must not come back.
    guard mkdir(checkpoints.path, 0o777) == 0 || Errno.last == .fileExists else {
      throw DataProblem(
        "\(checkpoints.relativePath): cannot be made: \(Errno.last)",
        code: ExitStatus.failure)
    }
    let folder = try Checkpoint.write(
      snapshot, in: checkpoints, configuration: configuration, fingerprints: fingerprints,
      program: "taco-dist \(programVersion)")
    examined[snapshot.state.step] = true
    try pointLatest(at: folder)
    try removeCheckpoints(before: snapshot.state.step)
    try log?.writeCheckpoint(step: snapshot.state.step)
  }

  /// Removes what is older than the newest `keep` whole checkpoints; a damaged one is no checkpoint.
  private func removeCheckpoints(before newest: Int) throws {
    var kept = 0
    for step in try checkpointSteps().reversed() {
      if kept >= keep, step < newest {
        try? FileManager.default.removeItem(at: Self.checkpoint(step, in: url))
      } else if try isWhole(step) {
        kept += 1
      }
    }
  }

  /// One that cannot be read now may be whole: it does not count, and stays.
  private func isWhole(_ step: Int) throws -> Bool {
    if let known = examined[step] { return known }
    return (try? checkpoint(step)) != nil
  }

  /// What cannot be written is no bad data: the folder is gone, which says more than the file that
  /// was missed first, or the disk is full.
  private func writing<R>(_ body: () throws -> R) throws -> R {
    defer { Self.tellLimits() }
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
    let path = url.appendingPathComponent(".lock").path
    // Its permissions follow the umask, so that a colleague of the group can go on with the run.
    lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    // One that a colleague's narrower umask has made can still be locked.
    if lock < 0, Errno.last == .permissionDenied, access(url.path, W_OK) == 0 {
      lock = open(path, O_RDONLY | O_CLOEXEC)
    }
    guard lock >= 0 else {
      throw OutputPath.problem(
        url.relativePath, "is not writable: \(Errno.last)")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) != 0 else { return }
    // Only a lock that somebody holds means another run.
    let answer = Errno.last
    guard answer == .wouldBlock else {
      FileSystemLimits.note(.locks, at: url.relativePath, answer)
      return Self.tellLimits()
    }
    throw OutputPath.problem(
      url.relativePath, "another run is writing there. Wait for it, or choose another folder")
  }

  /// Says once what the file system lacks.
  private static func tellLimits() {
    for note in FileSystemLimits.takeNotes() { printError("warning: \(note)") }
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
    guard symlink("checkpoints/\(folder.lastPathComponent)", temporary) == 0 else {
      let answer = Errno.last
      guard FileSystemLimits.isLack(answer) else {
        throw DataProblem("\(link): cannot be written: \(answer)", code: 1)
      }
      return FileSystemLimits.note(.links, at: url.relativePath, answer)
    }
    guard rename(temporary, link) == 0 else {
      throw DataProblem("\(link): cannot be written: \(Errno.last)", code: 1)
    }
  }

  /// The steps that folders of checkpoints name.
  ///
  /// - Throws: `DataProblem` when their folder cannot be read.
  func checkpointSteps() throws -> [Int] {
    try RunContents.names(in: checkpoints).compactMap { name in
      guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0,
        name == Checkpoint.name(ofStep: step)
      else { return nil }
      return step
    }.sorted()
  }

  /// Makes the first of `runs/1`, `runs/2` and so on that is free; no two runs get the same.
  private static func makeNextFree(in folder: URL) throws -> URL {
    var number = 1
    while true {
      let place = URL(fileURLWithPath: "\(folder.relativePath)/\(number)")
      if mkdir(place.path, 0o777) == 0 { return place }
      guard Errno.last == .fileExists else { throw Errno.last }
      number += 1
    }
  }
}
