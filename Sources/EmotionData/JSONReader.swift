/// A JSON value whose objects keep the order of their members and whose numbers keep their digits.
indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])
}

/// A JSON parser (RFC 8259) over a byte range that takes what Python's `json` writes beyond the rules: NaN,
/// Infinity, and halves of surrogate pairs, which become U+FFFD.
struct JSONReader {
  /// A value, and whether a half of a surrogate pair was replaced in it.
  struct Found {
    let value: JSONValue
    let hasHalfCharacter: Bool
  }

  private let source: Source
  private let end: Int
  private var position: Int
  private var hasHalfCharacter = false
  /// Deeper nesting is refused, so that no input exhausts the stack.
  private static let deepest = 64

  /// The one value that the range holds; throws a `DataError` with the line of the first fault.
  static func value(of source: Source, in range: Range<Int>, line: Int) throws(DataError)
    -> JSONValue
  {
    try found(in: source, range, line: line).value
  }

  /// The one value that the range holds; throws a `DataError` with the line of the first fault.
  static func found(in source: Source, _ range: Range<Int>, line: Int) throws(DataError) -> Found {
    var reader = JSONReader(source: source, end: range.upperBound, position: range.lowerBound)
    do throws(Fault) {
      reader.skipBlanks()
      let value = try reader.value(depth: 0)
      reader.skipBlanks()
      guard reader.position == reader.end else { throw Fault("more follows after the value") }
      return Found(value: value, hasHalfCharacter: reader.hasHalfCharacter)
    } catch {
      throw reader.error(error, from: range.lowerBound, line: line)
    }
  }

  /// Hands each element of the array that is all of `source` to `body`, with the line that it starts on.
  ///
  /// Throws a `DataError` with the line of the first fault, and what `body` throws.
  static func forEachElement(
    of source: Source, _ body: (Found, Int) throws(DataError) -> Void
  ) throws(DataError) {
    var reader = JSONReader(source: source, end: source.bytes.count, position: 0)
    var (counted, line) = (0, 1)
    func place(_ position: Int) -> Int {
      line += source.bytes[counted..<position].count { $0 == Byte.lineFeed }
      counted = position
      return line
    }
    func attempt<R>(_ work: (inout JSONReader) throws(Fault) -> R) throws(DataError) -> R {
      do throws(Fault) {
        return try work(&reader)
      } catch {
        throw reader.error(error, from: 0, line: 1)
      }
    }
    reader.skipBlanks()
    try attempt { (reader) throws(Fault) in try reader.expect("[") }
    reader.skipBlanks()
    if reader.accept("]") { return }
    repeat {
      reader.skipBlanks()
      let line = place(reader.position)
      reader.hasHalfCharacter = false
      let value = try attempt { (reader) throws(Fault) in try reader.value(depth: 1) }
      try body(Found(value: value, hasHalfCharacter: reader.hasHalfCharacter), line)
      reader.skipBlanks()
    } while reader.accept(",")
    try attempt { (reader) throws(Fault) in
      try reader.expect("]")
      reader.skipBlanks()
      guard reader.position == reader.end else { throw Fault("more follows after the array") }
    }
  }

  /// A fault at the present place of what began at byte `start` on line `line`.
  private func error(_ fault: Fault, from start: Int, line: Int) -> DataError {
    let position = min(position, end)
    let read = source.bytes[start..<position]
    let column = position - ((read.lastIndex(of: Byte.lineFeed) ?? start - 1) + 1) + 1
    return DataError(
      source.name, line: line + read.count { $0 == Byte.lineFeed },
      "broken JSON at byte \(column) of the line: \(fault.problem)")
  }

  private struct Fault: Error {
    let problem: String

    init(_ problem: String) { self.problem = problem }
  }

  private init(source: Source, end: Int, position: Int) {
    self.source = source
    self.end = end
    self.position = position
  }

  private var next: UInt8? { position < end ? source.bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next,
      byte == Byte.space || byte == Byte.lineFeed || byte == Byte.carriageReturn || byte == Byte.tab
    {
      position += 1
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
    guard accept(character) else { throw Fault("'\(character)' is missing") }
  }

  private mutating func value(depth: Int) throws(Fault) -> JSONValue {
    guard depth < Self.deepest else { throw Fault("nested deeper than \(Self.deepest) levels") }
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case Byte.quote: return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"): return try word("NaN", .number("NaN"))
    case UInt8(ascii: "I"): return try word("Infinity", .number("Infinity"))
    case nil: throw Fault("the value is missing")
    default: return .number(try number())
    }
  }

  private mutating func object(depth: Int) throws(Fault) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = []
    try expect("{")
    skipBlanks()
    if accept("}") { return members }
    repeat {
      skipBlanks()
      guard next == Byte.quote else { throw Fault("a key in double quotes is missing") }
      let key = try string()
      skipBlanks()
      try expect(":")
      skipBlanks()
      members.append((key, try value(depth: depth + 1)))
      skipBlanks()
    } while accept(",")
    try expect("}")
    return members
  }

  private mutating func array(depth: Int) throws(Fault) -> [JSONValue] {
    var values: [JSONValue] = []
    try expect("[")
    skipBlanks()
    if accept("]") { return values }
    repeat {
      skipBlanks()
      values.append(try value(depth: depth + 1))
      skipBlanks()
    } while accept(",")
    try expect("]")
    return values
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Fault) -> JSONValue {
    let letters = "\(word)".utf8
    guard source.bytes[position..<end].starts(with: letters) else {
      throw Fault("'\(word)' was expected")
    }
    position += letters.count
    return value
  }

  private mutating func number() throws(Fault) -> String {
    let start = position
    if accept("-"), next == UInt8(ascii: "I") {
      _ = try word("Infinity", .null)
      return "-Infinity"
    }
    while let byte = next, "+-.0123456789eE".utf8.contains(byte) { position += 1 }
    let digits = source.string(start..<position)
    guard Double(digits) != nil else { throw Fault("a value was expected") }
    return digits
  }

  private mutating func string() throws(Fault) -> String {
    try expect("\"")
    var characters: [UInt8] = []
    var start = position
    while let byte = next {
      switch byte {
      case Byte.quote:
        defer { position += 1 }
        if characters.isEmpty { return source.string(start..<position) }
        characters += source.bytes[start..<position]
        return String(decoding: characters, as: UTF8.self)
      case Byte.backslash:
        characters += source.bytes[start..<position]
        position += 1
        characters += String(try escapedScalar()).utf8
        start = position
      case 0..<0x20:
        throw Fault("a control character stands in a string; write \\n, \\t or \\u00XX")
      default:
        position += 1
      }
    }
    throw Fault("a string is not closed")
  }

  private mutating func escapedScalar() throws(Fault) -> Unicode.Scalar {
    guard let byte = next else { throw Fault("a string is not closed") }
    position += 1
    switch Unicode.Scalar(byte) {
    case "\"": return "\""
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      let first = try hexadecimalUnit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      let behind = position
      if 0xD800..<0xDC00 ~= first, accept("\\"), accept("u") {
        let second = try hexadecimalUnit()
        if 0xDC00..<0xE000 ~= second,
          let scalar = Unicode.Scalar(
            0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
        {
          return scalar
        }
      }
      // Python cuts texts inside an emoji and writes what is left.
      position = behind
      hasHalfCharacter = true
      return "\u{FFFD}"
    default: throw Fault("no such escape in JSON")
    }
  }

  private mutating func hexadecimalUnit() throws(Fault) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw Fault("\\u needs four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }
}
