public import Foundation

/// Calls `body` with a new, empty folder and removes it afterwards.
///
/// - Parameter body: Uses the folder.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws, or that the folder cannot be made.
public func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("taco-tests-\(UUID().uuidString)", isDirectory: true)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
