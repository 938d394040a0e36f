import EmotionData
import Foundation

/// Paths as config.yaml has them: whole, so that the run can be told of and repeated from any folder.
enum RecordedPath {
  /// A file or folder.
  static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// What `--model` names: a folder's path; any other name as it is.
  static func model(_ name: String) -> String {
    name != "nano" && FileManager.default.fileExists(atPath: name) ? absolute(name) : name
  }

  /// What `--labels` names: a file's path; the name of a built-in set as it is.
  static func labels(_ name: String) -> String {
    LabelSet.named(name) == nil && !name.isEmpty ? absolute(name) : name
  }
}
