/// A JSON value that keeps what `JSONSerialization` loses: the order of members and keys as bytes.
enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  /// Any other number, as it was written.
  case decimal(Bytes)
  case string(Bytes)
  case array([JSON])
  case object([Member])

  /// A key and its value.
  struct Member: Sendable, Equatable {
    var key: Bytes
    var value: JSON

    init(_ key: String, _ value: JSON) { self.init(key: Array(key.utf8), value: value) }

    init(key: Bytes, value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// The value of an object's member; setting nil removes it.
  subscript(key: String) -> JSON? {
    get { members?.last { $0.key.elementsEqual(key.utf8) }?.value }
    set {
      var members = members ?? []
      let index = members.lastIndex { $0.key.elementsEqual(key.utf8) }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key, value))
      case (nil, nil): break
      }
      self = .object(members)
    }
  }

  var members: [Member]? { if case .object(let members) = self { members } else { nil } }
  var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
  var bytes: Bytes? { if case .string(let bytes) = self { bytes } else { nil } }
  var text: String? { bytes?.text }
  var integer: Int? { if case .integer(let integer) = self { integer } else { nil } }
  var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

  /// A string value.
  static func text(_ text: String) -> JSON { .string(Array(text.utf8)) }

  // MARK: Writing

  /// The value as text, indented by two blanks a level, ended by a newline.
  func serialized() -> Bytes {
    var result: Bytes = []
    write(to: &result, indentation: 0)
    result.append(UInt8(ascii: "\n"))
    return result
  }

  private func write(to result: inout Bytes, indentation: Int) {
    switch self {
    case .null: result += "null".utf8
    case .bool(let bool): result += (bool ? "true" : "false").utf8
    case .integer(let integer): result += String(integer).utf8
    case .decimal(let digits): result += digits
    case .string(let string): Self.write(string, to: &result)
    case .array(let elements):
      Self.write(elements, between: "[]", to: &result, indentation: indentation) {
        element, result in
        element.write(to: &result, indentation: indentation + 1)
      }
    case .object(let members):
      Self.write(members, between: "{}", to: &result, indentation: indentation) { member, result in
        Self.write(member.key, to: &result)
        result += ": ".utf8
        member.value.write(to: &result, indentation: indentation + 1)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], between brackets: String, to result: inout Bytes, indentation: Int,
    body: (Item, inout Bytes) -> Void
  ) {
    guard !items.isEmpty else {
      result += brackets.utf8
      return
    }
    result += brackets.utf8.prefix(1)
    for (index, item) in items.enumerated() {
      result += (index == 0 ? "\n" : ",\n").utf8
      result += repeatElement(0x20, count: 2 * (indentation + 1))
      body(item, &result)
    }
    result += "\n".utf8
    result += repeatElement(0x20, count: 2 * indentation)
    result += brackets.utf8.suffix(1)
  }

  private static func write(_ string: Bytes, to result: inout Bytes) {
    result.append(UInt8(ascii: "\""))
    for byte in string {
      switch byte {
      case UInt8(ascii: "\""): result += #"\""#.utf8
      case UInt8(ascii: "\\"): result += #"\\"#.utf8
      case 0x0A: result += #"\n"#.utf8
      case ..<0x20:
        let digits = String(byte, radix: 16)
        result += (#"\u"# + String(repeating: "0", count: 4 - digits.count) + digits).utf8
      default: result.append(byte)
      }
    }
    result.append(UInt8(ascii: "\""))
  }
}
