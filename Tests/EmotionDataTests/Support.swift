import EmotionData
import Foundation
import Testing

/// A folder that lives as long as the test holds it.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("taco-data-\(UUID().uuidString)", isDirectory: true)

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  @discardableResult
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> URL { try write(name, text.utf8) }
}

/// The data sets beside the package, or at `TACO_SHARED`; not part of the repository.
enum SharedData {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["TACO_SHARED"] {
      return URL(fileURLWithPath: path).appendingPathComponent("data")
    }
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("../shared/data").standardizedFileURL
  }()

  static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }
}

/// Three labels, one of two words.
func threeLabels() throws -> LabelSet {
  try LabelSet(names: ["joy", "mild_anger", "sadness"], descriptions: ["One.", "Two.", "Three."])
}

/// Reads `text` as a file named `name` and returns the error's line and its message.
func failure(_ name: String, _ bytes: some Sequence<UInt8>, columns: ColumnNames = ColumnNames())
  throws -> (line: Int?, problem: String)
{
  let folder = try TemporaryFolder()
  let file = try folder.write(name, bytes)
  let labels = try threeLabels()
  let error = try #require(throws: DataError.self) {
    try readExamples(file: file, labels: labels, ReadingOptions(columns: columns))
  }
  #expect(error.source == file.path)
  return (error.line, error.problem)
}
