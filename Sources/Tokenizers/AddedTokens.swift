/// A token that is looked for in the text itself, before anything else is done to it.
struct AddedToken: Sendable {
  var content: Bytes
  var id: Int32
  /// Whether it must not touch a letter, digit or underscore.
  var singleWord = false
  /// Whether it takes in the white space on its left.
  var stripsLeft = false
  /// Whether it takes in the white space on its right.
  var stripsRight = false
  /// Whether it is looked for in the normalized text.
  var normalized = false
  /// Whether it carries structure rather than text.
  var special = true
}

/// The added tokens of a tokenizer, ready to be found in texts.
struct AddedVocabulary: Sendable {
  /// The tokens in the order in which they were added.
  private(set) var tokens: [AddedToken]
  /// Finds those that are looked for in the text as it is.
  private(set) var finder: AddedTokenFinder
  /// Finds those that are looked for in the normalized text.
  private(set) var normalizedFinder: AddedTokenFinder
  private let normalizer: Normalizer?

  init(_ tokens: [AddedToken], normalizer: Normalizer?) {
    self.tokens = tokens
    self.normalizer = normalizer
    finder = AddedTokenFinder(tokens.filter { !$0.normalized }, normalizer: nil)
    normalizedFinder = AddedTokenFinder(tokens.filter(\.normalized), normalizer: normalizer)
  }

  /// The id of a token; of equal ones, the last counts.
  func id(of content: Bytes) -> Int32? { tokens.last { $0.content == content }?.id }

  /// Two tokens that are one in a normalized text: which of them is found is nobody's promise.
  var twins: (AddedToken, AddedToken)? {
    var known: [Bytes: AddedToken] = [:]
    for token in tokens where token.normalized {
      let text = token.content.withUnsafeBufferPointer { normalizer?.normalize($0) }
      if let other = known.updateValue(token, forKey: text ?? token.content),
        other.content != token.content
      {
        return (other, token)
      }
    }
    return nil
  }

  /// Adds a token.
  mutating func append(_ token: AddedToken) { append([token]) }

  /// Adds tokens.
  mutating func append(_ more: [AddedToken]) {
    self = AddedVocabulary(tokens + more, normalizer: normalizer)
  }
}

/// Finds added tokens in a text: the leftmost first, of several at one place the longest.
struct AddedTokenFinder: Sendable {
  /// A stretch of the text: an added token, or what lies between two of them.
  struct Segment {
    var range: Range<Int>
    var id: Int32?
  }

  private struct Pattern {
    var text: Bytes
    var token: AddedToken
  }

  /// The patterns by their first byte, the longest first.
  private var patterns: [[Pattern]] = []

  /// A finder of the given tokens.
  ///
  /// - Parameters:
  ///   - tokens: the tokens; of equal ones, special ones win, then the first.
  ///   - normalizer: applied to their contents.
  init(_ tokens: [AddedToken], normalizer: Normalizer?) {
    for token in tokens.filter(\.special) + tokens.filter({ !$0.special }) {
      let text =
        token.content.withUnsafeBufferPointer { normalizer?.normalize($0) } ?? token.content
      guard let first = text.first else { continue }
      if patterns.isEmpty { patterns = Array(repeating: [], count: 256) }
      let bucket = patterns[Int(first)]
      let place = bucket.firstIndex { $0.text.count < text.count } ?? bucket.count
      patterns[Int(first)].insert(Pattern(text: text, token: token), at: place)
    }
  }

  /// Whether there is nothing to find.
  var isEmpty: Bool { patterns.isEmpty }

  /// The added tokens of a text and what lies between them, in order, without empty stretches.
  func segments(of text: ByteBuffer) -> [Segment] {
    var segments: [Segment] = []
    var done = 0
    var index = 0
    while index < text.count, !isEmpty {
      guard let pattern = pattern(in: text, at: index) else {
        index += 1
        continue
      }
      var range = index..<index + pattern.text.count
      index = range.upperBound
      if pattern.token.singleWord, !standsAlone(range, in: text) { continue }
      if pattern.token.stripsLeft {
        // The token before may have taken the blanks, and this one with them.
        let start = max(done, startOfSpace(before: range.lowerBound, in: text))
        range = min(start, range.upperBound)..<range.upperBound
      }
      if pattern.token.stripsRight {
        range = range.lowerBound..<endOfSpace(after: range.upperBound, in: text)
      }
      if done < range.lowerBound { segments.append(Segment(range: done..<range.lowerBound)) }
      segments.append(Segment(range: range, id: pattern.token.id))
      done = max(done, range.upperBound)
    }
    if done < text.count { segments.append(Segment(range: done..<text.count)) }
    return segments
  }

  @inline(__always)
  private func pattern(in text: ByteBuffer, at index: Int) -> Pattern? {
    let bucket = patterns[Int(text[index])]
    guard !bucket.isEmpty else { return nil }
    let rest = text[index...]
    return bucket.first { rest.starts(with: $0.text) }
  }

  private func standsAlone(_ range: Range<Int>, in text: ByteBuffer) -> Bool {
    let touchesLeft = range.lowerBound > 0 && text.scalar(before: range.lowerBound).scalar.isWord
    let touchesRight =
      range.upperBound < text.count && text.scalar(at: range.upperBound).scalar.isWord
    return !touchesLeft && !touchesRight
  }

  private func startOfSpace(before index: Int, in text: ByteBuffer) -> Int {
    var start = index
    while start > 0 {
      let (scalar, previous) = text.scalar(before: start)
      guard scalar.properties.isWhitespace else { break }
      start = previous
    }
    return start
  }

  private func endOfSpace(after index: Int, in text: ByteBuffer) -> Int {
    var end = index
    while end < text.count {
      let (scalar, next) = text.scalar(at: end)
      guard scalar.properties.isWhitespace else { break }
      end = next
    }
    return end
  }
}
