extension JSONReader {
  /// The string whose opening quote comes next.
  mutating func string() throws(JSONFault) -> [UInt8] {
    position += 1
    let start = position
    var string = plainBytes()
    while next != UInt8(ascii: "\"") {
      guard let byte = next else { throw fault(.unclosedString) }
      guard byte == UInt8(ascii: "\\") else { throw fault(.controlCharacter) }
      position += 1
      string += UTF8.encode(try escapedScalar()) ?? UTF8.encodedReplacementCharacter
      string += plainBytes()
    }
    position += 1
    if options.checksEncoding, String(validating: string, as: UTF8.self) == nil {
      throw JSONFault(kind: .encoding, offset: start)
    }
    return string
  }

  /// What stands as it is, up to a quote, a backslash or a control character.
  private mutating func plainBytes() -> [UInt8] {
    let start = position
    while position < text.count, text[position] != UInt8(ascii: "\""),
      text[position] != UInt8(ascii: "\\"), text[position] >= 0x20
    {
      position += 1
    }
    return Array(UnsafeBufferPointer(rebasing: text[start..<position]))
  }

  private mutating func escapedScalar() throws(JSONFault) -> Unicode.Scalar {
    guard let byte = next else { throw fault(.unclosedString) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try scalarInDigits()
    default: throw fault(.escape)
    }
  }

  /// The scalar after `\u`, in two such escapes where it takes a surrogate pair.
  private mutating func scalarInDigits() throws(JSONFault) -> Unicode.Scalar {
    let high = try hexadecimalUnit()
    if let scalar = Unicode.Scalar(high) { return scalar }
    let after = position
    if 0xD800..<0xDC00 ~= high, accept("\\"), accept("u") {
      let low = try hexadecimalUnit()
      if 0xDC00..<0xE000 ~= low,
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      {
        return scalar
      }
      guard options.replacesHalfCharacters else { throw fault(.lowSurrogate) }
    }
    guard options.replacesHalfCharacters else { throw fault(.surrogate) }
    // Python cuts texts inside an emoji and writes what is left.
    position = after
    hasHalfCharacter = true
    return "\u{FFFD}"
  }

  private mutating func hexadecimalUnit() throws(JSONFault) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault(.hexadecimal)
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
