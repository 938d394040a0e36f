internal import Evaluation
internal import Foundation
internal import Training

// `--resume` goes on with a run or starts one; it never starts over what was already worth keeping.
extension RunFolder {
  /// The newest checkpoint that is whole, of a run with the same configuration; says which it skipped, and why.
  ///
  /// - Parameters:
  ///   - configuration: As YAML.
  ///   - patience: As the configuration has it.
  /// - Returns: The checkpoint; nil where the run has none yet and loses nothing by starting.
  /// - Throws: `RunFolderError` when the folder is not this run's, or is one that cannot go on.
  package func newestCheckpoint(_ configuration: String, patience: Int) throws -> Checkpoint? {
    guard try !RunContents(of: url).parts.isEmpty else { return nil }
    let steps = try checkpointSteps()
    for step in steps.reversed() {
      do {
        func skip(_ cause: String) {
          tell("skipping checkpoint \(Checkpoint.name(ofStep: step)): \(cause)")
        }
        guard let found = try checkpoint(step, tell: skip) else { continue }
        try requireSame(configuration, found.configuration)
        guard found.state.patienceLimit == patience else {
          noteDamaged(step)
          skip(
            "damaged: its patience is \(found.state.patienceLimit), the configuration's \(patience)"
          )
          continue
        }
        return found
      } catch let error as UnreadableFile {
        throw problem("\(error). Make it readable; nothing was touched.", .failure)
      }
    }
    guard steps.isEmpty else {
      throw problem(
        "none of the checkpoints there is whole. Nothing was touched: bring one back, or start a new "
          + "run in another folder.", .badData)
    }
    try requireNothingToLose(configuration)
    return nil
  }

  /// The fingerprints that the run was started with; nil where it has none.
  package func recordedFingerprints() -> Fingerprints? {
    let file = url.appendingPathComponent(Self.fingerprintFile)
    return FileManager.default.contents(atPath: file.path)
      .flatMap { try? JSONDecoder().decode(Fingerprints.self, from: $0) }
  }

  /// Refuses a folder without checkpoints unless it is that of a run with this configuration which ended
  /// before its first checkpoint.
  private func requireNothingToLose(_ configuration: String) throws {
    guard let data = FileManager.default.contents(atPath: configurationFile.path) else {
      throw problem("\(configurationFile.relativePath) cannot be read.", .failure)
    }
    try requireSame(configuration, String(decoding: data, as: UTF8.self))
    let log = url.appendingPathComponent("metrics.jsonl")
    // A last line that a crash has cut off is no event.
    let events = FileManager.default.contents(atPath: log.path).map { data in
      String(decoding: data.prefix(upTo: data.lastIndex(of: 10) ?? data.startIndex), as: UTF8.self)
        .split(separator: "\n").map { line in
          let event = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
          return event?["event"] as? String ?? ""
        }
    }
    let hasModel = FileManager.default.fileExists(atPath: model.path)
    // A model comes with an evaluation, and the first checkpoint a moment later: between the two, the run
    // that starts again makes the same model.
    let isExplained = events.map { events in
      !events.contains("checkpoint") && !events.contains("")
        && (!hasModel || events.contains("evaluation"))
    }
    guard isExplained ?? !hasModel else {
      throw problem(
        "the run has \(hasModel ? "a model" : "had a checkpoint") but there is no checkpoint to go on "
          + "from. Nothing was touched: bring the checkpoints back, or start a new run in another "
          + "folder.", .badData)
    }
  }

  private var configurationFile: URL { url.appendingPathComponent("config.yaml") }

  /// Refuses a folder with things named like parts of a run that no run has made, before it is touched.
  func requireRun() throws {
    guard FileManager.default.fileExists(atPath: configurationFile.path) else {
      guard try checkpointSteps().isEmpty else { return }
      throw problem(
        "there is no config.yaml: this is not the folder of a run. Nothing was touched; choose another.",
        .misuse)
    }
  }

  private func requireSame(_ configuration: String, _ other: String) throws {
    let differences = Set(other.split(separator: "\n"))
      .symmetricDifference(configuration.split(separator: "\n")).sorted()
    guard differences.isEmpty else {
      throw RunFolderError.resume(
        .misuse, url.relativePath,
        "the run has another configuration; these lines differ:\n  "
          + differences.joined(separator: "\n  ")
          + "\nGive the options in its config.yaml, or choose another folder.")
    }
  }

  private func problem(_ cause: String, _ kind: RunFolderError.Kind) -> RunFolderError {
    .resume(kind, url.relativePath, cause)
  }
}
