import ArgumentParser
import Foundation

/// A file or folder, or a name that may stand for one, as people give it: the one place that reads such words.
///
/// `~` and `~/...` mean the folder in HOME, on the command line and in YAML alike. What Foundation gets never
/// starts with `~`, which it would take for a home of its own choice.
struct Path: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// The path as the system understands it; `description` shows it in help and messages.
  let text: String

  /// A path or name that the program itself chooses.
  init(stringLiteral text: String) { self.text = text }

  private init(text: String) { self.text = text }

  var description: String { text }

  /// For Foundation.
  var url: URL { URL(fileURLWithPath: text) }

  /// Reads an argument or a value in YAML.
  ///
  /// - Parameter argument: As it was given.
  /// - Returns: The path.
  /// - Throws: `ValidationError` for what names nothing: an empty text, another user's home, a NUL.
  static func parse(_ argument: String) throws -> Path {
    guard !argument.isEmpty else {
      throw ValidationError("it is empty; give a path, or '.' for this folder.")
    }
    guard !argument.utf8.contains(0) else {
      throw ValidationError("it holds a NUL, which no path can.")
    }
    let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    if parts[0] == "~" {
      return Path(text: try home() + (parts.count > 1 ? "/" + parts[1] : ""))
    }
    guard !argument.hasPrefix("~") else {
      throw ValidationError(
        "'~' alone is your home folder; write any other one out, or './\(argument)' for that name.")
    }
    // Foundation drops a leading './', and would then see the '~'.
    let isHidden = argument.hasPrefix("./") && argument.drop { "./".contains($0) }.hasPrefix("~")
    guard isHidden else { return Path(text: argument) }
    return Path(text: FileManager.default.currentDirectoryPath + "/" + argument)
  }

  private static func home() throws -> String {
    if let home = ProcessInfo.processInfo.environment["HOME"], !home.isEmpty { return home }
    // As the shell does it where HOME is not set.
    guard let entry = getpwuid(getuid()), let folder = entry.pointee.pw_dir, folder.pointee != 0
    else { throw ValidationError("'~' means the folder in HOME, which is not set.") }
    return String(cString: folder)
  }
}
