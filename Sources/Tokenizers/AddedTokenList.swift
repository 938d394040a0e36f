internal import JSONText

/// Added tokens as the library `tokenizers` numbers them.
struct AddedTokenList {
  private(set) var tokens: [AddedToken] = []
  /// Tokens that no file lists and the vocabulary lacks.
  private(set) var appended: [Bytes] = []
  private var places: [Bytes: Int] = [:]
  private var vocabulary: [Bytes: Int32] = [:]
  private var taken: Set<Int32> = []
  private var highest: Int32 = -1

  /// None yet, beside a vocabulary.
  init(vocabulary members: [JSON.Member]) {
    for member in members {
      vocabulary[member.key] = Int32(clamping: member.value.integer ?? -1)
    }
    // Of equal tokens the last counts, and leaves the ids of the others free.
    taken = Set(vocabulary.values)
  }

  /// The token of a content.
  subscript(content: Bytes) -> AddedToken? { places[content].map { tokens[$0] } }

  /// The id that the vocabulary has for a token.
  func vocabularyID(of content: Bytes) -> Int32? { vocabulary[content] }

  /// Adds a token: with its id in the vocabulary, else the next one.
  ///
  /// - Returns: False when the next one is taken.
  mutating func append(_ token: AddedToken, isListed: Bool = false) -> Bool {
    var token = token
    let count = Int32(clamping: vocabulary.count)
    let known = vocabulary[token.content]
    token.id = known ?? (highest >= count ? highest + 1 : count)
    guard known != nil || !taken.contains(token.id) else { return false }
    if known == nil, !isListed { appended.append(token.content) }
    highest = max(highest, token.id)
    places[token.content] = tokens.count
    tokens.append(token)
    return true
  }
}
