import EmotionData
import OrderedCollections
import Yams

/// The runs of a sweep: variants x random draws x grid, a pure function of its file.
struct SweepPlan {
  /// One run.
  struct Run {
    /// Unique, and usable as a folder's name.
    let name: String
    /// What sets it apart from the others.
    let varied: [(option: String, value: String)]
    /// The options file that `train --config` reads.
    let yaml: String
    /// Its options, with their places in the sweep file.
    let options: [YAMLOption]
  }

  /// All runs; a run's place is its index.
  let runs: [Run]
  /// The options that vary, in file order.
  let variedOptions: [String]

  private typealias Options = [SweepFile.Entry]

  /// Reads a sweep file.
  ///
  /// - Throws: `DataProblem` that names the file and the line.
  init(file path: String) throws {
    let file = try SweepFile(contentsOf: path)
    var runs: [Run] = []
    for variant in file.variants {
      for (number, draw) in file.draws.enumerated() {
        for choice in Self.product(file.grid) {
          let label = [
            variant.name.isEmpty ? nil : variant.name,
            draw.isEmpty ? nil : "draw=\(number)",
          ]
          runs.append(
            try Self.run(
              label.compactMap { $0 }, base: file.base, varied: variant.options + draw + choice,
              grid: choice))
        }
      }
    }
    var names: Set<String> = []
    for run in runs where !names.insert(run.name).inserted {
      throw DataProblem("\(path): two runs would be named '\(run.name)'.", code: ExitStatus.usage)
    }
    self.runs = runs
    variedOptions = OrderedSet(runs.flatMap(\.varied).map(\.option)).elements
  }

  private static func run(
    _ label: [String], base: Options, varied: Options, grid: Options
  ) throws -> Run {
    // What is nearer to the run wins.
    var options: Options = []
    for option in base + varied {
      options.removeAll { $0.name == option.name }
      options.append(option)
    }
    let parts = label + grid.map { "\($0.name)=\($0.text)" }
    let name = parts.isEmpty ? "run" : parts.joined(separator: ",")
    let safe = name.map { character -> Character in
      let isPlain = character.isASCII && (character.isLetter || character.isNumber)
      return isPlain || "._+-=,".contains(character) ? character : "_"
    }
    return Run(
      name: String(safe), varied: varied.map { ($0.name, $0.text) },
      yaml: try Yams.serialize(node: Node(options.map { (Node($0.name), $0.value) })),
      options: options.map(\.option))
  }

  private static func product(_ grid: [Options]) -> [Options] {
    grid.reduce([[]]) { choices, values in
      choices.flatMap { choice in values.map { choice + [$0] } }
    }
  }
}
