public import Objectives
public import Settings

/// An objective's settings, whichever objective it is.
public struct ObjectiveChoice: Sendable {
  /// The settings.
  public var settings: any ObjectiveSettings

  /// A choice.
  public init(_ settings: any ObjectiveSettings) { self.settings = settings }

  /// The objective's name.
  public var name: String { type(of: settings).name }

  /// What the objective's paper trains with, where it is not the usual.
  public var training: [(setting: String, value: String)] { type(of: settings).training }

  /// Settings that act only where a run has something else.
  public var conditions: [(setting: String, needs: RunCondition)] { type(of: settings).conditions }

  /// The objective.
  public func objective(labelCount: Int, heads: Heads.Sharing) -> any Objective {
    settings.objective(labelCount: labelCount, heads: heads)
  }

  /// The declared settings, in the order of `config.yaml`.
  public var declared: [AnySetting<Self>] { Self.declared(type(of: settings)) }

  /// The declared settings of one objective.
  public static func declared(_ type: any ObjectiveSettings.Type) -> [AnySetting<Self>] {
    func all<Settings: ObjectiveSettings>(_ type: Settings.Type) -> [AnySetting<Self>] {
      Settings.settings.map {
        $0.inside(get: { $0.settings as? Settings }, put: { $1.settings = $0 })
      }
    }
    return all(type)
  }

  /// The names of the parts that can be left out.
  public var parts: [String] {
    func all<Settings: ObjectiveSettings>(_ settings: Settings) -> [String] {
      Settings.parts.map(\.name)
    }
    return all(settings)
  }

  /// The names of the parts that are left out, in the order of their declaration.
  public var leftOut: [String] {
    get {
      func all<Settings: ObjectiveSettings>(_ settings: Settings) -> [String] {
        Settings.parts.filter { !settings[keyPath: $0.flag] }.map(\.name)
      }
      return all(settings)
    }
    set {
      func changed<Settings: ObjectiveSettings>(_ settings: Settings) -> any ObjectiveSettings {
        var settings = settings
        for part in Settings.parts {
          settings[keyPath: part.flag] = !newValue.contains(part.name)
        }
        return settings
      }
      settings = changed(settings)
    }
  }
}

extension ObjectiveChoice: Hashable {
  /// Whether objective and settings are the same.
  public static func == (left: Self, right: Self) -> Bool {
    AnyHashable(left.settings) == AnyHashable(right.settings)
  }

  /// Feeds the settings.
  public func hash(into hasher: inout Hasher) { AnyHashable(settings).hash(into: &hasher) }
}

extension ObjectiveChoice: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind
  }

  /// Reads the objective's name, then its settings, which stand beside it.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let name = try values.decode(String.self, forKey: .kind)
    guard let type = ObjectiveCatalogue.type(named: name) else {
      throw UnknownObjective(name: name)
    }
    settings = try type.init(from: decoder)
  }

  /// Writes the settings, and the objective's name beside them.
  public func encode(to encoder: any Encoder) throws {
    try settings.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .kind)
  }
}

/// Settings of an objective that this program does not have.
public struct UnknownObjective: Error, CustomStringConvertible, Sendable {
  /// Its name.
  public let name: String

  /// What is wrong, and what to do.
  public var description: String {
    "the objective '\(name)' is none of this program's: \(ObjectiveCatalogue.names.joined(separator: ", ")). "
      + "Use the program that trained it."
  }
}
