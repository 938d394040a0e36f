/// One setting of a run, declared once: the option, the YAML key, the help, the check and the line of
/// `config.yaml` all follow from it.
///
/// `Root` is the type that holds the value: an objective declares settings of its own type, and
/// `AnySetting.inside` makes them settings of the whole run.
public struct Setting<Root, Value: SettingValue>: Sendable {
  /// Its name, as on the command line without the dashes and as in YAML.
  public let name: String
  /// What it is, for help.
  public let summary: String
  /// What holds when nothing is given, for help; nil where the summary says it, or where nothing holds.
  public let standard: String?
  /// What help calls its value; nil for the name.
  public let valueName: String?
  private let place: any WritableKeyPath<Root, Value> & Sendable
  private let accepts: @Sendable (Value, Root) -> Expectation

  /// What a setting's value was checked against.
  public enum Expectation: Sendable, Equatable {
    /// The value is fine.
    case met
    /// What is wanted instead, to stand after "give".
    case wanted(String)
  }

  /// A setting.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - place: Where its value is.
  ///   - summary: What it is.
  ///   - standard: What holds when nothing is given.
  ///   - valueName: What help calls its value.
  ///   - accepts: Checks a value beside the others that it must fit.
  public init(
    _ name: String, _ place: any WritableKeyPath<Root, Value> & Sendable, _ summary: String = "",
    standard: String? = nil, valueName: String? = nil,
    accepts: @escaping @Sendable (Value, Root) -> Expectation = { _, _ in .met }
  ) {
    self.name = name
    self.place = place
    self.summary = summary
    self.standard = standard
    self.valueName = valueName
    self.accepts = accepts
  }

  /// A setting whose values lie in a range.
  public init(
    _ name: String, _ place: any WritableKeyPath<Root, Value> & Sendable,
    in range: ClosedRange<Value>,
    _ summary: String, standard: String? = nil, wanted: String? = nil
  ) where Value: Comparable & Sendable {
    let wanted = wanted ?? "\(range.lowerBound) to \(range.upperBound)"
    self.init(name, place, summary, standard: standard) { value, _ in
      range.contains(value) ? .met : .wanted(wanted)
    }
  }

  /// What it is, with what holds when it is not given.
  public var help: String {
    [summary, standard.map { "(default: \($0))" }].compactMap(\.self).joined(separator: " ")
  }

  /// Puts a value in its place; nil leaves what is there.
  public func set(_ value: Value?, in root: inout Root) {
    if let value { root[keyPath: place] = value }
  }

  /// Checks the value.
  ///
  /// - Throws: `SettingError` when it is not accepted.
  public func check(_ root: Root) throws(SettingError) {
    let value = root[keyPath: place]
    if case .wanted(let wanted) = accepts(value, root) {
      throw SettingError(name, is: value.entry?.text ?? "nothing", wanted: wanted)
    }
  }

  /// The value as `config.yaml` has it; nil where there is none.
  public func entry(_ root: Root) -> SettingEntry? { root[keyPath: place].entry }
}

/// A setting whatever the type of its value.
public struct AnySetting<Root>: Sendable {
  /// Its name.
  public let name: String
  /// What it is, with what holds when it is not given, for help.
  public let help: String
  /// The names that are values, where values are names.
  public let choices: [String]
  /// Checks the value; throws `SettingError`.
  public let check: @Sendable (Root) throws(SettingError) -> Void
  /// The value as `config.yaml` has it; nil where there is none.
  public let entry: @Sendable (Root) -> SettingEntry?
  /// Puts the value that a text means in its place; throws `UnreadableValue` for a text that means none.
  public let set: @Sendable (String, inout Root) throws(UnreadableValue) -> Void
  /// Refuses a text that means no value; throws `UnreadableValue`.
  public let read: @Sendable (String) throws(UnreadableValue) -> Void

  /// A setting without its type.
  public init<Value>(_ setting: Setting<Root, Value>) {
    name = setting.name
    help = setting.help
    choices = Value.choices
    check = { (root) throws(SettingError) in try setting.check(root) }
    entry = { setting.entry($0) }
    set = { (text, root) throws(UnreadableValue) in
      setting.set(try Value.value(of: text), in: &root)
    }
    read = { (text) throws(UnreadableValue) in _ = try Value.value(of: text) }
  }

  private init<Inner>(
    _ inner: AnySetting<Inner>, get: @escaping @Sendable (Root) -> Inner?,
    put: @escaping @Sendable (Inner, inout Root) -> Void
  ) {
    (name, help, choices) = (inner.name, inner.help, inner.choices)
    check = { (root) throws(SettingError) in
      if let value = get(root) { try inner.check(value) }
    }
    entry = { get($0).flatMap(inner.entry) }
    set = { (text, root) throws(UnreadableValue) in
      guard var value = get(root) else { return }
      try inner.set(text, &value)
      put(value, &root)
    }
    read = inner.read
  }

  /// The same setting of a type that holds a `Root`.
  public func inside<Outer>(
    _ place: any WritableKeyPath<Outer, Root> & Sendable
  ) -> AnySetting<Outer> {
    AnySetting<Outer>(self, get: { $0[keyPath: place] }, put: { $1[keyPath: place] = $0 })
  }

  /// The same setting of a type that may hold a `Root`; without one, the setting has no value.
  public func inside<Outer>(
    get: @escaping @Sendable (Outer) -> Root?,
    put: @escaping @Sendable (Root, inout Outer) -> Void
  ) -> AnySetting<Outer> {
    AnySetting<Outer>(self, get: get, put: put)
  }
}

/// A setting out of its range.
public struct SettingError: Error, CustomStringConvertible, Sendable, Equatable {
  /// The setting's name.
  public let setting: String
  /// What is wrong, and what to do.
  public let problem: String

  /// A setting whose value is not accepted.
  public init(_ setting: String, is found: String, wanted: String) {
    self.setting = setting
    problem = "is \(found); give \(wanted)"
  }

  /// The setting and its problem.
  public var description: String { "\(setting) \(problem)" }
}
