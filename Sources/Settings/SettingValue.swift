/// What a line of `config.yaml` holds behind a setting's name.
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
}

extension SettingValue where Self: LosslessStringConvertible {
  /// The shortest text that reads back.
  public var entry: SettingEntry? { .value(description) }
}

extension SettingValue where Self: RawRepresentable<String> {
  /// The name.
  public var entry: SettingEntry? { .value(rawValue) }
}

extension Int: SettingValue {}
extension UInt64: SettingValue {}
extension Double: SettingValue {}
extension Bool: SettingValue {}

extension Optional: SettingValue where Wrapped: SettingValue {
  /// The value's, if there is one.
  public var entry: SettingEntry? { flatMap(\.entry) }
}

extension Array: SettingValue where Element: SettingValue {
  /// All elements; nil for none.
  public var entry: SettingEntry? {
    isEmpty ? nil : .list(compactMap { $0.entry?.text })
  }
}
