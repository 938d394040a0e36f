import Foundation
import Training
import TripleView
import Yams

/// `--config FILE`, a YAML map in which every long option may stand under its name.
///
/// What stands on the command line comes after it and wins.
enum ConfigurationFile {
  /// Replaces `--config FILE` by the options in the file.
  ///
  /// - Parameter arguments: The command line without the program's name.
  /// - Returns: The command line with the file's options in it.
  /// - Throws: `DataProblem` for a file that cannot be used.
  static func expand(_ arguments: [String]) throws -> [String] {
    guard let (range, path) = find(arguments) else { return arguments }
    var rest = arguments
    rest.removeSubrange(range)
    // Options of the file go first, behind the subcommand's name where there is one.
    let start = rest.first.map { !$0.hasPrefix("-") } ?? false ? 1 : 0
    rest.insert(contentsOf: try options(of: path), at: start)
    return rest
  }

  private static func find(_ arguments: [String]) -> (Range<Int>, String)? {
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return nil }
      if argument.hasPrefix("--config=") {
        return (index..<index + 1, String(argument.dropFirst("--config=".count)))
      }
      if argument == "--config", index + 1 < arguments.count {
        return (index..<index + 2, arguments[index + 1])
      }
    }
    return nil
  }

  private static func options(of path: String) throws -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DataProblem("\(path): cannot be read. --config wants a YAML file.")
    }
    let node: Node?
    do {
      node = try Yams.compose(yaml: String(decoding: data, as: UTF8.self))
    } catch {
      throw DataProblem("\(path): not YAML: \(error)")
    }
    guard let node else { return [] }
    guard let mapping = node.mapping else {
      throw DataProblem("\(path): expected a map of option names and values.")
    }
    return try mapping.flatMap { key, value -> [String] in
      guard let name = key.string else {
        throw DataProblem("\(path): an option's name is not a string.")
      }
      return try arguments(name, value, path)
    }
  }

  private static func arguments(_ name: String, _ value: Node, _ path: String) throws -> [String] {
    if let list = value.sequence { return try list.flatMap { try arguments(name, $0, path) } }
    guard let text = value.scalar?.string else {
      throw DataProblem("\(path): '\(name)' wants one value, or a list of values.")
    }
    if value.tag.description.hasSuffix(":null") { return [] }
    guard let isOn = value.bool, text == "true" || text == "false" else {
      return ["--\(name)", text]
    }
    return isOn ? ["--\(name)"] : ["--no-\(name)"]
  }
}

extension TrainingSettings {
  /// The settings as `config.yaml` has them: option names and values, which `--config` reads back.
  func yaml(model: String, data: String?, texts: DataOptions) throws -> String {
    var without: [Node] = []
    if !objective.usesDisentangled { without.append("ldl") }
    if !objective.usesContrastive { without.append("ccl") }
    if !objective.usesClustering { without.append("clustering") }
    if !usesDescriptions { without.append("descriptions") }
    var pairs: [(Node, Node)] = [("model", Node(model))]
    if let data {
      pairs += [
        ("data", Node(data)), ("format", Node(texts.format.rawValue)),
        ("text-column", Node(texts.textColumn)), ("label-column", Node(texts.labelColumn)),
      ]
    }
    pairs += [
      ("labels", Node(texts.labelName(for: data) ?? "")), ("recipe", Node(recipe.rawValue)),
      ("batch-size", Node("\(batchSize)")), ("epochs", Node("\(epochs)")),
    ]
    if let steps { pairs.append(("steps", Node("\(steps)"))) }
    pairs += [
      ("learning-rate", Node("\(learningRate)")), ("warm-up", Node("\(warmUpSteps)")),
      ("weight-decay", Node("\(weightDecay)")), ("optimizer", Node(optimizer.rawValue)),
      ("patience", Node("\(patience)")), ("seed", Node("\(seed)")), ("shards", Node("\(shards)")),
      ("max-length", Node("\(maximumLength)")), ("pooling", Node(pooling.rawValue)),
      ("dropout", Node(usesDropout ? "true" : "false")), ("heads", Node(heads.rawValue)),
      ("alpha", Node("\(objective.alpha)")), ("beta", Node("\(objective.beta)")),
      ("temperature", Node("\(objective.temperature)")),
      ("contrastive-rows", Node(objective.contrastiveRows.rawValue)),
      ("contrastive-scale", Node(objective.contrastiveScale.rawValue)),
      ("disentangled-rows", Node(objective.disentangledRows.rawValue)),
      ("disentangled-pairs", Node(objective.disentangledPairs.rawValue)),
      ("restarts", Node("\(objective.clusterRestarts)")),
      ("clusters", Node(objective.clusterCount.rawValue)),
    ]
    if !without.isEmpty { pairs.append(("without", Node(without))) }
    return try Yams.serialize(node: Node(pairs))
  }
}
