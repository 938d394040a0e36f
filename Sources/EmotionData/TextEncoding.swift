/// Other ways than UTF-8 to write text as bytes, as far as they can be told.
enum TextEncoding {
  /// `bytes` as UTF-8 without a byte order mark.
  ///
  /// UTF-16 with a mark is converted; anything else that is not UTF-8 is refused with a `DataError` that
  /// names the first bad line and the command that converts the file.
  static func utf8(_ bytes: [UInt8], name: String) throws(DataError) -> [UInt8] {
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
      throw DataError(name, line: 1, "not UTF-8 but UTF-32; convert it: " + command("UTF-32", name))
    }
    if bytes.starts(with: [0xFF, 0xFE]) {
      return try fromUTF16(bytes, isBigEndian: false, name)
    }
    if bytes.starts(with: [0xFE, 0xFF]) {
      return try fromUTF16(bytes, isBigEndian: true, name)
    }
    if let encoding = unmarkedUTF16(bytes) {
      throw DataError(
        name, line: 1,
        "not UTF-8: this looks like \(encoding) without a byte order mark; convert it: "
          + command(encoding, name))
    }
    if let offset = firstInvalidUTF8(in: bytes) { throw foreign(bytes, offset, name) }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return bytes.starts(with: mark) ? Array(bytes[mark.count...]) : bytes
  }

  private static func command(_ encoding: String, _ name: String) -> String {
    "iconv -f \(encoding) -t UTF-8 \(FileKind.quoted(name)) > NEW"
  }

  private static func fromUTF16(
    _ bytes: [UInt8], isBigEndian: Bool, _ name: String
  ) throws(DataError) -> [UInt8] {
    guard bytes.count % 2 == 0 else {
      throw DataError(name, "UTF-16 with half a character at its end; the file is cut off")
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    let high = isBigEndian ? 0 : 1
    let units = stride(from: 2, to: bytes.count, by: 2).lazy.map { (place: Int) -> UInt16 in
      UInt16(bytes[place + high]) << 8 | UInt16(bytes[place + 1 - high])
    }
    let isBroken = transcode(
      units.makeIterator(), from: UTF16.self, to: UTF8.self, stoppingOnError: true
    ) { result.append($0) }
    guard !isBroken else {
      throw DataError(
        name, line: 1 + result.count { $0 == Byte.lineFeed },
        "UTF-16 with half a surrogate pair (half an emoji); save the file anew as UTF-8")
    }
    return result
  }

  /// Latin text in UTF-16 has a zero in every second byte.
  fileprivate static func unmarkedUTF16(_ bytes: [UInt8]) -> String? {
    let head = bytes.prefix(4096)
    guard head.count >= 4 else { return nil }
    var zeros = [0, 0]
    for (place, byte) in head.enumerated() where byte == 0 { zeros[place % 2] += 1 }
    let many = head.count / 4
    if zeros[1] > many, zeros[0] * 20 < zeros[1] { return "UTF-16LE" }
    if zeros[0] > many, zeros[1] * 20 < zeros[0] { return "UTF-16BE" }
    return nil
  }

  /// Shows the first line that is not UTF-8 in the code page that is by far the most common one.
  private static func foreign(_ bytes: [UInt8], _ offset: Int, _ name: String) -> DataError {
    let line = 1 + bytes[..<offset].count { $0 == Byte.lineFeed }
    let start = max(
      bytes[..<offset].lastIndex(of: Byte.lineFeed).map { $0 + 1 } ?? 0, offset - 12)
    let end =
      bytes[offset...].prefix(13).firstIndex(of: Byte.lineFeed) ?? min(bytes.count, offset + 13)
    let sample = String(String.UnicodeScalarView(bytes[start..<end].map(windows1252)))
    let hex = String(bytes[offset], radix: 16, uppercase: true)
    let isHalf =
      bytes[offset] == 0xED && bytes.dropFirst(offset + 1).first.map { $0 >= 0xA0 } ?? false
    guard !isHalf else {
      return DataError(
        name, line: line,
        "not UTF-8: byte 0x\(hex) at offset \(offset) begins half a character (a surrogate, half an emoji); write "
          + "the file anew without it, in Python with errors='replace'")
    }
    let broken = brokenLines(bytes[offset...])
    return DataError(
      name, line: line,
      "not UTF-8: byte 0x\(hex) at offset \(offset)"
        + (broken > 1 ? ", and \(broken - 1) more lines with such bytes" : "")
        + "; read as Windows-1252 the place says '\(visible(sample))'. If that is right: "
        + command("WINDOWS-1252", name)
        + "; else find out how the file was saved, and save it as UTF-8")
  }

  private static func brokenLines(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.split(separator: Byte.lineFeed).count { firstInvalidUTF8(in: Array($0)) != nil }
  }

  /// The characters of Windows-1252 from 0x80 to 0x9F; five are not assigned.
  private static let upperControls: [UInt32] = [
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
  ]

  private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
    let code = 0x80..<0xA0 ~= byte ? upperControls[Int(byte) - 0x80] : UInt32(byte)
    return Unicode.Scalar(code) ?? "\u{FFFD}"
  }
}

/// A line of a stream that is read line by line, checked as a whole file is: UTF-8, with no byte order mark
/// before the first line.
///
/// Throws a `DataError` for anything else; UTF-16, which has other line ends, is not converted here.
public func lineOfText(
  _ bytes: [UInt8], number: Int, source: String
) throws(DataError) -> String {
  if number == 1 {
    if let kind = FileKind(bytes, name: source) { throw DataError(source, kind.problem(source)) }
    if let encoding = TextEncoding.unmarkedUTF16(bytes) {
      throw DataError(source, line: 1, "not UTF-8: this looks like \(encoding); convert it")
    }
  }
  guard let offset = firstInvalidUTF8(in: bytes) else {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let isMarked = number == 1 && bytes.starts(with: mark)
    return String(decoding: isMarked ? bytes[mark.count...] : bytes[...], as: UTF8.self)
  }
  let hex = String(bytes[offset], radix: 16, uppercase: true)
  throw DataError(
    source, line: number,
    "not UTF-8: byte 0x\(hex) at byte \(offset + 1) of the line; convert what is read, as in "
      + "iconv -f WINDOWS-1252 -t UTF-8, with the encoding that it has")
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
