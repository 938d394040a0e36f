public import Foundation
internal import Safetensors
public import Tensors
public import Training

/// A checkpoint on disk: one layout whatever the number of ranks, every file with its SHA-256.
public struct Checkpoint: SavedRun, Sendable {
  /// The folder, `step-N`.
  public let folder: URL
  /// The configuration that the run had, as text.
  public let configuration: String
  /// How far the run was.
  public let state: TrainingState
  /// What decided the run's numbers; nil in checkpoints of earlier builds.
  public let fingerprints: Fingerprints?
  /// Name and version of the program that wrote it.
  public let program: String

  /// The contents of `checkpoint.json`.
  private struct Description: Codable {
    var format = 2
    let program: String
    let configuration: String
    let state: TrainingState
    let fingerprints: Fingerprints?
  }

  private static let description = "checkpoint.json"
  /// As `sha256sum` writes it; `sha256sum -c` checks a checkpoint too.
  private static let digests = "SHA256SUMS"

  /// Opens a checkpoint and checks it.
  ///
  /// - Parameters:
  ///   - folder: As `write` made it.
  ///   - verifies: Whether every byte is checked; one rank is enough.
  /// - Throws: `ModelFolderError` that names the file that is missing or damaged, `UnreadableFile` where that
  ///   cannot be told.
  public init(contentsOf folder: URL, verifies: Bool = true) throws {
    self.folder = folder
    if verifies { try Self.verify(folder) }
    let file = folder.appendingPathComponent(Self.description)
    guard let data = try contentsIfPresent(of: file) else {
      throw ModelFolderError("\(file.path): missing")
    }
    guard let description = try? JSONDecoder().decode(Description.self, from: data),
      description.format == 2
    else {
      throw ModelFolderError("\(file.path): damaged, or of another version")
    }
    if let found = description.state.implausibility {
      throw ModelFolderError("\(file.path): damaged: \(found)")
    }
    let name = folder.lastPathComponent
    guard !name.hasPrefix("step-") || name == Self.name(ofStep: description.state.step) else {
      throw ModelFolderError(
        "\(folder.path): holds the checkpoint of step \(description.state.step); was it renamed?")
    }
    fingerprints = description.fingerprints
    program = description.program
    configuration = description.configuration
    state = description.state
  }

  /// Compares every file with its digest.
  private static func verify(_ folder: URL) throws {
    let sums = folder.appendingPathComponent(digests)
    guard let data = try contentsIfPresent(of: sums) else {
      throw ModelFolderError("\(sums.path): missing")
    }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    for name in files {
      let file = folder.appendingPathComponent(name)
      guard try isPresent(file) else { throw ModelFolderError("\(file.path): missing") }
      let digest: String
      do {
        digest = try SHA256.digest(ofFile: file)
      } catch {
        throw UnreadableFile(path: file.path, cause: "\(error.localizedDescription)")
      }
      guard lines.contains(line(digest, name)) else {
        throw ModelFolderError("\(file.path): its SHA-256 is not the one in \(digests)")
      }
    }
    for part in RunPart.allCases { try verifyNumbers(in: part, of: folder) }
  }

  /// Refuses numbers that no run goes on with: training stops before it makes one.
  private static func verifyNumbers(in part: RunPart, of folder: URL) throws {
    let url = file(of: part, in: folder)
    let file = try SafetensorsFile(contentsOf: url)
    for name in file.names {
      let values = try file.floats(name)
      let isSquare = part == .secondMoments
      let count = values.count { !$0.isFinite || (isSquare && $0 < 0) }
      guard count == 0 else {
        throw ModelFolderError(
          "\(url.path): damaged: \(count) of \(values.count) values of '\(name)' are not finite"
            + (isSquare ? " or negative" : ""))
      }
    }
  }

  /// The folder's name.
  public static func name(ofStep step: Int) -> String { "step-\(step)" }

  /// The digests of all files, which tell one checkpoint from another.
  public func contentsDigest() throws -> String {
    SHA256.digest(of: try Data(contentsOf: folder.appendingPathComponent(Self.digests)))
  }

  private static var files: [String] {
    RunPart.allCases.map { "\($0.rawValue).safetensors" } + [description]
  }

  private static func file(of part: RunPart, in folder: URL) -> URL {
    folder.appendingPathComponent("\(part.rawValue).safetensors")
  }

  private static func line(_ digest: String, _ name: String) -> String { "\(digest)  \(name)" }

  /// Copies a part of the run.
  public func copy(
    _ part: RunPart, of entries: [ParameterLayout.Entry], into values: Vector
  ) throws {
    let url = Self.file(of: part, in: folder)
    try SafetensorsFile(contentsOf: url).copy(into: values, entries, url)
  }

  /// Writes a checkpoint under a temporary name and moves it in place when all of it is on disk.
  ///
  /// - Parameters:
  ///   - snapshot: The run.
  ///   - parent: The folder of all checkpoints.
  ///   - configuration: The run's configuration as text.
  ///   - fingerprints: What decides the run's numbers.
  ///   - program: Name and version of the program.
  /// - Returns: The folder, `step-N`.
  /// - Throws: An error that names the file that cannot be written; nothing is left of it then.
  public static func write(
    _ snapshot: TrainingSnapshot, in parent: URL, configuration: String,
    fingerprints: Fingerprints?, program: String
  ) throws -> URL {
    let folder = parent.appendingPathComponent(name(ofStep: snapshot.state.step))
    try replaceFolder(folder) { temporary in
      for part in RunPart.allCases {
        try snapshot.with(part) { values in
          try SafetensorsWriter(snapshot.entries, values).write(to: file(of: part, in: temporary))
        }
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let contents = try encoder.encode(
        Description(
          program: program, configuration: configuration, state: snapshot.state,
          fingerprints: fingerprints))
      try contents.write(to: temporary.appendingPathComponent(description))
      let sums = try files.map {
        line(try SHA256.digest(ofFile: temporary.appendingPathComponent($0)), $0) + "\n"
      }
      try Data(sums.joined().utf8).write(to: temporary.appendingPathComponent(digests))
    }
    return folder
  }
}
