import ArgumentParser
import ObjectiveCatalogue
import Settings
import Training

/// The options of all objectives' settings, made from their declarations; an objective that is added brings its own.
///
/// Values stay texts here: what they mean is the chosen objective's to say.
struct ObjectiveOptions: ParsableArguments, CustomReflectable {
  /// The texts that were given, by the names of their settings.
  var texts: [String: String] = [:]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue name: String) { stringValue = name }
    init?(intValue: Int) { return nil }
  }

  /// The settings of all objectives; of a name that several have, the first one's.
  static var declared: [AnySetting<ObjectiveChoice>] {
    var known: Set<String> = []
    return ObjectiveCatalogue.all.flatMap(ObjectiveChoice.declared)
      .filter { known.insert($0.name).inserted }
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    for setting in Self.declared {
      texts[setting.name] = try values.decode(
        Option<String?>.self, forKey: Key(stringValue: setting.name)
      ).wrappedValue
    }
  }

  /// What the parser takes for the stored properties of this type.
  var customMirror: Mirror {
    Mirror(
      self,
      children: Self.declared.map { setting in
        let text = Self.help(of: setting)
        let help =
          setting.choices.isEmpty
          ? text : "\(text) (values: \(setting.choices.joined(separator: ", ")))"
        return (
          setting.name,
          Option<String?>(
            name: .customLong(setting.name), help: ArgumentHelp(help),
            completion: setting.choices.isEmpty ? nil : .list(setting.choices),
            transform: { text in
              // A trace takes a file where others take a name.
              if setting.choices.isEmpty { try setting.read(text) }
              return text
            })
        )
      })
  }

  /// The help of a setting; of a name that several objectives have, each one's.
  private static func help(of setting: AnySetting<ObjectiveChoice>) -> String {
    let all = ObjectiveCatalogue.all.flatMap { type in
      ObjectiveChoice.declared(type).filter { $0.name == setting.name }
        .map { "\(type.name): \($0.help)" }
    }
    return all.count > 1 ? all.joined(separator: " ") : setting.help
  }

  /// Puts the values in their places.
  ///
  /// - Throws: `SettingError` for a text that is no value, or that the objective has no setting for.
  func set(_ objective: inout ObjectiveChoice) throws(SettingError) {
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      guard let setting = objective.declared.first(where: { $0.name == name }) else {
        throw SettingError(
          name, is: text, wanted: "nothing: the objective \(objective.name) has no such setting")
      }
      do {
        try setting.set(text, &objective)
      } catch {
        throw SettingError(
          name, is: "'\(text)'", wanted: "one of \(setting.choices.joined(separator: ", "))")
      }
    }
  }
}
