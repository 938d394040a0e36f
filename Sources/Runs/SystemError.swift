internal import Foundation
internal import SystemPackage

extension Error {
  /// What went wrong in the system's words, without the wrapping of Foundation, and the file if it is known.
  package var plainDescription: String {
    guard isFoundations else { return "\(self)" }
    let reason = systemReason
    let information = (self as NSError).userInfo
    let path =
      information[NSFilePathErrorKey] as? String ?? (information[NSURLErrorKey] as? URL)?.path
    return path.map { "\($0): \(reason)" } ?? reason
  }

  /// Whether it is Foundation's, and would be printed with all its wrapping.
  package var isFoundations: Bool {
    self is CocoaError || self is POSIXError || type(of: self) == NSError.self
  }

  /// Whether nobody reads what was to be written.
  package var isClosedPipe: Bool { systemAnswer == .brokenPipe }

  /// The same without the file.
  package var systemReason: String {
    if let answer = systemAnswer { return "\(answer)" }
    return isFoundations ? localizedDescription : "\(self)"
  }

  /// The system's answer, or the one behind an error of Foundation; nil for any other error.
  private var systemAnswer: Errno? {
    if let answer = self as? Errno { return answer }
    if let error = self as? POSIXError { return Errno(rawValue: error.code.rawValue) }
    guard isFoundations else { return nil }
    let error = self as NSError
    if error.domain == NSPOSIXErrorDomain { return Errno(rawValue: Int32(error.code)) }
    if let underlying = error.userInfo[NSUnderlyingErrorKey] as? any Error {
      return underlying.systemAnswer
    }
    return switch CocoaError.Code(rawValue: error.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: .noSuchFileOrDirectory
    case .fileReadNoPermission, .fileWriteNoPermission: .permissionDenied
    case .fileWriteOutOfSpace: .noSpace
    case .fileWriteVolumeReadOnly: .readOnlyFileSystem
    case .fileWriteFileExists: .fileExists
    default: nil
    }
  }
}
