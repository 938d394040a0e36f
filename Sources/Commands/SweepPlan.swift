import ElementaryFunctions
import EmotionData
import Foundation
import Tensors
import Yams

/// The runs of a sweep: variants x random draws x grid, a pure function of its file.
struct SweepPlan {
  /// One run.
  struct Run: Equatable {
    /// Unique, and usable as a folder's name.
    let name: String
    /// What sets it apart from the others.
    let varied: [(option: String, value: String)]
    /// The options file that `train --config` reads.
    let yaml: String

    static func == (left: Run, right: Run) -> Bool {
      left.name == right.name && left.yaml == right.yaml
    }
  }

  /// All runs; a run's place is its index.
  let runs: [Run]
  /// The options that vary, in file order.
  let variedOptions: [String]

  private typealias Options = [(name: String, value: Node)]

  /// Reads a sweep file.
  ///
  /// - Throws: `DataProblem` that names the file and the line.
  init(file: String) throws {
    let root = try Self.map(Self.node(of: file), file, "a map with train, variants, grid or random")
    for (key, _) in root {
      guard ["train", "variants", "grid", "random"].contains(key.name) else {
        throw DataProblem(
          "\(file):\(key.line): unknown part '\(key.name)'; there are train, variants, grid, random.",
          code: ExitStatus.usage)
      }
    }
    func part(_ name: String) -> Node? { root.first { $0.key.name == name }?.value }

    let base = try part("train").map { try Self.options($0, file) } ?? []
    let variants: [(name: String, options: Options)] =
      try part("variants").map { node in
        try Self.map(node, file, "a map from names to options").map { key, value in
          (key.name, try Self.options(value, file))
        }
      } ?? [("", [])]
    let grid = try part("grid").map { node in
      try Self.map(node, file, "a map from options to lists of values").map { key, value in
        guard let values = value.sequence, values.count > 0 else {
          throw DataProblem(
            "\(file):\(key.line): '\(key.name)' wants a list of values, such as [0, 1, 2].",
            code: ExitStatus.usage)
        }
        return (name: key.name, values: Array(values))
      }
    }
    let draws = try part("random").map { try Self.draws($0, file) } ?? [[]]
    var runs: [Run] = []
    for variant in variants {
      for (number, draw) in draws.enumerated() {
        for choice in Self.product(grid ?? []) {
          let label = [
            variant.name.isEmpty ? nil : variant.name,
            draw.isEmpty ? nil : "draw=\(number)",
          ]
          runs.append(
            try Self.run(
              label.compactMap { $0 }, base: base, variant: variant.options, draw: draw,
              grid: choice))
        }
      }
    }
    for (index, run) in runs.enumerated()
    where runs[..<index].contains(where: { $0.name == run.name }) {
      throw DataProblem("\(file): two runs would be named '\(run.name)'.", code: ExitStatus.usage)
    }
    self.runs = runs
    var varied: [String] = []
    for option in runs.flatMap(\.varied).map(\.option) where !varied.contains(option) {
      varied.append(option)
    }
    variedOptions = varied
  }

  // MARK: Runs

  private static func run(
    _ label: [String], base: Options, variant: Options, draw: Options, grid: Options
  ) throws -> Run {
    // What is nearer to the run wins.
    var options: Options = []
    for (name, value) in base + variant + draw + grid {
      options.removeAll { $0.name == name }
      options.append((name, value))
    }
    let parts = label + grid.map { "\($0.name)=\(text($0.value))" }
    let name = parts.isEmpty ? "run" : parts.joined(separator: ",")
    let safe = name.map { character -> Character in
      let isPlain = character.isASCII && (character.isLetter || character.isNumber)
      return isPlain || "._+-=,".contains(character) ? character : "_"
    }
    return Run(
      name: String(safe), varied: (variant + draw + grid).map { ($0.name, text($0.value)) },
      yaml: try Yams.serialize(node: Node(options.map { (Node($0.name), $0.value) })))
  }

  private static func text(_ node: Node) -> String {
    node.sequence.map { $0.map(text).joined(separator: "+") } ?? node.scalar?.string ?? ""
  }

  private static func product(_ grid: [(name: String, values: [Node])]) -> [Options] {
    grid.reduce([[]]) { choices, option in
      choices.flatMap { choice in option.values.map { choice + [(option.name, $0)] } }
    }
  }

  // MARK: Random search

  private static func draws(_ node: Node, _ file: String) throws -> [Options] {
    let parts = try map(node, file, "a map with count, seed and options")
    var (count, seed) = (0, UInt64(0))
    var options: [(key: Key, value: Node)] = []
    for (key, value) in parts {
      switch key.name {
      case "count": count = value.int ?? 0
      case "seed": seed = value.int.flatMap { UInt64(exactly: $0) } ?? 0
      case "options": options = try map(value, file, "a map from options to ranges")
      default:
        throw DataProblem(
          "\(file):\(key.line): unknown '\(key.name)'; random has count, seed and options.",
          code: ExitStatus.usage)
      }
    }
    guard count > 0 else {
      throw DataProblem("\(file): random wants count, 1 or more.", code: ExitStatus.usage)
    }
    return try (0..<count).map { draw in
      try options.enumerated().map { place, option in
        let random = KeyedRandom(
          seed: seed, purpose: .sampling, step: UInt64(draw), stream: UInt32(place)
        ).uniform(0)
        return (option.key.name, try value(option.value, random, option.key, file))
      }
    }
  }

  private static func value(
    _ node: Node, _ random: Double, _ key: Key, _ file: String
  ) throws -> Node {
    if let values = node.sequence, values.count > 0 {
      return values[min(Int(random * Double(values.count)), values.count - 1)]
    }
    guard let range = node.mapping, let low = range["low"]?.float, let high = range["high"]?.float,
      low < high, ["linear", "log"].contains(range["scale"]?.string ?? "linear")
    else {
      throw DataProblem(
        "\(file):\(key.line): '\(key.name)' wants a list, or {low: 1e-5, high: 1e-3, scale: log}.",
        code: ExitStatus.usage)
    }
    let isLog = range["scale"]?.string == "log"
    guard !isLog || low > 0 else {
      throw DataProblem(
        "\(file):\(key.line): '\(key.name)': a logarithmic range starts above 0.",
        code: ExitStatus.usage)
    }
    let value =
      isLog
      ? low * Elementary.exp(random * Elementary.log(high / low)) : low + (high - low) * random
    return Node(String(format: "%.3g", value))
  }

  // MARK: YAML

  private struct Key {
    let name: String
    let line: Int
  }

  private static func node(of file: String) throws -> Node {
    guard let bytes = try? FileContents.read(file),
      let text = String(validating: bytes, as: UTF8.self)
    else {
      throw DataProblem("\(file): cannot be read. A YAML file is wanted.")
    }
    if let found = excessiveYAMLAliases(in: text) {
      throw DataProblem("\(file):\(found.line): \(found.problem)")
    }
    do {
      return try Yams.compose(yaml: text) ?? Node([(Node, Node)]())
    } catch {
      throw DataProblem("\(file): broken YAML: \(error)")
    }
  }

  private static func map(
    _ node: Node, _ file: String, _ wanted: String
  ) throws -> [(key: Key, value: Node)] {
    guard let mapping = node.mapping else {
      throw DataProblem(
        "\(file):\(node.mark?.line ?? 1): \(wanted) is wanted.", code: ExitStatus.usage)
    }
    return mapping.map { key, value in
      (Key(name: key.string ?? "", line: key.mark?.line ?? 1), value)
    }
  }

  private static func options(_ node: Node, _ file: String) throws -> Options {
    try map(node, file, "a map of options of 'train'").map { key, value in
      guard !["output", "resume", "config"].contains(key.name) else {
        throw DataProblem(
          "\(file):\(key.line): '\(key.name)' is the sweep's own business; leave it out.",
          code: ExitStatus.usage)
      }
      return (key.name, value)
    }
  }
}
