/// A text that a spreadsheet takes for a text: with an apostrophe in front where it would compute it.
public func formulaSafe(_ text: String) -> String {
  guard let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) else { return text }
  return "'" + text
}
