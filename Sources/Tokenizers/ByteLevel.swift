/// GPT-2's byte-level pre-tokenizer: how a text is cut into words, and how bytes are written.
struct ByteLevel: Sendable {
  /// Whether each text starts with a blank, added where it is missing.
  let addsPrefixSpace: Bool
  /// Whether the text is cut into words at all.
  let splits: Bool

  /// Calls `body` for each word of the text.
  func forEachWord(of text: ByteBuffer, _ body: (ByteBuffer) -> Void) {
    guard addsPrefixSpace, let first = text.first, first != 0x20 else {
      return forEachWordAsIs(of: text, body)
    }
    var prefixed: Bytes = [0x20]
    prefixed += text
    prefixed.withUnsafeBufferPointer { forEachWordAsIs(of: $0, body) }
  }

  private func forEachWordAsIs(of text: ByteBuffer, _ body: (ByteBuffer) -> Void) {
    var start = 0
    while start < text.count {
      let end = splits ? Self.endOfWord(in: text, from: start) : text.count
      body(text.slice(start..<end))
      start = end
    }
  }

  /// Where the match of GPT-2's pattern that starts at `start` ends.
  ///
  /// The pattern is `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
  static func endOfWord(in text: ByteBuffer, from start: Int) -> Int {
    let length = contractionLength(in: text, at: start)
    if length > 0 { return start + length }
    var (kind, next) = patternClass(in: text, at: start)
    if text[start] == 0x20, next < text.count {
      let following = patternClass(in: text, at: next)
      if following.kind != .space { (kind, next) = following }
    }
    var last = start
    while next < text.count {
      let following = patternClass(in: text, at: next)
      guard following.kind == kind else {
        // The last blank before a word belongs to the word, or stands alone.
        return kind == .space && last > start ? last : next
      }
      last = next
      next = following.next
    }
    return next
  }

  /// The length of an English contraction such as `'ll` at `start`, or 0.
  private static func contractionLength(in text: ByteBuffer, at start: Int) -> Int {
    guard text[start] == UInt8(ascii: "'"), start + 1 < text.count else { return 0 }
    let second: UInt8
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): second = UInt8(ascii: "e")
    case UInt8(ascii: "l"): second = UInt8(ascii: "l")
    default: return 0
    }
    return start + 2 < text.count && text[start + 2] == second ? 3 : 0
  }

  @inline(__always)
  private static func patternClass(
    in text: ByteBuffer, at index: Int
  ) -> (kind: PatternClass, next: Int) {
    switch text[index] {
    case 0x61...0x7A, 0x41...0x5A: return (.letter, index + 1)
    case 0x20, 0x09...0x0D: return (.space, index + 1)
    case 0x30...0x39: return (.number, index + 1)
    case 0..<0x80: return (.other, index + 1)
    default:
      let (scalar, next) = text.scalar(at: index)
      return (scalar.patternClass, next)
    }
  }

  /// The character that stands for each byte in the vocabulary.
  ///
  /// It is the byte itself when that is printable, otherwise the next one from U+0100.
  static let alphabet: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0...255).map { (byte: UInt8) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? "\u{FFFD}"
      }
    }
  }()
}
