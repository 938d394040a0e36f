internal import Encoders
public import Foundation
internal import Objectives
internal import Runs
internal import Safetensors
internal import Tensors
public import Training

/// A step that failed, with all that computing it again takes: neither the data nor the ranks it had.
///
/// On disk it is a folder with `replay.json` and the parameters before the step.
public struct Replay: Sendable {
  /// The contents of `replay.json`.
  struct Description: Codable, Sendable {
    var format = 1
    /// What went wrong.
    let message: String
    /// The step, from 0; keys dropout and k-means with the configuration's seed.
    let step: Int
    /// The run's configuration.
    var configuration = ""
    /// The newest checkpoint's folder in the run folder, should there be one.
    var checkpoint: String?
    /// The batch's rows of the training split, from 0.
    let rows: [Int]
    /// Their labels.
    let targets: [Int]
    /// Their token ids.
    let utterances: [[Int32]]
    /// The token ids of their second views; nil where these are not read.
    var views: [[Int32]]?
    /// The labels' token ids, in id order.
    let labels: [[Int32]]
    /// How many labels there are.
    let labelCount: Int
    /// The batch's pairs in place of utterances, in a step that had them.
    var pairs: [TextPair]?
  }

  private static let description = "replay.json"
  private static let parameterFile = "parameters.safetensors"

  private var contents: Description
  private let folder: URL?
  private let failed: FailedStep?

  /// What went wrong.
  public var message: String { contents.message }
  /// The run's configuration as YAML.
  public var configuration: String { contents.configuration }
  /// The number of the step, from 0.
  public var step: Int { contents.step }
  /// How many labels the model tells apart.
  public var labelCount: Int { contents.labelCount }

  /// The batch.
  public var batch: StepBatch {
    if let pairs = contents.pairs { return StepBatch(pairs: pairs) }
    return StepBatch(
      utterances: contents.utterances, targets: contents.targets, views: contents.views ?? [],
      labels: contents.labels)
  }

  /// A fingerprint of the batch.
  public var digest: String {
    var fingerprints = Fingerprints()
    let ids = (batch.sequences + contents.labels).map { $0.map { "\($0)" }.joined(separator: ",") }
    fingerprints.add("replay", ids + contents.targets.map { "\($0)" })
    return fingerprints["replay"]?.value ?? ""
  }

  /// What is to be written of a step that failed.
  public init(_ failed: FailedStep) {
    func part(_ rows: Tower.Rows) -> [[Int32]] {
      Array(failed.batch.sequences[failed.batch.range(of: rows)])
    }
    let (views, pairs) = (part(.views), failed.batch.pairs)
    contents = Description(
      message: failed.finding, step: failed.step, rows: failed.rows, targets: failed.batch.targets,
      utterances: part(.utterances), views: views.isEmpty ? nil : views, labels: part(.labels),
      labelCount: failed.labelCount, pairs: pairs.isEmpty ? nil : pairs)
    self.failed = failed
    folder = nil
  }

  /// Opens a replay.
  ///
  /// - Parameter file: Its `replay.json`, or the folder of that.
  /// - Throws: `ModelFolderError` when it cannot be read.
  public init(contentsOf file: URL) throws {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
    let file = isFolder.boolValue ? file.appendingPathComponent(Self.description) : file
    guard let data = FileManager.default.contents(atPath: file.path) else {
      throw ModelFolderError("\(file.path): missing; give the replay.json of a run that failed.")
    }
    guard let contents = try? JSONDecoder().decode(Description.self, from: data),
      contents.format == 1, contents.isSound
    else { throw ModelFolderError("\(file.path): damaged, or of another version") }
    self.contents = contents
    folder = file.deletingLastPathComponent()
    failed = nil
  }

  /// Gives a model the parameters that it had before the step.
  ///
  /// - Parameter model: Of the run's configuration.
  /// - Throws: An error that names the tensor that does not fit, or `ModelFolderError` for a batch of
  ///   another model.
  public func restore(_ model: TacoModel) throws {
    guard let folder else { return }
    let vocabularySize = model.encoder.configuration.vocabularySize
    let sequences = batch.sequences + batch.pairs.map(\.originals)
    guard sequences.allSatisfy({ $0.allSatisfy { (0..<vocabularySize).contains(Int($0)) } }) else {
      throw ModelFolderError("\(folder.path)/\(Self.description): tokens of another model")
    }
    let url = folder.appendingPathComponent(Self.parameterFile)
    try SafetensorsFile(contentsOf: url).copy(into: model.parameters, model.layout.entries, url)
  }

  /// Writes the replay under `parent`.
  ///
  /// - Parameters:
  ///   - parent: The run's folder.
  ///   - configuration: The run's configuration as YAML.
  ///   - checkpoint: The newest checkpoint's folder in the run folder, or nil.
  /// - Returns: Its `replay.json`.
  /// - Throws: An error that names the file that cannot be written.
  public func write(in parent: URL, configuration: String, checkpoint: String?) throws -> URL {
    let folder = parent.appendingPathComponent("replay-step-\(contents.step + 1)")
    var contents = contents
    contents.configuration = configuration
    contents.checkpoint = checkpoint
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(contents)
    try replaceFolder(folder) { temporary in
      try failed?.withParameters { values in
        try SafetensorsWriter(failed?.layout.entries ?? [], values)
          .write(to: temporary.appendingPathComponent(Self.parameterFile))
      }
      try data.write(to: temporary.appendingPathComponent(Self.description))
    }
    return folder.appendingPathComponent(Self.description)
  }
}

extension Replay.Description {
  /// Whether the parts belong together; a file may have been changed by hand.
  fileprivate var isSound: Bool {
    step >= 0 && labelCount > 0 && !(utterances + (pairs ?? []).map(\.tokens)).isEmpty
      && utterances.count == targets.count && (pairs ?? []).allSatisfy(\.isSound)
      && [0, utterances.count].contains(views?.count ?? 0)
      && (utterances + (views ?? []) + labels).allSatisfy { !$0.isEmpty }
      && targets.allSatisfy { (0..<labelCount).contains($0) }
      && (labels.isEmpty || labels.count == labelCount)
  }
}
