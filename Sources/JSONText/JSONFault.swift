/// Where a text is not the JSON that was asked for; each user of the reader has its own words for it.
public struct JSONFault: Error, Hashable {
  /// What is wrong.
  public enum Kind: Sendable, Hashable {
    /// No value begins here.
    case value
    /// What begins like this word does not go on like it.
    case word(String)
    /// A digit is missing in a number.
    case digit
    /// This character is missing.
    case character(UInt8)
    /// A comma or this closing bracket is missing.
    case separator(closing: UInt8)
    /// A key in quotes is missing.
    case key
    /// This key stood in the same object before.
    case duplicateKey(String)
    /// More follows after the value.
    case end
    /// Values are nested too deeply.
    case depth
    /// A string has no closing quote.
    case unclosedString
    /// A control character stands in a string.
    case controlCharacter
    /// A backslash is followed by none of JSON's escapes.
    case escape
    /// `\u` is not followed by four hexadecimal digits.
    case hexadecimal
    /// A high surrogate is followed by another escape than a low one.
    case lowSurrogate
    /// A surrogate stands alone.
    case surrogate
    /// A string, which begins here, is not UTF-8.
    case encoding
  }

  /// What is wrong.
  public let kind: Kind
  /// The byte where it was seen, from 0; the number of bytes where the text ends too early.
  public let offset: Int
}
