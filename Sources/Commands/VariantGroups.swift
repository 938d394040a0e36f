import Evaluation
import Foundation
import ObjectiveCatalogue
import Objectives
import OrderedCollections

/// Runs that differ in the seed alone, under the name that the paper has for them.
struct VariantGroups {
  /// The runs of one variant.
  struct Group {
    /// The data's name where the runs have several, else empty.
    let data: String
    /// The variant.
    let name: String
    /// Its runs, a seed each.
    let runs: [RecordedRun]
  }

  /// In the order of their first runs.
  let groups: [Group]

  /// Groups runs.
  ///
  /// - Parameters:
  ///   - runs: The runs.
  ///   - scores: A run's scores, nil when it has none yet; such runs are left out.
  ///   - separate: Whether each run stands alone, seed and all.
  ///   - warn: Takes a sentence about each run that is left out.
  /// - Throws: `DataProblem` when none is left.
  init(
    _ runs: [RecordedRun], scores: (RecordedRun) -> RunHistory.Scores?, separate: Bool,
    warn: (String) -> Void
  ) throws {
    var kept: [RecordedRun] = []
    var seen: [String: String] = [:]
    for run in runs {
      guard scores(run) != nil else {
        warn("\(run.url.relativePath): no scores of that split yet: left out")
        continue
      }
      let identity = Self.identity(run, withSeed: true)
      if let other = seen[identity] {
        warn(
          "\(run.url.relativePath): the same settings and seed as \(other), so the same run: left out"
        )
        continue
      }
      seen[identity] = run.url.relativePath
      kept.append(run)
    }
    guard !kept.isEmpty else {
      throw DataProblem("no run has scores of that split; let one come to its end.")
    }
    let members = OrderedDictionary(grouping: kept) { Self.identity($0, withSeed: separate) }
    let hasSeveralData = Set(kept.map(\.dataName)).count > 1
    let differing = Self.differingOptions(kept, withSeed: separate)
    let variants = Dictionary(grouping: kept, by: Self.variant).mapValues {
      Self.differingOptions($0, withSeed: separate)
    }
    groups = members.values.map { runs in
      Group(
        data: hasSeveralData ? runs[0].dataName : "",
        name: Self.name(runs[0], differing, variants[Self.variant(of: runs[0])] ?? []), runs: runs)
    }
  }

  private static func identity(_ run: RecordedRun, withSeed: Bool) -> String {
    run.configuration.filter { withSeed || $0.key != "seed" }
      .map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
  }

  /// The options that tell rows apart beyond what the paper's names say.
  private static func differingOptions(_ runs: [RecordedRun], withSeed: Bool) -> [String] {
    let variants = ObjectiveCatalogue.all.flatMap { $0.variants.map(\.setting) }
    let named = Set(["data", "labels", "format", "without", "objective"] + variants)
    // Weights that only follow from the data set are no variant.
    let groups = Dictionary(grouping: runs, by: \.dataName).values
    return OrderedSet(runs.flatMap(\.configuration.keys)).subtracting(named).filter { option in
      (withSeed || option != "seed")
        && groups.contains { group in Set(group.map { $0.value(option) ?? "" }).count > 1 }
    }.elements
  }

  private static func name(_ run: RecordedRun, _ differing: [String], _ own: [String]) -> String {
    let usual = usual(run)
    // What follows from the objective, and what a run does not have, says nothing of it beside other objectives.
    let more = differing.compactMap { option -> String? in
      guard let value = run.value(option), own.contains(option) || value != usual[option] else {
        return nil
      }
      return "\(option) \(value)"
    }
    let name = variant(of: run)
    return more.isEmpty ? name : name + ", " + more.joined(separator: ", ")
  }

  /// The settings of a run to which nothing is given but recipe, objective, labels and model.
  private static func usual(_ run: RecordedRun) -> [String: String] {
    guard var options = try? TrainingOptions.parse([]) else { return [:] }
    options.recipe = run.command.training.recipe
    options.objective = run.command.training.objective
    let settings = try? options.settings(
      labels: run.value("labels"), columns: run.command.texts.rows.dialogue.columns,
      for: try? ModelLocation(run.model))
    guard let settings else { return [:] }
    return settings.settings.reduce(into: [:]) { $0[$1.name] = $1.entry(settings)?.text }
  }

  /// The objective, what is left out of it, and the variant that it is: as the paper's tables have it.
  static func variant(of run: RecordedRun) -> String {
    let objective = run.value("objective") ?? ObjectiveCatalogue.usual.name
    let type = ObjectiveCatalogue.type(named: objective)
    let parts = (type?.partTitles ?? [:]).merging(["descriptions": "DES"]) { own, _ in own }
    var name = type?.title ?? objective
    let without = (run.value("without") ?? "").split(separator: ", ").map {
      parts[String($0)] ?? String($0)
    }
    if !without.isEmpty { name += " w/o " + without.joined(separator: ", ") }
    for variant in type?.variants ?? [] where run.value(variant.setting) == variant.value {
      name += " w. \(variant.title)"
    }
    return name
  }
}
