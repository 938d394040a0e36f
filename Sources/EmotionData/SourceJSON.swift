internal import JSONText

/// A value, and whether a half of a surrogate pair was replaced in it.
struct FoundJSON {
  let value: JSON
  let hasHalfCharacter: Bool
}

/// JSON as people bring it: with what Python's `json` writes beyond the rules, which are NaN, Infinity, and halves
/// of surrogate pairs.
extension Source {
  private static let options: JSONReader.Options = {
    var options = JSONReader.Options(maximumDepth: 64)
    options.allowsLooseNumbers = true
    options.allowsNonFinite = true
    options.replacesHalfCharacters = true
    options.checksEncoding = false
    // Which of the two values is meant, nobody knows.
    options.allowsDuplicateKeys = false
    return options
  }()

  /// The one value that the text holds; throws a `DataError` with the line of the first fault.
  func json() throws(DataError) -> FoundJSON { try json(in: bytes.indices) }

  /// The one value that a range holds, which begins on `line`; throws a `DataError` with the line of the first fault.
  func json(in range: Range<Int>, line: Int = 1) throws(DataError) -> FoundJSON {
    do {
      return try bytes.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
        var reader = JSONReader(UnsafeBufferPointer(rebasing: bytes[range]), Self.options)
        let value = try reader.document()
        return FoundJSON(value: value, hasHalfCharacter: reader.hasHalfCharacter)
      }
    } catch {
      throw problem(error, in: range, line: line, of: "value")
    }
  }

  /// Hands each element of the array that is all of the text to `body`, with the line that it starts on.
  ///
  /// Throws a `DataError` with the line of the first fault, and what `body` throws.
  func forEachJSONElement(
    _ body: (FoundJSON, Int) throws(DataError) -> Void
  ) throws(DataError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(DataError) in
      var reader = JSONReader(bytes, Self.options)
      func attempt<R>(_ work: (inout JSONReader) throws(JSONFault) -> R) throws(DataError) -> R {
        do {
          return try work(&reader)
        } catch {
          throw problem(error, in: bytes.indices, line: 1, of: "array")
        }
      }
      try attempt { (reader) throws(JSONFault) in try reader.beginArray() }
      var (counted, line) = (0, 1)
      while let value = try attempt({ (reader) throws(JSONFault) in try reader.nextElement() }) {
        line += bytes[counted..<reader.elementStart].count { $0 == Byte.lineFeed }
        counted = reader.elementStart
        try body(FoundJSON(value: value, hasHalfCharacter: reader.hasHalfCharacter), line)
      }
      try attempt { (reader) throws(JSONFault) in try reader.end() }
    }
  }

  /// A fault in a range that begins on `line`.
  private func problem(
    _ fault: JSONFault, in range: Range<Int>, line: Int, of whole: String
  ) -> DataError {
    let position = range.lowerBound + fault.offset
    let read = bytes[range.lowerBound..<position]
    let column =
      position - ((read.lastIndex(of: Byte.lineFeed) ?? range.lowerBound - 1) + 1) + 1
    let isAtEnd = position == range.upperBound
    return DataError(
      name, line: line + read.count { $0 == Byte.lineFeed },
      "broken JSON at byte \(column) of the line: "
        + Self.words(fault.kind, isAtEnd: isAtEnd, of: whole))
  }

  private static func words(_ kind: JSONFault.Kind, isAtEnd: Bool, of whole: String) -> String {
    switch kind {
    case .value, .digit: isAtEnd ? "the value is missing" : "a value was expected"
    case .word(let word): "'\(word)' was expected"
    case .character(let byte), .separator(closing: let byte):
      "'\(Character(Unicode.Scalar(byte)))' is missing"
    case .key: "a key in double quotes is missing"
    case .duplicateKey(let key): "the key '\(visible(key))' stands in one object twice; keep one"
    case .end: "more follows after the \(whole)"
    case .depth: "nested deeper than \(options.maximumDepth) levels"
    case .unclosedString: "a string is not closed"
    case .controlCharacter: "a control character stands in a string; write \\n, \\t or \\u00XX"
    case .escape: "no such escape in JSON"
    case .hexadecimal: "\\u needs four hexadecimal digits"
    case .lowSurrogate, .surrogate: "half a character (a surrogate without its other half)"
    case .encoding: "a string is not UTF-8"
    }
  }
}
