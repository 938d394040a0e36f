internal import JSONText

/// The JSON of a safetensors header.
enum HeaderText {
  /// Reads one object that starts at the first byte and is followed by nothing but blanks.
  ///
  /// A name that comes twice hides a damaged file, so it is refused.
  static func members(
    of text: UnsafeRawBufferPointer
  ) throws(SafetensorsError.Reason) -> [JSON.Member] {
    guard text.first == UInt8(ascii: "{") else { throw .invalidHeader(offset: 0, "'{'") }
    // Deep enough for every header, shallow enough for every stack.
    var options = JSONReader.Options(maximumDepth: 16)
    options.allowsDuplicateKeys = false
    var reader = JSONReader(text.assumingMemoryBound(to: UInt8.self), options)
    do {
      return try reader.document().members ?? []
    } catch {
      if case .duplicateKey(let name) = error.kind { throw .duplicateName(name) }
      throw .invalidHeader(offset: error.offset, expectation(error.kind))
    }
  }

  private static func expectation(_ kind: JSONFault.Kind) -> String {
    switch kind {
    case .value, .word: "a value"
    case .digit: "a digit"
    case .character(let byte): "'\(Character(Unicode.Scalar(byte)))'"
    case .separator(let closing): "',' or '\(Character(Unicode.Scalar(closing)))'"
    case .key: "a name in quotes"
    case .duplicateKey: "each name once"
    case .end: "the end of the header"
    case .depth: "fewer nested values"
    case .unclosedString: "a closing quote"
    case .controlCharacter: "no control character in a string"
    case .escape: "an escape"
    case .hexadecimal: "four hexadecimal digits"
    case .lowSurrogate: "a low surrogate"
    case .surrogate: "a pair of surrogates"
    case .encoding: "text in UTF-8"
    }
  }
}
