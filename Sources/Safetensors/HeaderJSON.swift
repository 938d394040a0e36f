/// The part of JSON that a safetensors header may hold, with its members in file order.
enum HeaderJSON: Equatable {
  case object([(name: String, value: HeaderJSON)])
  case array([HeaderJSON])
  case string(String)
  /// A whole number that fits an Int.
  case integer(Int)
  /// Any other number, true, false or null: well-formed, and never what a header needs.
  case other(String)

  static func == (left: HeaderJSON, right: HeaderJSON) -> Bool {
    switch (left, right) {
    case (.object(let left), .object(let right)): left.elementsEqual(right, by: ==)
    case (.array(let left), .array(let right)): left == right
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.integer(let left), .integer(let right)): left == right
    case (.other(let left), .other(let right)): left == right
    default: false
    }
  }
}

/// A strict reader of a header's JSON.
///
/// Foundation's reader would let the last of two equal names win and turn large numbers into doubles;
/// both hide a damaged file.
struct HeaderParser {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// Deep enough for every header, shallow enough for every stack.
  private static let maximumDepth = 16
  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Reads one object that starts at the first byte and is followed by nothing but blanks.
  mutating func parse() throws(SafetensorsError.Reason) -> [(name: String, value: HeaderJSON)] {
    guard peek() == UInt8(ascii: "{") else { throw expected("'{'") }
    let members = try object(depth: 1)
    skipBlanks()
    guard position == bytes.count else { throw expected("the end of the header") }
    return members
  }

  // MARK: - Values

  private mutating func value(depth: Int) throws(SafetensorsError.Reason) -> HeaderJSON {
    guard depth <= Self.maximumDepth else { throw expected("fewer nested values") }
    switch peek() {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case let byte? where byte == UInt8(ascii: "-") || Self.digits.contains(byte):
      return try number()
    default: return try word()
    }
  }

  private mutating func object(
    depth: Int
  ) throws(SafetensorsError.Reason) -> [(name: String, value: HeaderJSON)] {
    position += 1
    var members: [(name: String, value: HeaderJSON)] = []
    // Bytes, not strings: strings compare equal when they only look alike.
    var names: Set<[UInt8]> = []
    skipBlanks()
    if take("}") { return members }
    while true {
      skipBlanks()
      guard peek() == UInt8(ascii: "\"") else { throw expected("a name in quotes") }
      let name = try string()
      guard names.insert(Array(name.utf8)).inserted else { throw .duplicateName(name) }
      skipBlanks()
      guard take(":") else { throw expected("':'") }
      skipBlanks()
      members.append((name, try value(depth: depth + 1)))
      skipBlanks()
      if take("}") { return members }
      guard take(",") else { throw expected("',' or '}'") }
    }
  }

  private mutating func array(depth: Int) throws(SafetensorsError.Reason) -> [HeaderJSON] {
    position += 1
    var elements: [HeaderJSON] = []
    skipBlanks()
    if take("]") { return elements }
    while true {
      skipBlanks()
      elements.append(try value(depth: depth + 1))
      skipBlanks()
      if take("]") { return elements }
      guard take(",") else { throw expected("',' or ']'") }
    }
  }

  private mutating func number() throws(SafetensorsError.Reason) -> HeaderJSON {
    let start = position
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return Int(text).map { .integer($0) } ?? .other(text)
  }

  private mutating func digits() throws(SafetensorsError.Reason) {
    let start = position
    while let byte = peek(), Self.digits.contains(byte) {
      position += 1
    }
    guard position > start else { throw expected("a digit") }
  }

  private mutating func word() throws(SafetensorsError.Reason) -> HeaderJSON {
    for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return .other(word)
    }
    throw expected("a value")
  }

  // MARK: - Strings

  private mutating func string() throws(SafetensorsError.Reason) -> String {
    position += 1
    let start = position
    var text: [UInt8] = []
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let valid = String(validating: text, as: UTF8.self) else {
          throw .invalidHeader(offset: start, "text in UTF-8")
        }
        return valid
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &text)
      case 0..<0x20:
        throw expected("no control character in a string")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw expected("a closing quote")
  }

  private mutating func escape(into text: inout [UInt8]) throws(SafetensorsError.Reason) {
    let plain: [Character: UInt8] = [
      "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 0x08, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09,
    ]
    guard let byte = peek() else { throw expected("an escape") }
    position += 1
    if let character = plain[Character(Unicode.Scalar(byte))] { return text.append(character) }
    guard byte == UInt8(ascii: "u") else { throw expected("an escape") }
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw expected("a low surrogate") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw expected("a pair of surrogates") }
    text.append(contentsOf: Array(String(scalar).utf8))
  }

  private mutating func hexadecimal() throws(SafetensorsError.Reason) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw expected("four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  // MARK: - Bytes

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = peek(), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private func expected(_ what: String) -> SafetensorsError.Reason {
    .invalidHeader(offset: position, what)
  }
}
