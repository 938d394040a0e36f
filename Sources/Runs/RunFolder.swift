package import Evaluation
package import Foundation
internal import Safetensors
internal import SystemErrors
internal import SystemPackage
package import Training

/// The folder that a run fills; rank 0 alone writes it, and only one run at a time.
///
/// Sendable because the background writer touches the checkpoints alone, and the log has a lock.
package final class RunFolder: @unchecked Sendable {
  /// The folder; known once the run has started.
  package private(set) var url: URL
  private let isNamed: Bool
  private let keep: Int
  private var lock: Int32 = -1
  private var log: MetricsLog?
  private var board: TensorBoardLog?
  /// The run's configuration as YAML; known once the run has started.
  package private(set) var configuration = ""
  private var fingerprints: Fingerprints?
  /// The checkpoints that were read or written whole, by step, and those that were found damaged.
  package private(set) var examined: [Int: Bool] = [:]
  private let writer = BackgroundWriter()
  /// Whether the run's constant tables are there, whole.
  var hasTables = false
  private let program: String
  let tell: @Sendable (String) -> Void

  /// Checks the place without making anything: what fails before training starts leaves no trace.
  ///
  /// - Parameters:
  ///   - path: A folder that holds no more than logs yet, or nil for the next free `runs/N`.
  ///   - resumes: Whether a run may stand there already.
  ///   - keep: How many checkpoints stay.
  ///   - program: Name and version of the program, for checkpoints.
  ///   - tell: Takes a line for people; called on any thread.
  /// - Throws: `RunFolderError` when it cannot be used; nothing in it has been touched then.
  package init(
    _ path: String?, resumes: Bool, keep: Int, program: String,
    tell: @escaping @Sendable (String) -> Void
  ) throws {
    isNamed = path != nil
    (self.keep, self.program, self.tell) = (keep, program, tell)
    url = URL(fileURLWithPath: path ?? "runs")
    guard let path else {
      try OutputFolder.requireMakeable("runs")
      return
    }
    if resumes, try !RunContents(of: url).parts.isEmpty {
      try requireRun()
      try acquireLock()
    } else {
      try OutputFolder.requireNew(path)
    }
  }

  deinit { if lock >= 0 { close(lock) } }

  /// Where fingerprints stand, beside config.yaml.
  package static let fingerprintFile = "fingerprints.json"

  var checkpoints: URL { url.appendingPathComponent("checkpoints") }

  /// The folder of the checkpoint after `step`.
  package static func checkpoint(_ step: Int, in folder: URL) -> URL {
    folder.appendingPathComponent("checkpoints/\(Checkpoint.name(ofStep: step))")
  }

  /// Opens a checkpoint and checks every byte, once.
  ///
  /// - Parameters:
  ///   - step: The step that its folder names.
  ///   - tell: Takes the cause where it is damaged.
  /// - Returns: The checkpoint; nil when it is damaged.
  /// - Throws: `UnreadableFile` where that cannot be found out.
  package func checkpoint(_ step: Int, tell: (String) -> Void = { _ in }) throws -> Checkpoint? {
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
  package func merge() throws {
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
  package func start(
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
      if isNew { try OutputFolder.requireNew(url.relativePath) }
      try AtomicFile.write(
        Data(configuration.utf8), to: url.appendingPathComponent("config.yaml"))
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try AtomicFile.write(
        encoder.encode(fingerprints), to: url.appendingPathComponent(Self.fingerprintFile))
    } catch let error as RunFolderError {
      throw error
    } catch {
      throw problem("cannot be made or written: \(error.systemReason)")
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
  package func log(_ event: TrainingEvent) throws {
    try writing {
      try log?.write(event)
      try board?.write(event)
    }
  }

  /// Writes the best model so far, with its card.
  package func save(_ folder: ModelFolder, card: String) throws {
    try checkPresence()
    try writing { try folder.write(to: model, card: card) }
  }

  /// Adds the test scores to the card of the best model.
  package func addToCard(test: ClassificationReport) throws {
    let file = model.appendingPathComponent("README.md")
    guard let card = try? String(contentsOf: file, encoding: .utf8) else { return }
    try writing {
      try AtomicFile.write(Data(ModelCard.adding(test: test, to: card).utf8), to: file)
    }
  }

  package var model: URL { url.appendingPathComponent("model") }

  /// Writes a checkpoint while training goes on, points `latest` at it and removes old ones.
  package func save(_ snapshot: TrainingSnapshot) throws {
    try writing { try writer.run { [self] in try writeCheckpoint(snapshot) } }
  }

  private func writeCheckpoint(_ snapshot: TrainingSnapshot) throws {
    try checkPresence()
    // Without its parents: a run folder that somebody moved away must not come back.
    guard mkdir(checkpoints.path, 0o777) == 0 || Errno.last == .fileExists else {
      throw RunFolderError(
        .failure,
        "\(checkpoints.relativePath): cannot be made: \(Errno.last)")
    }
    let folder = try Checkpoint.write(
      snapshot, in: checkpoints, configuration: configuration, fingerprints: fingerprints,
      program: program)
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
  func writing<R>(_ body: () throws -> R) throws -> R {
    defer { tellLimits() }
    do {
      return try body()
    } catch {
      try checkPresence()
      if error is RunFolderError { throw error }
      throw RunFolderError(.failure, error.plainDescription)
    }
  }

  /// The newest checkpoint's folder in this one, when all of it is on disk; nil before there is one.
  ///
  /// - Throws: What writing it threw.
  package func latestCheckpoint() throws -> String? {
    try writer.wait()
    return try? FileManager.default.destinationOfSymbolicLink(
      atPath: url.appendingPathComponent("latest").path)
  }

  /// Waits until everything is on disk.
  package func finish() throws { try writing { try writer.wait() } }

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
      throw problem("is not writable: \(Errno.last)")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) != 0 else { return }
    // Only a lock that somebody holds means another run.
    let answer = Errno.last
    guard answer == .wouldBlock else {
      FileSystemLimits.note(.locks, at: url.relativePath, answer)
      return tellLimits()
    }
    throw problem("another run is writing there. Wait for it, or choose another folder")
  }

  /// Says once what the file system lacks.
  private func tellLimits() {
    for note in FileSystemLimits.takeNotes() { tell("warning: \(note)") }
  }

  /// Refuses to go on in a folder that somebody has removed or replaced: it would be a part of a run.
  private func checkPresence() throws {
    var (own, found) = (stat(), stat())
    let path = url.appendingPathComponent(".lock").path
    guard fstat(lock, &own) == 0, stat(path, &found) == 0, own.st_ino == found.st_ino else {
      throw problem("the run folder was removed or replaced while the run wrote to it.")
    }
  }

  /// What the system refuses with this folder.
  private func problem(_ cause: String) -> RunFolderError {
    .output(.failure, url.relativePath, cause)
  }

  /// `latest` is a link that is replaced in one step.
  private func pointLatest(at folder: URL) throws {
    let link = url.appendingPathComponent("latest").path
    let temporary = url.appendingPathComponent(".latest").path
    unlink(temporary)
    guard symlink("checkpoints/\(folder.lastPathComponent)", temporary) == 0 else {
      let answer = Errno.last
      guard FileSystemLimits.isLack(answer) else {
        throw RunFolderError(.failure, "\(link): cannot be written: \(answer)")
      }
      return FileSystemLimits.note(.links, at: url.relativePath, answer)
    }
    guard rename(temporary, link) == 0 else {
      throw RunFolderError(
        .failure, "\(link): cannot be written: \(Errno.last)")
    }
  }

  /// The steps that folders of checkpoints name.
  ///
  /// - Throws: `RunFolderError` when their folder cannot be read.
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
