extension JSONReader {
  /// The number that comes next.
  mutating func number() throws(JSONFault) -> JSON {
    // Vocabularies are full of whole numbers.
    if let integer = wholeNumber() { return .integer(integer) }
    let start = position
    if options.allowsNonFinite, let value = try nonFinite() { return value }
    if options.allowsLooseNumbers {
      while let byte = next, Self.numberBytes.contains(byte) { position += 1 }
      guard Double(String(decoding: text[start..<position], as: UTF8.self)) != nil else {
        throw fault(.value)
      }
    } else {
      try skipNumber()
    }
    return .decimal(Array(text[start..<position]))
  }

  /// A number that would be written just so as an `Int`; nil, and nothing is read, where another one comes.
  private mutating func wholeNumber() -> Int? {
    let isNegative = next == UInt8(ascii: "-")
    let start = position + (isNegative ? 1 : 0)
    var (end, value) = (start, 0)
    while end < text.count, Self.isDigit(text[end]) {
      let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let digit = Int(text[end] - UInt8(ascii: "0"))
      let (sum, isBeyond) = tens.addingReportingOverflow(isNegative ? -digit : digit)
      guard !isTooLarge, !isBeyond else { return nil }
      (end, value) = (end + 1, sum)
    }
    // A first digit of 0 is a number for itself.
    guard end > start, text[start] != UInt8(ascii: "0") || (end == start + 1 && !isNegative),
      end == text.count || !Self.numberBytes.contains(text[end])
    else { return nil }
    position = end
    return value
  }

  private static let numberBytes = "+-.0123456789eE".utf8

  private mutating func nonFinite() throws(JSONFault) -> JSON? {
    let isNegative = next == UInt8(ascii: "-")
    let first = position + (isNegative ? 1 : 0)
    guard first < text.count else { return nil }
    switch text[first] {
    case UInt8(ascii: "N") where !isNegative:
      return try word("NaN", .decimal(Array("NaN".utf8)))
    case UInt8(ascii: "I"):
      position = first
      let digits = isNegative ? "-Infinity" : "Infinity"
      return try word("Infinity", .decimal(Array(digits.utf8)))
    default: return nil
    }
  }

  private mutating func skipNumber() throws(JSONFault) {
    guard let first = next, first == UInt8(ascii: "-") || Self.isDigit(first) else {
      throw fault(.value)
    }
    _ = accept("-")
    if !accept("0") { try skipDigits() }
    if accept(".") { try skipDigits() }
    if accept("e") || accept("E") {
      if !accept("+") { _ = accept("-") }
      try skipDigits()
    }
  }

  private mutating func skipDigits() throws(JSONFault) {
    let start = position
    while let byte = next, Self.isDigit(byte) { position += 1 }
    guard position > start else { throw fault(.digit) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
  }
}
