import ArgumentParser

// Options that do not go together are one kind of bad usage: the message names both and what to do, and every
// command finds them before it does anything.
extension ParsableArguments {
  /// Refuses two options together.
  ///
  /// - Parameters:
  ///   - one: An option that was given, as on the command line.
  ///   - others: Those that exclude it, and whether they were given too.
  ///   - reason: Why, as a part of a sentence.
  /// - Throws: `ValidationError`.
  static func refuse(
    _ one: String, beside others: KeyValuePairs<String, Bool>, _ reason: String
  ) throws {
    let given = others.filter(\.value).map(\.key)
    guard !given.isEmpty else { return }
    throw ValidationError(
      "\(one) excludes \(given.joined(separator: ", ")): \(reason). Leave one of them out.")
  }

  /// Refuses an option without another one.
  ///
  /// - Parameters:
  ///   - one: An option that was given, as on the command line.
  ///   - other: What it needs.
  ///   - isGiven: Whether that was given.
  /// - Throws: `ValidationError`.
  static func require(_ one: String, with other: String, _ isGiven: Bool) throws {
    guard !isGiven else { return }
    throw ValidationError("\(one) needs \(other). Give both, or leave it out.")
  }
}
