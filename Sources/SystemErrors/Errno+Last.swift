internal import Foundation
public import SystemPackage

extension Errno {
  /// The answer to the call of the C library that failed last on this thread, for calls that swift-system has no name
  /// for; read before anything else is called.
  public static var last: Errno { Errno(rawValue: errno) }
}
