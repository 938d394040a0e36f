/// `text` with every character that nobody sees, or that steers a terminal, as its code: `\u{200B}`.
///
/// Emoji that are joined of several keep their joiners.
public func visible(_ text: String) -> String {
  escaped(text, code: inBraces) { scalar, previous in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
      !(scalar == "\u{200D}" && previous.map(isEmojiPart) ?? false)
    case .spaceSeparator: scalar != " "
    default: scalar.properties.isDefaultIgnorableCodePoint && !isVariationSelector(scalar)
    }
  }
}

/// `text` without characters that steer a terminal or turn the direction of writing; they become their codes as
/// JSON has them, `\u001B`, so that JSON stays JSON.
///
/// Line ends and tabs stay, so that whole messages can be handed in.
public func terminalSafe(_ text: String) -> String {
  escaped(text, code: fourDigits) { scalar, _ in
    switch scalar {
    case "\n", "\t": false
    case "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
    default: scalar.properties.generalCategory == .control
    }
  }
}

private func inBraces(_ scalar: Unicode.Scalar) -> String {
  "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
}

/// All that steers a terminal has a code of at most four digits.
private func fourDigits(_ scalar: Unicode.Scalar) -> String {
  let code = String(scalar.value, radix: 16, uppercase: true)
  return "\\u" + String(repeating: "0", count: max(0, 4 - code.count)) + code
}

private func escaped(
  _ text: String, code: (Unicode.Scalar) -> String,
  _ isHidden: (Unicode.Scalar, _ previous: Unicode.Scalar?) -> Bool
) -> String {
  if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return text }
  var result = String.UnicodeScalarView()
  var previous: Unicode.Scalar?
  for scalar in text.unicodeScalars {
    if isHidden(scalar, previous) {
      switch scalar {
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      default: result.append(contentsOf: code(scalar).unicodeScalars)
      }
    } else {
      result.append(scalar)
    }
    previous = scalar
  }
  return String(result)
}

private func isVariationSelector(_ scalar: Unicode.Scalar) -> Bool {
  "\u{FE00}"..."\u{FE0F}" ~= scalar
}

private func isEmojiPart(_ scalar: Unicode.Scalar) -> Bool {
  scalar.value > 0x7F && (scalar.properties.isEmoji || isVariationSelector(scalar))
}
