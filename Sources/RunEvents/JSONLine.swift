internal import Foundation
internal import JSONText

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

  /// The numbers of an object, in their order, as they were written.
  ///
  /// Decoders forget the order of names. `null` counts as a number: one that was not finite.
  ///
  /// - Throws: `JSONFault` for a line that is no JSON.
  static func numbers(in line: Data) throws -> [(name: String, text: String)] {
    let object = try [UInt8](line).withUnsafeBufferPointer { (text) throws(JSONFault) in
      var reader = JSONReader(text, JSONReader.Options(maximumDepth: 64))
      return try reader.document()
    }
    return (object.members ?? []).compactMap { member in
      let text = member.value == .null ? "null" : member.value.digits
      return text.map { (String(decoding: member.key, as: UTF8.self), $0) }
    }
  }
}
