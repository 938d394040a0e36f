/// Tokens and their ids: a hash table over bytes that looks up any stretch of a text without a
/// copy.
struct Vocabulary: Sendable {
  /// The id of each token, in the order of insertion.
  private(set) var ids: [Int32] = []
  /// The length in bytes of the longest token.
  private(set) var longest = 0
  /// All tokens, one after the other, and where each ends.
  private var text: Bytes = []
  private var ends: [Int] = []
  /// Open addressing: entries or -1; a power of two, at least twice as many as there are tokens.
  private var slots: [Int32]
  /// The entry of each id, or -1.
  private var entries: [Int32] = []

  /// An empty vocabulary with room for `capacity` tokens.
  init(capacity: Int) {
    var slotCount = 16
    while slotCount < 2 * capacity { slotCount *= 2 }
    slots = Array(repeating: -1, count: slotCount)
  }

  /// The number of different tokens.
  var count: Int { ids.count }

  /// The highest id + 1.
  var idBound: Int { entries.count }

  /// The token at a position in the order of insertion.
  func token(at entry: Int) -> Bytes { Array(text[range(of: entry)]) }

  /// The token with the given id.
  func token(for id: Int32) -> Bytes? {
    guard id >= 0, Int(id) < entries.count, entries[Int(id)] >= 0 else { return nil }
    return token(at: Int(entries[Int(id)]))
  }

  /// Adds a token; one that is there already gets the new id.
  mutating func insert(_ token: Bytes, id: Int32) {
    if 2 * (count + 1) > slots.count { grow() }
    let entry: Int
    switch token.withUnsafeBufferPointer({ search($0, hash: Hash(of: $0)) }) {
    case .found(let present):
      entry = present
      if entries[Int(ids[entry])] == entry { entries[Int(ids[entry])] = -1 }
      ids[entry] = id
    case .free(let slot):
      entry = ids.count
      slots[slot] = Int32(truncatingIfNeeded: entry)
      text += token
      ends.append(text.count)
      ids.append(id)
      longest = max(longest, token.count)
    }
    while entries.count <= Int(id) { entries.append(-1) }
    entries[Int(id)] = Int32(truncatingIfNeeded: entry)
  }

  /// The id of a token.
  func id(of token: Bytes) -> Int32? { token.withUnsafeBufferPointer { id(of: $0) } }

  /// The id of a stretch of text.
  func id(of token: ByteBuffer) -> Int32? { id(of: token, hash: Hash(of: token)) }

  /// The id of a stretch of text whose hash is known.
  @inline(__always)
  func id(of token: ByteBuffer, hash: Hash) -> Int32? {
    guard case .found(let entry) = search(token, hash: hash) else { return nil }
    return ids[entry]
  }

  private enum SearchResult {
    case found(Int)
    case free(Int)
  }

  @inline(__always)
  private func search(_ token: ByteBuffer, hash: Hash) -> SearchResult {
    let mask = slots.count - 1
    var slot = hash.index & mask
    while true {
      let entry = Int(slots[slot])
      guard entry >= 0 else { return .free(slot) }
      let range = range(of: entry)
      if range.count == token.count,
        text.withUnsafeBufferPointer({ $0[range].elementsEqual(token) })
      {
        return .found(entry)
      }
      slot = (slot + 1) & mask
    }
  }

  @inline(__always)
  private func range(of entry: Int) -> Range<Int> {
    (entry == 0 ? 0 : ends[entry - 1])..<ends[entry]
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: 2 * slots.count)
    let mask = slots.count - 1
    for entry in 0..<count {
      let hash = text.withUnsafeBufferPointer { Hash(of: $0.slice(range(of: entry))) }
      var slot = hash.index & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(truncatingIfNeeded: entry)
    }
  }
}

/// The FNV-1a hash, which gives the hashes of all the prefixes of a text in one pass.
struct Hash {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  init() {}

  init(of bytes: ByteBuffer) {
    for byte in bytes { update(byte) }
  }

  @inline(__always)
  mutating func update(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }

  /// A table position before the mask is applied.
  @inline(__always)
  var index: Int { Int(truncatingIfNeeded: state ^ state >> 29) }
}
