internal import Foundation

/// A flat JSON object on one line: what an event is in `metrics.jsonl`.
public enum JSONLine {
  /// The object of these names and JSON values, in this order.
  public static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
  }

  /// A string that needs no escapes.
  public static func quoted(_ text: String) -> String { "\"\(text)\"" }

  /// The shortest decimal that reads back to the same number; JSON has no infinities.
  public static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "null" }
    return "\(value)"
  }

  /// The numbers of an object that a decoder has accepted, in their order, as they were written.
  ///
  /// Decoders forget the order of names. `null` counts as a number: one that was not finite.
  static func numbers(in line: Data) -> [(name: String, text: String)] {
    members(of: [UInt8](line)).compactMap { name, value in
      let text = String(decoding: value, as: UTF8.self).trimmingCharacters(in: .whitespaces)
      guard text == "null" || text.first.map({ $0 == "-" || $0.isNumber }) == true else {
        return nil
      }
      return (unescaped(name), text)
    }
  }

  /// The names at the top level, without their quotes, and what stands after their colons.
  private static func members(of line: [UInt8]) -> [(ArraySlice<UInt8>, ArraySlice<UInt8>)] {
    var members: [(ArraySlice<UInt8>, ArraySlice<UInt8>)] = []
    var name: ArraySlice<UInt8>?
    var (depth, start, index) = (0, 0, 0)
    func end() {
      if let found = name, start <= index { members.append((found, line[start..<index])) }
      name = nil
    }
    while index < line.count {
      switch line[index] {
      case UInt8(ascii: "\""):
        let first = index + 1
        index = first
        while index < line.count, line[index] != UInt8(ascii: "\"") {
          index += line[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        if depth == 1, name == nil, index < line.count { name = line[first..<index] }
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { end() }
      case UInt8(ascii: ":") where depth == 1: start = index + 1
      case UInt8(ascii: ",") where depth == 1: end()
      default: break
      }
      index += 1
    }
    return members
  }

  private static func unescaped(_ name: ArraySlice<UInt8>) -> String {
    let text = String(decoding: name, as: UTF8.self)
    guard name.contains(UInt8(ascii: "\\")) else { return text }
    return (try? JSONDecoder().decode(String.self, from: Data(quoted(text).utf8))) ?? text
  }
}
