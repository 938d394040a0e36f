/// A run folder that cannot be used, read or written.
package struct RunFolderError: Error, CustomStringConvertible, Sendable {
  /// What would help.
  package enum Kind: Sendable {
    /// Another folder or setting.
    case misuse
    /// Other files: what stands there is no good.
    case badData
    /// A system that lets it be read or written.
    case failure
  }

  /// What would help.
  package let kind: Kind
  /// The setting that is to blame, with which the description begins; nil where it is none.
  package let setting: String?
  /// What was found and what to do.
  package let description: String

  init(_ kind: Kind, _ description: String) {
    (self.kind, setting, self.description) = (kind, nil, description)
  }

  private init(_ kind: Kind, _ setting: String, _ text: String) {
    (self.kind, self.setting, description) = (kind, setting, setting + text)
  }

  /// A folder to write to: `output FOLDER: cause`.
  package static func output(_ kind: Kind, _ folder: String, _ cause: String) -> RunFolderError {
    RunFolderError(kind, "output", " \(folder): \(cause)")
  }

  /// A run that is to go on: `resume: FOLDER: cause`.
  static func resume(_ kind: Kind, _ folder: String, _ cause: String) -> RunFolderError {
    RunFolderError(kind, "resume", ": \(folder): \(cause)")
  }
}
