internal import ClassDefinitions
internal import Hyperbolic
internal import LabelAware
internal import LinearClassifier
public import Objectives
internal import SupervisedAdversarial
internal import Synchronization
internal import TripleView

/// All objectives that a run can have, the usual one first; the only place that names them.
public enum ObjectiveCatalogue {
  private static let types = Mutex<[any ObjectiveSettings.Type]>([
    TripleViewSettings.self, LinearSettings.self, HyperbolicSettings.self,
    LabelAwareSettings.self, SupervisedAdversarialSettings.self, ClassDefinitionSettings.self,
  ])

  /// The settings of all objectives.
  public static var all: [any ObjectiveSettings.Type] { types.withLock { $0 } }

  /// Their names.
  public static var names: [String] { all.map { $0.name } }

  /// The settings of the objective that runs have when none is named.
  public static var usual: any ObjectiveSettings.Type { all[0] }

  /// The settings of an objective's name; nil for a name that none has.
  public static func type(named name: String) -> (any ObjectiveSettings.Type)? {
    all.first { $0.name == name }
  }

  /// Adds an objective that comes from elsewhere; called before options are parsed.
  public static func add(_ type: any ObjectiveSettings.Type) {
    types.withLock { types in
      precondition(!types.contains { $0.name == type.name }, "two objectives '\(type.name)'")
      types.append(type)
    }
  }

  /// What people call losses and statistics, by their names in logs.
  public static var titles: [String: String] {
    let second = LossTerm.adversarial(0)
    return all.reduce(into: [second.name: second.title]) {
      $0.merge($1.titles) { first, _ in first }
    }
  }
}
