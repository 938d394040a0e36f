/// The one place that reads decimal numbers, on the command line and in YAML alike.
public enum RealNumber {
  /// Reads a number.
  ///
  /// - Parameter text: As it was given; YAML's `.inf` and `.nan` too, which the range of a setting then refuses.
  /// - Returns: The number.
  /// - Throws: `UnreadableValue` for what is none, or one so small that it would become 0.
  public static func parse(_ text: String) throws(UnreadableValue) -> Double {
    let word = text.lowercased().drop { $0 == "-" || $0 == "+" }
    let plain = [".inf", ".nan"].contains(word) ? String(text.filter { $0 != "." }) : text
    guard !word.hasPrefix("0x"), let number = Double(plain) else {
      throw UnreadableValue("it is no decimal number, such as 0.5 or 2e-5.")
    }
    let digits = word.prefix { $0 != "e" }
    if number == 0, digits.contains(where: { ("1"..."9").contains($0) }) {
      throw UnreadableValue("it is too small for a number, and would be 0.")
    }
    // A zero has no sign, so that -0 and 0 are the same setting.
    return number == 0 ? 0 : number
  }
}

/// The one place that reads whole numbers.
public enum WholeNumber {
  /// Reads a number.
  ///
  /// - Parameter text: As it was given.
  /// - Returns: The number.
  /// - Throws: `UnreadableValue` for what is none, or is beyond the type.
  public static func parse<Number: FixedWidthInteger>(
    _ text: String
  ) throws(UnreadableValue) -> Number {
    if let number = Number(text) { return number }
    let digits = text.drop { $0 == "-" || $0 == "+" }
    let isWhole = !digits.isEmpty && digits.allSatisfy { ("0"..."9").contains($0) }
    throw UnreadableValue(
      isWhole
        ? "it is beyond \(Number.min) to \(Number.max)." : "it is no whole number, such as 8.")
  }
}

/// A text that is no value of a setting.
public struct UnreadableValue: Error, CustomStringConvertible, Sendable {
  /// Why, in a sentence that says "it" for the text.
  public let description: String

  /// A text that is no value, for this reason.
  public init(_ description: String) { self.description = description }
}
