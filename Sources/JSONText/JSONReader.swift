/// A reader of JSON (RFC 8259) that keeps the order of members and every byte of strings.
///
/// Foundation's readers forget the order, let the last of two equal keys win, turn large numbers into doubles and
/// tell no place of a fault.
public struct JSONReader {
  /// What a reader takes.
  public struct Options: Sendable {
    /// How deep values may be nested, so that no text exhausts the stack; 1 is a value without others in it.
    public var maximumDepth: Int
    /// Whether an object may have a key twice.
    public var allowsDuplicateKeys = true
    /// Whether anything that Swift reads as a number is one, such as `+1` and `.5`.
    public var allowsLooseNumbers = false
    /// Whether `NaN` and `Infinity`, which Python writes, are numbers.
    public var allowsNonFinite = false
    /// Whether half a surrogate pair, which Python writes too, becomes U+FFFD.
    public var replacesHalfCharacters = false
    /// Whether strings are checked to be UTF-8; false where the whole text has been.
    public var checksEncoding = true

    /// JSON as the standard has it.
    public init(maximumDepth: Int) { self.maximumDepth = maximumDepth }
  }

  let text: UnsafeBufferPointer<UInt8>
  let options: Options
  var position = 0
  /// The byte where the last value of `nextElement` begins.
  public private(set) var elementStart = 0
  /// Whether the last value had half a character, which was replaced.
  public internal(set) var hasHalfCharacter = false
  private var isBeforeElements = false

  /// A reader at the start of a text, which must outlive it.
  public init(_ text: UnsafeBufferPointer<UInt8>, _ options: Options) {
    self.text = text
    self.options = options
  }

  /// The one value that the text holds.
  ///
  /// - Throws: `JSONFault` at the first byte that does not fit.
  public mutating func document() throws(JSONFault) -> JSON {
    skipBlanks()
    let value = try value(depth: 1)
    try end()
    return value
  }

  // MARK: One list, element by element

  /// Begins with the list that is all of the text.
  ///
  /// - Throws: `JSONFault` where it is no list.
  public mutating func beginArray() throws(JSONFault) {
    skipBlanks()
    try expect("[")
    isBeforeElements = true
  }

  /// The next element of the list; nil after the last one.
  ///
  /// - Throws: `JSONFault` at the first byte that does not fit.
  public mutating func nextElement() throws(JSONFault) -> JSON? {
    skipBlanks()
    if isBeforeElements {
      isBeforeElements = false
      if accept("]") { return nil }
    } else if !accept(",") {
      try expect("]")
      return nil
    }
    skipBlanks()
    elementStart = position
    hasHalfCharacter = false
    return try value(depth: 2)
  }

  /// Makes sure that nothing but blanks follows.
  ///
  /// - Throws: `JSONFault` where something does.
  public mutating func end() throws(JSONFault) {
    skipBlanks()
    guard position == text.count else { throw fault(.end) }
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(JSONFault) -> JSON {
    guard depth <= options.maximumDepth else { throw fault(.depth) }
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(JSONFault) -> [JSON.Member] {
    var members: [JSON.Member] = []
    var keys: Set<[UInt8]> = []
    position += 1
    skipBlanks()
    if accept("}") { return members }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw fault(.key) }
      let key = try string()
      if !options.allowsDuplicateKeys, !keys.insert(key).inserted {
        throw fault(.duplicateKey(String(decoding: key, as: UTF8.self)))
      }
      skipBlanks()
      try expect(":")
      skipBlanks()
      members.append(JSON.Member(key: key, value: try value(depth: depth + 1)))
      skipBlanks()
    } while accept(",")
    guard accept("}") else { throw fault(.separator(closing: UInt8(ascii: "}"))) }
    return members
  }

  private mutating func array(depth: Int) throws(JSONFault) -> [JSON] {
    var elements: [JSON] = []
    position += 1
    skipBlanks()
    if accept("]") { return elements }
    repeat {
      skipBlanks()
      elements.append(try value(depth: depth + 1))
      skipBlanks()
    } while accept(",")
    guard accept("]") else { throw fault(.separator(closing: UInt8(ascii: "]"))) }
    return elements
  }

  func fault(_ kind: JSONFault.Kind) -> JSONFault { JSONFault(kind: kind, offset: position) }

  // MARK: Bytes

  var next: UInt8? { position < text.count ? text[position] : nil }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONFault) {
    guard accept(character) else { throw fault(.character(UInt8(ascii: character))) }
  }

  mutating func word(_ word: String, _ value: JSON) throws(JSONFault) -> JSON {
    guard text[position...].starts(with: word.utf8) else { throw fault(.word(word)) }
    position += word.utf8.count
    return value
  }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }
}
