/// A pre-tokenizer that cuts a text into words; BERT's kind drops the white space between them.
enum Splitter: Sendable {
  /// White space separates; each punctuation character is a word of its own.
  case bert
  /// `\w+|[^\w\s]+`.
  case wordsAndSymbols
  /// White space separates.
  case whitespace
  /// Numbers are words of their own, whole or digit by digit.
  case digits(individual: Bool)
  /// The matches of Llama 3's expression.
  case llama

  /// Calls `body` for each word of the text.
  func forEachWord(of text: ByteBuffer, _ body: (ByteBuffer) -> Void) {
    switch self {
    case .digits(let individual): Self.forEachNumber(of: text, individual: individual, body)
    case .llama:
      var start = 0
      while start < text.count {
        let end = Self.endOfLlamaWord(in: text, from: start)
        body(text.slice(start..<end))
        start = end
      }
    case .bert, .wordsAndSymbols, .whitespace: forEachSpacedWord(of: text, body)
    }
  }

  private func forEachSpacedWord(of text: ByteBuffer, _ body: (ByteBuffer) -> Void) {
    var start = 0
    var previous = Kind.space
    var index = 0
    while index < text.count {
      let (kind, next) = kind(in: text, at: index)
      if kind != previous || kind == .single {
        if previous != .space { body(text.slice(start..<index)) }
        start = index
        previous = kind
      }
      index = next
    }
    if previous != .space { body(text.slice(start..<text.count)) }
  }

  /// What a scalar does: separate words, be a word of its own, or make words with its like.
  private enum Kind {
    case space
    case single
    case word
    case symbol
  }

  @inline(__always)
  private func kind(in text: ByteBuffer, at index: Int) -> (kind: Kind, next: Int) {
    let byte = text[index]
    switch byte {
    case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: return (.word, index + 1)
    case 0x20, 0x09...0x0D: return (.space, index + 1)
    default:
      let (scalar, next) = text.scalar(at: index)
      if byte >= 0x80, scalar.properties.isWhitespace { return (.space, next) }
      switch self {
      case .bert: return (scalar.isBertPunctuation ? .single : .word, next)
      case .wordsAndSymbols: return (scalar.isWord ? .word : .symbol, next)
      case .whitespace, .digits, .llama: return (.word, next)
      }
    }
  }
}
