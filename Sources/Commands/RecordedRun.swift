import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import OrderedCollections
import Training
import Yams

/// A run folder as `report` and `table` read it.
struct RecordedRun {
  /// The folder.
  let url: URL
  /// How people call it: the end of its path.
  let name: String
  /// The log.
  let history: RunHistory
  /// Option names and values in file order.
  let configuration: OrderedDictionary<String, String>
  /// The command that `config.yaml` stands for.
  let command: TrainCommand

  /// Reads config.yaml and metrics.jsonl.
  ///
  /// - Throws: `DataProblem` that names the file.
  init(_ path: String) throws {
    url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else { throw DataProblem("run \(path): no such folder.") }
    let file = url.appendingPathComponent("config.yaml").path
    guard FileManager.default.fileExists(atPath: file) else {
      throw DataProblem(
        "run \(path): no config.yaml. A run folder is wanted, as 'taco-dist train --output' makes it."
      )
    }
    name = visible(url.standardizedFileURL.lastPathComponent)
    let arguments = ["train", "--config", file]
    // This refuses what is no map of options, or has aliases without end.
    let expanded = try ConfigurationFile(namedIn: arguments)?.expand(arguments) ?? arguments
    configuration = try Self.options(file)
    do {
      command = try TrainCommand.parse(Array(expanded.dropFirst()))
    } catch {
      throw DataProblem("\(file): \(TrainCommand.message(for: error))")
    }
    let log = url.appendingPathComponent("metrics.jsonl")
    guard let text = try? String(contentsOf: log, encoding: .utf8) else {
      throw DataProblem("\(log.path): cannot be read; a run writes it.")
    }
    do {
      history = try RunHistory(text)
    } catch {
      throw DataProblem("\(log.path): \(error)")
    }
  }

  /// The run folders that arguments name: each as it is, or the runs in it, by name, where it is a folder of runs.
  static func folders(_ paths: [String]) -> [String] {
    let manager = FileManager.default
    func isRun(_ path: String) -> Bool { manager.fileExists(atPath: path + "/config.yaml") }
    return paths.flatMap { path in
      guard !isRun(path) else { return [path] }
      let inside = (try? manager.contentsOfDirectory(atPath: path)) ?? []
      let runs = inside.sorted().map { (path as NSString).appendingPathComponent($0) }.filter(isRun)
      return runs.isEmpty ? [path] : runs
    }
  }

  /// The value of an option.
  func value(_ option: String) -> String? { configuration[option] }

  /// The data that it was trained on, `folder` in its place if that is given, with the labels of its model.
  ///
  /// - Throws: `DataProblem` when the data is no longer there.
  func dataSet(insteadOf folder: String? = nil, labels: LabelSet) throws -> DataSet {
    guard let place = dataPlace(insteadOf: folder) else { return .sample }
    guard FileManager.default.fileExists(atPath: place) else {
      throw DataProblem(
        "run \(name): its data \(place) is not there any more; say with --data where it is.")
    }
    return try DataSet(
      folder: URL(fileURLWithPath: place), labels: labels, command.texts.reading)
  }

  /// The files of that data, and of its labels.
  func files(insteadOf folder: String?) -> [String?] {
    command.texts.files(of: dataPlace(insteadOf: folder))
  }

  private func dataPlace(insteadOf folder: String?) -> String? {
    folder ?? command.data.map { found($0.text) }
  }

  /// The encoder that training started from.
  var model: String { command.model == "nano" ? "nano" : found(command.model.text) }

  /// Where a path of config.yaml leads: those of older runs start from where the run was started, which is most
  /// often a folder above the run's.
  private func found(_ path: String) -> String {
    let manager = FileManager.default
    guard !path.hasPrefix("/"), !manager.fileExists(atPath: path) else { return path }
    var folder = url.standardizedFileURL
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let place = folder.appendingPathComponent(path).path
      if manager.fileExists(atPath: place) { return place }
    }
    return path
  }

  /// The name of its data.
  var dataName: String {
    command.data.map { $0.url.lastPathComponent } ?? "sample corpus"
  }

  private static func options(_ file: String) throws -> OrderedDictionary<String, String> {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8),
      let node = try? Yams.compose(yaml: text), let mapping = node.mapping
    else { throw DataProblem("\(file): a map of option names and values is wanted.") }
    let options = mapping.map { key, value in
      let list = value.sequence.map { $0.compactMap(\.string).joined(separator: ", ") }
      return (key.string ?? "", list ?? value.string ?? "")
    }
    return OrderedDictionary(options) { first, _ in first }
  }

  /// Names that tell the runs apart: as much of the paths' ends as it takes.
  static func distinctNames(_ runs: [RecordedRun]) -> [String] {
    let paths = runs.map { $0.url.standardizedFileURL.pathComponents }
    for length in 1...(paths.map(\.count).max() ?? 1) {
      let names = paths.map { $0.suffix(length).joined(separator: "/") }
      if Set(names).count == Set(paths).count { return names }
    }
    return runs.map(\.url.path)
  }
}
