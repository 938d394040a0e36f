import ArgumentParser
import Settings

/// The one place that reads decimal numbers, on the command line and in YAML alike.
enum RealNumber {
  /// Reads a number.
  ///
  /// - Parameter text: As it was given; YAML's `.inf` and `.nan` too, which the range of a setting then refuses.
  /// - Returns: The number.
  /// - Throws: `ValidationError` for what is none, or one so small that it would become 0.
  static func parse(_ text: String) throws -> Double {
    let word = text.lowercased().drop { $0 == "-" || $0 == "+" }
    let plain = [".inf", ".nan"].contains(word) ? text.replacing(".", with: "") : text
    guard !word.hasPrefix("0x"), let number = Double(plain) else {
      throw ValidationError("it is no decimal number, such as 0.5 or 2e-5.")
    }
    let digits = word.prefix { $0 != "e" }
    if number == 0, digits.contains(where: { ("1"..."9").contains($0) }) {
      throw ValidationError("it is too small for a number, and would be 0.")
    }
    // A zero has no sign, so that -0 and 0 are the same setting.
    return number == 0 ? 0 : number
  }
}

/// The one place that reads whole numbers.
enum WholeNumber {
  /// Reads a number.
  ///
  /// - Throws: `ValidationError` for what is none, or is beyond the type.
  static func parse<Number: FixedWidthInteger>(_ text: String) throws -> Number {
    if let number = Number(text) { return number }
    let digits = text.drop { $0 == "-" || $0 == "+" }
    let isWhole = !digits.isEmpty && digits.allSatisfy { ("0"..."9").contains($0) }
    throw ValidationError(
      isWhole
        ? "it is beyond \(Number.min) to \(Number.max)." : "it is no whole number, such as 8.")
  }
}

extension Option {
  /// The option of a setting that is a whole number.
  init<Root, Number: ExpressibleByArgument & FixedWidthInteger & SettingValue>(
    _ setting: Setting<Root, Number>
  )
  where Value == Number? {
    self.init(
      name: .customLong(setting.name), help: ArgumentHelp(setting), transform: WholeNumber.parse)
  }

  /// The option of a setting that is a whole number or nothing.
  init<Root, Number: ExpressibleByArgument & FixedWidthInteger & SettingValue>(
    _ setting: Setting<Root, Number?>
  )
  where Value == Number? {
    self.init(
      name: .customLong(setting.name), help: ArgumentHelp(setting), transform: WholeNumber.parse)
  }
}

extension Option where Value == Double? {
  /// The option of a setting that is a number.
  init<Root>(_ setting: Setting<Root, Double>) {
    self.init(
      name: .customLong(setting.name), help: ArgumentHelp(setting), transform: RealNumber.parse)
  }

  /// The option of a setting that is a number or nothing.
  init<Root>(_ setting: Setting<Root, Double?>) {
    self.init(
      name: .customLong(setting.name), help: ArgumentHelp(setting), transform: RealNumber.parse)
  }
}
