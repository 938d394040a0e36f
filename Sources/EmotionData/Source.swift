import Foundation

/// The bytes of a file or stream, known to be UTF-8, and the name to call it in messages.
struct Source: Sendable {
  let name: String
  /// Without a byte order mark.
  let bytes: [UInt8]

  /// Checks `bytes`; throws a `DataError` that names the line and offset of the first broken byte.
  init(name: String, bytes: [UInt8]) throws(DataError) {
    if let offset = firstInvalidUTF8(in: bytes) {
      let line = 1 + bytes[..<offset].count { $0 == Byte.lineFeed }
      let hex = String(bytes[offset], radix: 16, uppercase: true)
      let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
      throw DataError(
        name, line: line,
        "not UTF-8: byte 0x\(hex) at offset \(offset)"
          + (isUTF16 ? " (this looks like UTF-16)" : "") + "; save the file as UTF-8")
    }
    self.name = name
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    self.bytes = bytes.starts(with: mark) ? Array(bytes[mark.count...]) : bytes
  }

  /// Reads a whole file; throws a `DataError` if it cannot be read or is not UTF-8.
  init(file: URL) throws(DataError) {
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
      throw DataError(
        file.path,
        !exists
          ? "no such file"
          : isFolder.boolValue
            ? "is a folder; a file is wanted here" : "cannot be read; check its permissions")
    }
    try self.init(name: file.path, bytes: [UInt8](data))
  }

  /// The characters of a byte range, which must not cut one in two.
  func string(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }
}

/// The bytes that separate fields and lines.
enum Byte {
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let comma = UInt8(ascii: ",")
  static let quote = UInt8(ascii: "\"")
  static let backslash = UInt8(ascii: "\\")
}

/// The offset of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7), or
/// nil.
func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
  var index = 0
  while index < bytes.count {
    let lead = bytes[index]
    if lead < 0x80 {
      index += 1
      continue
    }
    // The second byte's range rules out overlong forms, surrogates and code points past 10FFFF.
    let length: Int
    let second: ClosedRange<UInt8>
    switch lead {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return index
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return index }
    for next in (index + 2)..<(index + length) where bytes[next] & 0xC0 != 0x80 { return index }
    index += length
  }
  return nil
}
