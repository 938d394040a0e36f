internal import Foundation

/// A file that a setting names, by its whole path: a stored configuration is good from any folder.
///
/// `~` and `~/...` mean the folder in HOME.
public struct SettingFile: SettingValue, Codable, Hashable {
  /// The whole path.
  public let path: String

  /// A file by a path from the present folder or the root.
  public init(path: String) {
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// The file that a text names.
  public static func value(of text: String) throws(UnreadableValue) -> SettingFile {
    guard !text.isEmpty, !text.utf8.contains(0) else {
      throw UnreadableValue("it names no file.")
    }
    guard text.hasPrefix("~") else { return SettingFile(path: text) }
    guard text.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] else {
      throw UnreadableValue("'~/' alone is the folder in HOME; write any other one out.")
    }
    return SettingFile(path: home + text.dropFirst())
  }

  /// The whole path.
  public var entry: SettingEntry? { .value(path) }

  /// Reads the path.
  public init(from decoder: any Decoder) throws {
    path = try decoder.singleValueContainer().decode(String.self)
  }

  /// Writes the path.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(path)
  }
}
