extension JSON {
  /// The value as text, indented by two blanks a level, ended by a newline.
  public func serialized() -> [UInt8] {
    var result: [UInt8] = []
    write(to: &result, indentation: 0)
    result.append(UInt8(ascii: "\n"))
    return result
  }

  private func write(to result: inout [UInt8], indentation: Int) {
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
    _ items: [Item], between brackets: String, to result: inout [UInt8], indentation: Int,
    body: (Item, inout [UInt8]) -> Void
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

  private static func write(_ string: [UInt8], to result: inout [UInt8]) {
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
