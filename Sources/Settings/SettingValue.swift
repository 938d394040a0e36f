/// What a line of `config.yaml` holds after a setting's name.
public enum SettingEntry: Sendable, Equatable {
  /// One value.
  case value(String)
  /// A list of values.
  case list([String])

  /// The entry in a message.
  public var text: String {
    switch self {
    case .value(let value): value
    case .list(let values): values.joined(separator: ", ")
    }
  }
}

/// The value of a setting: a number, a truth, one of several names, a list, or nothing.
public protocol SettingValue: Sendable {
  /// The value as `config.yaml` has it, to be read back to the same bits; nil for nothing.
  var entry: SettingEntry? { get }
  /// The value that a text means, as `entry` writes it.
  ///
  /// - Throws: `UnreadableValue` for a text that means none.
  static func value(of text: String) throws(UnreadableValue) -> Self
  /// The names that are values, where values are names.
  static var choices: [String] { get }
}

extension SettingValue {
  /// None.
  public static var choices: [String] { [] }
}

extension SettingValue where Self: LosslessStringConvertible {
  /// The shortest text that reads back.
  public var entry: SettingEntry? { .value(description) }
}

extension SettingValue where Self: FixedWidthInteger {
  /// The whole number.
  public static func value(of text: String) throws(UnreadableValue) -> Self {
    try WholeNumber.parse(text)
  }
}

extension SettingValue where Self: RawRepresentable<String> {
  /// The name.
  public var entry: SettingEntry? { .value(rawValue) }
  /// The value of this name.
  public static func value(of text: String) throws(UnreadableValue) -> Self {
    guard let value = Self(rawValue: text) else { throw .none(of: choices) }
    return value
  }
}

extension SettingValue where Self: RawRepresentable<String> & CaseIterable {
  /// The names.
  public static var choices: [String] { allCases.map(\.rawValue) }
}

extension Int: SettingValue {}
extension UInt64: SettingValue {}
extension String: SettingValue {
  /// The text itself.
  public static func value(of text: String) -> Self { text }
}
extension Double: SettingValue {
  /// The decimal number.
  public static func value(of text: String) throws(UnreadableValue) -> Self {
    try RealNumber.parse(text)
  }
}
extension Bool: SettingValue {
  /// The two truths.
  public static var choices: [String] { ["true", "false"] }
  /// The truth.
  public static func value(of text: String) throws(UnreadableValue) -> Self {
    guard let value = Bool(text) else { throw .none(of: choices) }
    return value
  }
}

extension UnreadableValue {
  fileprivate static func none(of choices: [String]) -> Self {
    Self("give one of \(choices.joined(separator: ", ")).")
  }
}

extension Optional: SettingValue where Wrapped: SettingValue {
  /// The value's, if there is one.
  public var entry: SettingEntry? { flatMap(\.entry) }
  /// The value's.
  public static func value(of text: String) throws(UnreadableValue) -> Self {
    try Wrapped.value(of: text)
  }
  /// The value's.
  public static var choices: [String] { Wrapped.choices }
}

extension Array: SettingValue where Element: SettingValue {
  /// All elements; nil for none.
  public var entry: SettingEntry? {
    isEmpty ? nil : .list(compactMap { $0.entry?.text })
  }
  /// The elements between commas.
  public static func value(of text: String) throws(UnreadableValue) -> Self {
    var elements: Self = []
    for part in text.split(separator: ",") {
      elements.append(try Element.value(of: String(part.drop { $0 == " " })))
    }
    return elements
  }
  /// The elements'.
  public static var choices: [String] { Element.choices }
}
