import Foundation
import Training

/// The folder that a run fills; rank 0 alone has it.
final class RunFolder {
  /// The folder.
  let url: URL
  private var log: MetricsLog?

  /// Makes the folder.
  ///
  /// - Parameter path: A folder that holds nothing yet, or nil for the next free `runs/N`.
  /// - Throws: `DataProblem` when it holds something or cannot be made.
  init(_ path: String?) throws {
    url = URL(fileURLWithPath: path ?? Self.nextFree())
    let manager = FileManager.default
    if let contents = try? manager.contentsOfDirectory(atPath: url.path), !contents.isEmpty {
      throw DataProblem(
        "--output \(url.path): the folder is not empty. Nothing there was touched; choose another.",
        code: 1)
    }
    do {
      try manager.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw DataProblem(
        "--output \(url.path): the folder cannot be made. Check the path and its permissions.",
        code: 1)
    }
    guard manager.isWritableFile(atPath: url.path) else {
      throw DataProblem(
        "--output \(url.path): the folder is not writable. Check its permissions.", code: 1)
    }
  }

  /// The trained model's folder.
  var model: URL { url.appendingPathComponent("model") }

  /// Writes the resolved configuration and begins the log.
  func start(configuration: String) throws {
    try Data(configuration.utf8).write(
      to: url.appendingPathComponent("config.yaml"), options: .atomic)
    log = try MetricsLog(file: url.appendingPathComponent("metrics.jsonl"))
  }

  /// Appends an event to the log.
  func log(_ event: TrainingEvent) throws { try log?.write(event) }

  /// Writes the best model so far.
  func save(_ folder: ModelFolder) throws { try folder.write(to: model) }

  private static func nextFree() -> String {
    var number = 1
    while FileManager.default.fileExists(atPath: "runs/\(number)") { number += 1 }
    return "runs/\(number)"
  }
}
