/// Pre-tokenizers whose words keep all of the text.
extension Splitter {
  /// The expression that Llama 3's `tokenizer.json` splits by.
  static let llamaExpression =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"#
    + #"\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// Calls `body` for numbers and for what is between them.
  static func forEachNumber(
    of text: ByteBuffer, individual: Bool, _ body: (ByteBuffer) -> Void
  ) {
    var (start, index) = (0, 0)
    var wasNumber = false
    while index < text.count {
      let (scalar, next) = text.scalar(at: index)
      let isNumber = scalar.isNumeric
      if index > start, isNumber != wasNumber || isNumber && individual {
        body(text.slice(start..<index))
        start = index
      }
      wasNumber = isNumber
      index = next
    }
    if start < text.count { body(text.slice(start..<text.count)) }
  }

  /// Where the match of Llama 3's expression that starts at `start` ends.
  static func endOfLlamaWord(in text: ByteBuffer, from start: Int) -> Int {
    let contraction = contractionLength(in: text, at: start)
    if contraction > 0 { return start + contraction }
    let (first, second) = step(text, start)
    // `[^\r\n\p{L}\p{N}]?\p{L}+`
    if first == .letter { return end(of: .letter, in: text, from: second) }
    if first != .number, !isLineBreak(text[start]), second < text.count,
      step(text, second).kind == .letter
    {
      return end(of: .letter, in: text, from: second)
    }
    if first == .number {
      var end = second
      for _ in 0..<2 where end < text.count && step(text, end).kind == .number {
        end = step(text, end).next
      }
      return end
    }
    // ` ?[^\s\p{L}\p{N}]+[\r\n]*`
    let hasBlank = text[start] == 0x20 && second < text.count && step(text, second).kind == .other
    if first == .other || hasBlank {
      var end = end(of: .other, in: text, from: hasBlank ? second : start)
      while end < text.count, isLineBreak(text[end]) { end += 1 }
      return end
    }
    return endOfSpace(in: text, from: start)
  }

  /// Where a match of `\s*[\r\n]+|\s+(?!\S)|\s+` ends.
  private static func endOfSpace(in text: ByteBuffer, from start: Int) -> Int {
    let end = end(of: .space, in: text, from: start)
    if let last = (start..<end).last(where: { isLineBreak(text[$0]) }) { return last + 1 }
    guard end < text.count else { return end }
    // The last of several stays for the word after.
    var (last, index) = (start, start)
    while index < end { (last, index) = (index, step(text, index).next) }
    return last > start ? last : end
  }

  private static func end(of kind: PatternClass, in text: ByteBuffer, from start: Int) -> Int {
    var index = start
    while index < text.count {
      let (found, next) = step(text, index)
      guard found == kind else { break }
      index = next
    }
    return index
  }

  private static func isLineBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  @inline(__always)
  private static func step(_ text: ByteBuffer, _ index: Int) -> (kind: PatternClass, next: Int) {
    let (scalar, next) = text.scalar(at: index)
    return (scalar.patternClass, next)
  }

  /// The length of `(?i:'s|'t|'re|'ve|'m|'ll|'d)` at a place, or 0; the long s is an s there too.
  private static func contractionLength(in text: ByteBuffer, at start: Int) -> Int {
    guard text[start] == UInt8(ascii: "'"), start + 1 < text.count else { return 0 }
    func lower(_ index: Int) -> UInt8 { index < text.count ? text[index] | 0x20 : 0 }
    switch lower(start + 1) {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return isLetter(text[start + 1]) ? 2 : 0
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return pair(text, start, UInt8(ascii: "e")) ? 3 : 0
    case UInt8(ascii: "l"): return pair(text, start, UInt8(ascii: "l")) ? 3 : 0
    default:
      // U+017F, which folds to s.
      let isLongS =
        start + 2 < text.count && text[start + 1] == 0xC5 && text[start + 2] == 0xBF
      return isLongS ? 3 : 0
    }
  }

  private static func pair(_ text: ByteBuffer, _ start: Int, _ second: UInt8) -> Bool {
    start + 2 < text.count && isLetter(text[start + 1]) && isLetter(text[start + 2])
      && text[start + 2] | 0x20 == second
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}

extension Unicode.Scalar {
  /// Whether Rust's `char::is_numeric` says so: the categories Nd, Nl and No.
  fileprivate var isNumeric: Bool {
    guard !isASCII else { return (0x30...0x39).contains(value) }
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: return true
    default: return false
    }
  }
}
