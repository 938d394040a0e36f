/// UTF-8 text, not `String`, which takes canonically equivalent keys of a vocabulary for equal.
typealias Bytes = [UInt8]
/// A borrowed stretch of UTF-8 text.
typealias ByteBuffer = UnsafeBufferPointer<UInt8>

extension UnsafeBufferPointer where Element == UInt8 {
  /// The part of the text at `range`.
  func slice(_ range: Range<Int>) -> ByteBuffer { ByteBuffer(rebasing: self[range]) }

  /// The scalar that starts at `index`, and where the next one starts.
  ///
  /// The text comes from a `String` or was checked on loading, so that it is valid UTF-8; a
  /// sequence that the end of the buffer cuts off reads as U+FFFD.
  @inline(__always)
  func scalar(at index: Int) -> (scalar: Unicode.Scalar, next: Int) {
    let first = self[index]
    guard first >= 0x80 else { return (Unicode.Scalar(first), index + 1) }
    let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard index + length <= count else { return ("\u{FFFD}", count) }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for offset in 1..<length { value = value << 6 | UInt32(self[index + offset] & 0x3F) }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", index + length)
  }

  /// The scalar that ends just before `index`, which is greater than 0, and where it starts.
  func scalar(before index: Int) -> (scalar: Unicode.Scalar, start: Int) {
    var start = index - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return (scalar(at: start).scalar, start)
  }

  /// Calls `body` for each scalar of the text.
  func forEachScalar(_ body: (Unicode.Scalar) -> Void) {
    var index = 0
    while index < count {
      let (scalar, next) = scalar(at: index)
      body(scalar)
      index = next
    }
  }
}

extension Array where Element == UInt8 {
  /// The bytes as text.
  var text: String { String(decoding: self, as: UTF8.self) }

  /// Appends the UTF-8 encoding of a scalar.
  @inline(__always)
  mutating func append(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      append(UInt8(truncatingIfNeeded: scalar.value))
    } else {
      append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }

  /// Appends a scalar in lower case, by itself: what follows it does not matter.
  mutating func appendLowercase(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x41...0x5A: append(UInt8(truncatingIfNeeded: scalar.value | 0x20))
    case ..<0x80: append(UInt8(truncatingIfNeeded: scalar.value))
    default: append(contentsOf: scalar.properties.lowercaseMapping.utf8)
    }
  }
}
