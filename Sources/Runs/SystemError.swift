internal import Foundation

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
  package var isClosedPipe: Bool { systemCode == EPIPE }

  /// The same without the file.
  package var systemReason: String {
    if let code = systemCode { return String(cString: strerror(code)) }
    return isFoundations ? localizedDescription : "\(self)"
  }

  /// The system's error number behind an error of Foundation; nil for any other error.
  private var systemCode: Int32? {
    if let error = self as? POSIXError { return error.code.rawValue }
    guard isFoundations else { return nil }
    let error = self as NSError
    if error.domain == NSPOSIXErrorDomain { return Int32(error.code) }
    if let underlying = error.userInfo[NSUnderlyingErrorKey] as? any Error {
      return underlying.systemCode
    }
    return switch CocoaError.Code(rawValue: error.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: ENOENT
    case .fileReadNoPermission, .fileWriteNoPermission: EACCES
    case .fileWriteOutOfSpace: ENOSPC
    case .fileWriteVolumeReadOnly: EROFS
    case .fileWriteFileExists: EEXIST
    default: nil
    }
  }
}
