/// WordPiece: each word is cut into the longest vocabulary entries, from left to right.
struct WordPiece: Sendable {
  let vocabulary: Vocabulary
  let unknown: Int32
  /// Words of more scalars than this are unknown as a whole.
  let longestWord: Int
  /// The entries that continue a word, without their `##`.
  private let continuations: Vocabulary

  init(vocabulary: Vocabulary, unknown: Int32, continuationPrefix: Bytes, longestWord: Int) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.longestWord = longestWord
    var continuations = Vocabulary(capacity: vocabulary.count / 4)
    for entry in 0..<vocabulary.count {
      let token = vocabulary.token(at: entry)
      guard token.starts(with: continuationPrefix) else { continue }
      continuations.insert(
        Array(token.dropFirst(continuationPrefix.count)), id: vocabulary.ids[entry])
    }
    self.continuations = continuations
  }

  /// Appends the ids of one word.
  ///
  /// - Parameters:
  ///   - word: a word without blanks.
  ///   - ids: receives the ids; a single unknown token when some part is not in the vocabulary.
  func append(_ word: ByteBuffer, to ids: inout [Int32]) {
    let scalars = word.count { $0 & 0xC0 != 0x80 }
    guard scalars <= longestWord else {
      ids.append(unknown)
      return
    }
    let before = ids.count
    var start = 0
    while start < word.count {
      let rest = word.slice(start..<word.count)
      guard let match = (start == 0 ? vocabulary : continuations).longestPrefix(of: rest) else {
        ids.removeSubrange(before...)
        ids.append(unknown)
        return
      }
      ids.append(match.id)
      start += match.length
    }
  }
}

extension Vocabulary {
  /// The longest token that the text starts with.
  func longestPrefix(of text: ByteBuffer) -> (id: Int32, length: Int)? {
    let limit = min(text.count, longest)
    return withUnsafeTemporaryAllocation(of: Hash.self, capacity: limit) { hashes in
      var hash = Hash()
      for index in 0..<limit {
        hash.update(text[index])
        hashes.initializeElement(at: index, to: hash)
      }
      // A cut inside a scalar cannot match: all the tokens are valid UTF-8.
      for length in stride(from: limit, to: 0, by: -1) {
        if let id = id(of: text.slice(0..<length), hash: hashes[length - 1]) { return (id, length) }
      }
      return nil
    }
  }
}
