/// Reads JSON (RFC 8259) from UTF-8 text.
struct JSONParser {
  private let text: ByteBuffer
  private let file: String
  private var index = 0
  /// Deeper nesting than any tokenizer has; it keeps hostile files from exhausting the stack.
  private static let deepest = 100

  /// The value that a file holds.
  ///
  /// - Parameters:
  ///   - text: the contents of the file.
  ///   - file: its name, for messages.
  /// - Returns: the value.
  /// - Throws: ``TokenizerError`` that names the line.
  static func parse(_ text: Bytes, file: String) throws(TokenizerError) -> JSON {
    guard text.isValidUTF8 else {
      throw TokenizerError(file: file, problem: "is not valid UTF-8; save it again as UTF-8")
    }
    let result = text.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(text: buffer, file: file)
      return Result { () throws(TokenizerError) in try parser.document() }
    }
    return try result.get()
  }

  private init(text: ByteBuffer, file: String) {
    self.text = text
    self.file = file
  }

  private mutating func document() throws(TokenizerError) -> JSON {
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    let value = try value(depth: 0)
    skipSpace()
    guard index == text.count else { throw failure("expected the end of the file") }
    return value
  }

  private mutating func value(depth: Int) throws(TokenizerError) -> JSON {
    guard depth < Self.deepest else { throw failure("nested too deeply") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"):
      var members: [JSON.Member] = []
      try list(endingWith: UInt8(ascii: "}")) { (parser) throws(TokenizerError) in
        parser.skipSpace()
        let key = try parser.string()
        parser.skipSpace()
        try parser.expect(UInt8(ascii: ":"))
        members.append(JSON.Member(key: key, value: try parser.value(depth: depth + 1)))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSON] = []
      try list(endingWith: UInt8(ascii: "]")) { (parser) throws(TokenizerError) in
        elements.append(try parser.value(depth: depth + 1))
      }
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func list(
    endingWith bracket: UInt8,
    item: (inout JSONParser) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    index += 1
    skipSpace()
    if current == bracket {
      index += 1
      return
    }
    while true {
      try item(&self)
      skipSpace()
      if current == bracket {
        index += 1
        return
      }
      try expect(UInt8(ascii: ","))
    }
  }

  private mutating func string() throws(TokenizerError) -> Bytes {
    try expect(UInt8(ascii: "\""))
    var result: Bytes = []
    while true {
      let start = index
      while index < text.count, text[index] != UInt8(ascii: "\""),
        text[index] != UInt8(ascii: "\\"), text[index] >= 0x20
      {
        index += 1
      }
      result += text[start..<index]
      switch current {
      case UInt8(ascii: "\""):
        index += 1
        return result
      case UInt8(ascii: "\\"):
        index += 1
        result.append(try escapedScalar())
      default: throw failure("a string does not end")
      }
    }
  }

  private mutating func escapedScalar() throws(TokenizerError) -> Unicode.Scalar {
    defer { index += 1 }
    switch current {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "u"):
      var value = try fourDigits()
      if 0xD800..<0xDC00 ~= value, index + 2 < text.count,
        text[index + 1] == UInt8(ascii: "\\"), text[index + 2] == UInt8(ascii: "u")
      {
        index += 2
        let low = try fourDigits()
        guard 0xDC00..<0xE000 ~= low else { throw failure("half a surrogate pair in a string") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else {
        throw failure("half a surrogate pair in a string")
      }
      return scalar
    default: throw failure("unknown escape in a string")
    }
  }

  /// The value of the digits after `\u`; ends on the last digit.
  private mutating func fourDigits() throws(TokenizerError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      index += 1
      guard let digit = current.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw failure("expected four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  private mutating func number() throws(TokenizerError) -> JSON {
    let start = index
    while let byte = current, "+-.0123456789Ee".utf8.contains(byte) { index += 1 }
    let digits = String(decoding: text[start..<index], as: UTF8.self)
    if let integer = Int(digits) { return .integer(integer) }
    guard Double(digits) != nil else {
      throw failure(current == nil ? "ends too early" : "expected a value")
    }
    return .decimal(Array(digits.utf8))
  }

  private mutating func word(_ word: String, _ value: JSON) throws(TokenizerError) -> JSON {
    guard text[index...].starts(with: word.utf8) else { throw failure("expected a value") }
    index += word.utf8.count
    return value
  }

  private mutating func expect(_ byte: UInt8) throws(TokenizerError) {
    guard current == byte else {
      throw failure("expected '\(Character(Unicode.Scalar(byte)))'")
    }
    index += 1
  }

  private var current: UInt8? { index < text.count ? text[index] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      index += 1
    }
  }

  private func failure(_ problem: String) -> TokenizerError {
    let line = text[..<min(index, text.count)].count { $0 == 0x0A } + 1
    return TokenizerError(file: file, problem: "not valid JSON, line \(line): \(problem)")
  }
}

extension Array where Element == UInt8 {
  /// Whether the bytes are well-formed UTF-8.
  var isValidUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}
