import Foundation
import JSONText
import Testing

@testable import Tokenizers

/// The files beside the tests.
enum Fixtures {
  static func folder(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      .appendingPathComponent(name)
  }

  static func json(_ name: String) throws -> JSON {
    try JSONParser.parse(Bytes(Data(contentsOf: folder(name))), file: name)
  }
}

/// The data sets in the folder `shared` beside the package, or where `TACO_SHARED` says.
enum SharedData {
  static let message: Comment = "needs ../shared/data beside the package, or TACO_SHARED"

  static var folder: URL {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let shared =
      ProcessInfo.processInfo.environment["TACO_SHARED"].map { URL(fileURLWithPath: $0) }
      ?? root.deletingLastPathComponent().appendingPathComponent("shared")
    return shared.appendingPathComponent("data")
  }

  static var isPresent: Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("tokenizers").path)
  }

  /// The texts of a data file: the first column, without the header that a `.csv` has.
  static func texts(of file: String) throws -> [String] {
    let bytes = Bytes(try Data(contentsOf: folder.appendingPathComponent(file)))
    guard file.hasSuffix(".csv") else {
      return bytes.split(separator: 0x0A).map { line in
        String(decoding: line.prefix { $0 != 0x09 }, as: UTF8.self)
      }
    }
    return firstColumn(ofCSV: bytes).dropFirst().map { String(decoding: $0, as: UTF8.self) }
  }

  /// The first field of each record; quoted fields may hold commas, newlines and doubled quotes.
  static func firstColumn(ofCSV bytes: Bytes) -> [Bytes] {
    var records: [Bytes] = []
    var field: Bytes = []
    var (isFirst, isQuoted, wasQuote) = (true, false, false)
    for byte in bytes where byte != 0x0D || isQuoted {
      let isQuote = byte == UInt8(ascii: "\"")
      if isQuote { isQuoted.toggle() }
      if isFirst, isQuote ? wasQuote && isQuoted : isQuoted || byte != 0x2C && byte != 0x0A {
        field.append(byte)
      }
      wasQuote = isQuote
      guard !isQuoted else { continue }
      if byte == 0x0A {
        records.append(field)
        (field, isFirst) = ([], true)
      } else if byte == 0x2C {
        isFirst = false
      }
    }
    return records
  }
}

/// Runs `body` with the path of an empty folder that is removed afterwards.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("tokenizers-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

extension [JSON] {
  /// The integers among the values.
  var ids: [Int32] { compactMap { $0.integer.map(Int32.init) } }
}
