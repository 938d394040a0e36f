import Foundation

/// The text of a file or stream as UTF-8 bytes, and the name to call it in messages.
struct Source: Sendable {
  let name: String
  /// Without a byte order mark.
  let bytes: [UInt8]

  /// Checks `bytes`, and converts UTF-16 that has a byte order mark.
  ///
  /// Throws a `DataError` for what is no text, and for text in another encoding, with the way out.
  init(name: String, bytes: [UInt8]) throws(DataError) {
    if let kind = FileKind(bytes, name: name) { throw DataError(name, kind.problem(name)) }
    self.name = name
    self.bytes = try TextEncoding.utf8(bytes, name: name)
  }

  /// Reads a whole file or pipe; throws a `DataError` if it cannot be read or is no text.
  init(file: URL) throws(DataError) {
    try self.init(name: file.path, bytes: FileContents.read(file.path))
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
