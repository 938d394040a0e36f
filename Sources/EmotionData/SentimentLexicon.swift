/// Words that carry a feeling or a judgement: what TFD hides to see what the other words alone say.
///
/// Words are looked up without regard to case, and a typographic apostrophe is a plain one.
public struct SentimentLexicon: Sendable, Equatable {
  /// The words as they are compared.
  public let words: Set<String>
  /// What messages call it.
  public let name: String

  /// The list that comes with the program, a few hundred common English words.
  public static let builtIn = SentimentLexicon(
    words: (try? words(in: PackageResources.sentiment_words_txt, source: "the built-in lexicon"))
      ?? [], name: "the built-in lexicon")

  /// Reads a file of one word a line; what follows a `#` on a line, and a blank line, says nothing.
  ///
  /// Throws a `DataError` that names the line for anything but UTF-8 and for two words on one line, and one that names
  /// the file where it cannot be read or has no word.
  public init(contentsOf file: String) throws(DataError) {
    try self.init(FileContents.read(file), source: file)
  }

  /// The same for the contents of a file, which messages call `source`.
  public init(_ bytes: [UInt8], source: String) throws(DataError) {
    self.init(words: try Self.words(in: bytes, source: source), name: source)
  }

  private init(words: Set<String>, name: String) { (self.words, self.name) = (words, name) }

  /// Whether a word is in it.
  public func contains(_ word: some StringProtocol) -> Bool {
    words.contains(Self.folded(word))
  }

  private static func folded(_ word: some StringProtocol) -> String {
    String(word.lowercased().map { $0 == "\u{2019}" ? "'" : $0 })
  }

  private static func words(in bytes: [UInt8], source: String) throws(DataError) -> Set<String> {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let contents = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
    var words: Set<String> = []
    for (index, line) in contents.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated()
    {
      guard let text = String(validating: line, as: UTF8.self) else {
        throw DataError(source, line: index + 1, "is not valid UTF-8; save the file as UTF-8")
      }
      let parts = text.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard let word = parts.first else { continue }
      guard parts.count == 1 else {
        throw DataError(
          source, line: index + 1,
          "\(DataError.excerpt(parts.joined(separator: " "))) is more than one word; give each word a line of its own"
        )
      }
      words.insert(folded(word))
    }
    guard !words.isEmpty else {
      throw DataError(source, "has no word; give one a line")
    }
    return words
  }
}
