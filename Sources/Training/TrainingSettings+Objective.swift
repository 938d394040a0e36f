internal import ObjectiveCatalogue
internal import Objectives
public import Settings

/// A part of the method that can be left out, by its name: the paper's ablations.
public struct Ablation: RawRepresentable, SettingValue, Hashable {
  /// The name.
  public let rawValue: String

  /// The part of this name; nil when no objective has one.
  public init?(rawValue: String) {
    guard Self.choices.contains(rawValue) else { return nil }
    self.rawValue = rawValue
  }

  private init(known name: String) { rawValue = name }

  /// The labels' descriptions, which every objective with a tower over the labels can do without.
  public static let descriptions = Ablation(known: "descriptions")

  /// The names of all parts.
  public static var choices: [String] {
    let parts = ObjectiveCatalogue.all.flatMap { ObjectiveChoice($0.init(.paper)).parts }
    return parts.enumerated().filter { parts.firstIndex(of: $1) == $0 }.map(\.element)
      + [descriptions.rawValue]
  }

  static func known(_ names: [String]) -> [Ablation] { names.map(Self.init(known:)) }
}

/// The name of an objective of the catalogue.
public struct ObjectiveName: RawRepresentable, SettingValue, Hashable {
  /// The name.
  public let rawValue: String

  /// The objective of this name; nil when there is none.
  public init?(rawValue: String) {
    guard Self.choices.contains(rawValue) else { return nil }
    self.rawValue = rawValue
  }

  init(known name: String) { rawValue = name }

  /// The names of all objectives.
  public static var choices: [String] { ObjectiveCatalogue.names }
}

/// What is trained, by its name, and the parts of it that are left out.
extension TrainingSettings {
  /// The objective's name; another one brings its own settings, as the recipe has them.
  public var objectiveName: ObjectiveName {
    get { ObjectiveName(known: objective.name) }
    set {
      guard newValue.rawValue != objective.name,
        let type = ObjectiveCatalogue.type(named: newValue.rawValue)
      else { return }
      objective = ObjectiveChoice(type.init(recipe))
    }
  }

  /// Takes what the objective's paper trains with.
  public mutating func suitObjective() {
    for (name, value) in objective.training {
      guard let setting = settings.first(where: { $0.name == name }),
        (try? setting.set(value, &self)) != nil
      else { preconditionFailure("\(objective.name) sets \(name) to \(value)") }
    }
  }

  /// The parts of the method that are left out.
  public var without: [Ablation] {
    get { Ablation.known(objective.leftOut) + (usesDescriptions ? [] : [.descriptions]) }
    set {
      objective.leftOut = newValue.map(\.rawValue)
      usesDescriptions = !newValue.contains(.descriptions)
    }
  }

  /// Leaves parts of the method out.
  ///
  /// - Throws: `SettingError` for a part that the objective does not have.
  public mutating func leaveOut(_ parts: [Ablation]) throws(SettingError) {
    without = parts
    let known = objective.parts + (encodesLabels ? [Ablation.descriptions.rawValue] : [])
    guard let unknown = parts.first(where: { !known.contains($0.rawValue) }) else { return }
    let wanted = known.isEmpty ? "none" : known.joined(separator: ", ")
    throw SettingError(
      "without", is: unknown.rawValue,
      wanted: "\(wanted): the objective \(objective.name) has no such part to leave out")
  }
}
