internal import JSONText

/// Reads the JSON of a tokenizer's files.
enum JSONParser {
  private static let options: JSONReader.Options = {
    // Deeper nesting than any tokenizer has.
    var options = JSONReader.Options(maximumDepth: 100)
    options.allowsLooseNumbers = true
    options.checksEncoding = false
    return options
  }()

  /// The value that a file holds.
  ///
  /// - Parameters:
  ///   - text: the contents of the file.
  ///   - file: its name, for messages.
  ///   - allowsDuplicateKeys: whether an object may have a key twice.
  /// - Returns: the value.
  /// - Throws: ``TokenizerError`` that names the line.
  static func parse(
    _ text: Bytes, file: String, allowsDuplicateKeys: Bool = true
  ) throws(TokenizerError) -> JSON {
    guard text.isValidUTF8 else {
      throw TokenizerError(file: file, problem: "is not valid UTF-8; save it again as UTF-8")
    }
    let mark: Bytes = [0xEF, 0xBB, 0xBF]
    let start = text.starts(with: mark) ? mark.count : 0
    var options = options
    options.allowsDuplicateKeys = allowsDuplicateKeys
    do {
      return try text.withUnsafeBufferPointer { [options] (text) throws(JSONFault) in
        var reader = JSONReader(text.slice(start..<text.count), options)
        return try reader.document()
      }
    } catch {
      let place = start + error.offset
      let line = text[..<place].count { $0 == 0x0A } + 1
      let problem = problem(error.kind, isAtEnd: place == text.count)
      throw TokenizerError(file: file, problem: "not valid JSON, line \(line): \(problem)")
    }
  }

  private static func problem(_ kind: JSONFault.Kind, isAtEnd: Bool) -> String {
    switch kind {
    case .value, .word, .digit: isAtEnd ? "ends too early" : "expected a value"
    case .character(let byte): "expected '\(Character(Unicode.Scalar(byte)))'"
    case .separator: "expected ','"
    case .key: "expected '\"'"
    case .duplicateKey(let key): "\"\(key)\" stands there twice"
    case .end: "expected the end of the file"
    case .depth: "nested too deeply"
    case .unclosedString, .controlCharacter: "a string does not end"
    case .escape: "unknown escape in a string"
    case .hexadecimal: "expected four hexadecimal digits"
    case .lowSurrogate, .surrogate: "half a surrogate pair in a string"
    case .encoding: "a string is not valid UTF-8"
    }
  }
}

extension Array where Element == UInt8 {
  /// Whether the bytes are well-formed UTF-8.
  var isValidUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}
