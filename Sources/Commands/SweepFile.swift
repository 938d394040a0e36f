import EmotionData
import Foundation
import Yams

/// A sweep file, read and checked: every option in it is one of `train`, and stands in one part.
struct SweepFile {
  /// An option with its place in the file.
  struct Entry {
    let option: YAMLOption
    let value: Node

    var name: String { option.name }

    /// What it is given, for names and tables.
    var text: String { option.values.joined(separator: "+") }
  }

  /// A named set of options.
  struct Variant {
    let name: String
    let options: [Entry]
  }

  /// The file's name for messages.
  let path: String
  /// The options of every run, which the other parts may replace.
  private(set) var base: [Entry] = []
  /// The variants; a nameless one where the file has none.
  private(set) var variants = [Variant(name: "", options: [])]
  /// For each option its values.
  private(set) var grid: [[Entry]] = []
  /// For each draw its options; one of none where the file has no draws.
  private(set) var draws: [[Entry]] = [[]]
  private let known = CommandOptions.ofTrain

  /// Reads a file.
  ///
  /// - Throws: `DataProblem` that names the file and the line.
  init(contentsOf path: String) throws {
    self.path = path
    let root = try map(try Self.root(of: path), "a map with train, variants, grid or random")
    for (key, value) in root {
      switch key.string ?? "" {
      case "train": base = try options(value)
      case "variants":
        variants = try map(value, "a map from names to options").map { key, value in
          let name = key.string ?? ""
          guard name.contains(where: { !$0.isWhitespace }) else {
            throw usage(key, "a variant's name is empty; give one.")
          }
          return Variant(name: name, options: try options(value))
        }
      case "grid":
        grid = try map(value, "a map from options to lists of values").map { key, value in
          guard let values = value.sequence, values.count > 0 else {
            throw usage(key, "'\(key.string ?? "")' wants a list of values, such as [0, 1, 2].")
          }
          return try values.map { try entry(key, $0) }
        }
      case "random": draws = try random(value, key)
      case let name:
        throw usage(
          key, "unknown part '\(name)'; there are train, variants, grid, random.")
      }
    }
    try requireOnePlace()
  }

  private static func root(of path: String) throws -> Node {
    guard let bytes = try? FileContents.read(path),
      let text = String(validating: bytes, as: UTF8.self)
    else {
      throw DataProblem("\(path): cannot be read. A YAML file is wanted.")
    }
    do {
      return try YAMLOption.root(of: text, source: path) ?? Node([(Node, Node)]())
    } catch {
      throw DataProblem(error)
    }
  }

  // MARK: Options

  /// A map that holds something.
  private func map(_ node: Node, _ wanted: String) throws -> [(key: Node, value: Node)] {
    guard let mapping = node.mapping, mapping.count > 0 else {
      throw usage(node, "\(wanted) is wanted.")
    }
    return mapping.map { ($0.key, $0.value) }
  }

  private func options(_ node: Node) throws -> [Entry] {
    guard let mapping = node.mapping else {
      throw usage(node, "a map of options of 'train' is wanted.")
    }
    return try mapping.map { try entry($0.key, $0.value) }
  }

  private func entry(_ key: Node, _ value: Node) throws -> Entry {
    let option: YAMLOption
    do {
      option = try YAMLOption(key, value, source: path)
    } catch {
      throw DataProblem(error)
    }
    guard !["output", "resume", "config"].contains(option.name) else {
      throw usage(key, "'\(option.name)' is the sweep's own business; leave it out.")
    }
    _ = try known.arguments(option)
    return Entry(option: option, value: value)
  }

  /// Refuses an option that one part would overwrite in another: only those of `train` are to be replaced.
  private func requireOnePlace() throws {
    let places =
      variants.map { ("the variant '\($0.name)'", $0.options) } + [
        ("random", draws[0]), ("grid", grid.compactMap(\.first)),
      ]
    for (index, (place, options)) in places.enumerated() {
      let others = places.dropFirst(max(index + 1, variants.count))
      for option in options {
        for (other, candidates) in others {
          guard let double = candidates.first(where: { $0.name == option.name }) else { continue }
          throw DataProblem(
            "\(path):\(option.option.line): '\(option.name)' stands in \(place) and in \(other) (line "
              + "\(double.option.line)), which would overwrite it; leave it out of one of them.",
            code: ExitStatus.usage)
        }
      }
    }
  }

  // MARK: Random search

  private func random(_ node: Node, _ place: Node) throws -> [[Entry]] {
    var (count, seed) = (0, UInt64(0))
    var ranges: [(key: Node, range: SweepRange)] = []
    for (key, value) in try map(node, "a map with count, seed and options") {
      switch key.string ?? "" {
      case "count": count = try number(value, key, "1 to 1000000", 1...1_000_000)
      case "seed": seed = try number(value, key, "0 or more", 0...UInt64.max)
      case "options":
        ranges = try map(value, "a map from options to ranges").map { key, value in
          guard let range = SweepRange(value) else {
            throw usage(
              key,
              "'\(key.string ?? "")' wants a list, or {low: 1e-5, high: 1e-3, scale: log}: low below high, "
                + "both positive where the scale is log.")
          }
          return (key, range)
        }
      case let name:
        throw usage(key, "unknown '\(name)'; random has count, seed and options.")
      }
    }
    guard count > 0 else { throw usage(place, "random wants count, 1 or more.") }
    guard !ranges.isEmpty else { throw usage(place, "random wants options to draw.") }
    return try (0..<count).map { draw in
      try ranges.enumerated().map { index, option in
        try entry(option.key, option.range.value(seed: seed, draw: draw, place: index))
      }
    }
  }

  private func number<Number: FixedWidthInteger>(
    _ value: Node, _ key: Node, _ wanted: String, _ range: ClosedRange<Number>
  ) throws -> Number {
    guard let number = value.scalar.flatMap({ Number($0.string) }), range.contains(number) else {
      throw usage(key, "'\(key.string ?? "")' wants a whole number, \(wanted).")
    }
    return number
  }

  private func usage(_ node: Node, _ problem: String) -> DataProblem {
    DataProblem("\(path):\(node.mark?.line ?? 1): \(problem)", code: ExitStatus.usage)
  }
}
