/// `name` in few characters, so that one long name does not push a figure aside; its middle is left out.
func short(_ name: String, _ limit: Int = 28) -> String {
  guard name.count > limit else { return name }
  let tail = limit / 3
  return name.prefix(limit - tail - 1) + "\u{2026}" + name.suffix(tail)
}

/// Text that Markdown, and the HTML in it, shows as it stands, on one line.
///
/// - Parameter text: Any text.
/// - Returns: The text with all that a renderer would take for emphasis, links, code, formulas, cells or tags
///   escaped.
public func markdownEscaped(_ text: some StringProtocol) -> String {
  var result = ""
  // By scalars: a character may be a mark of Markdown with an accent upon it.
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\\", "`", "*", "_", "[", "]", "|", "~", "$": result += "\\\(scalar)"
    case "/" where result.hasSuffix(":"): result = result.dropLast() + "\\:/"
    case "." where result.lowercased().hasSuffix("www"): result += "\\."
    case "\n", "\r", "\t", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}": result += " "
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// Text that LaTeX sets as it stands.
func latexEscaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&", "%", "$", "#", "_", "{", "}": result += "\\\(scalar)"
    case "\\": result += "\\textbackslash{}"
    case "~": result += "\\textasciitilde{}"
    case "^": result += "\\textasciicircum{}"
    case "<": result += "\\textless{}"
    case ">": result += "\\textgreater{}"
    case "|": result += "\\textbar{}"
    case "\"": result += "\\textquotedbl{}"
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": result += " "
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
