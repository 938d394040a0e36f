/// The merges of byte-pair encoding: which pairs of ids join, in which order, to what.
struct MergeTable: Sendable {
  /// What a pair becomes; pairs of lower rank are merged first.
  struct Merge {
    var rank: Int32
    var id: Int32
  }

  /// The pairs in the order of their ranks.
  private(set) var pairs: [(left: Int32, right: Int32)] = []
  /// Open addressing; a key of -1 marks a free slot.
  private var keys: [Int64]
  private var merges: [Merge]

  /// An empty table with room for `capacity` merges.
  init(capacity: Int) {
    var slotCount = 16
    while slotCount < 2 * (capacity + 1) { slotCount *= 2 }
    keys = Array(repeating: -1, count: slotCount)
    merges = Array(repeating: Merge(rank: 0, id: 0), count: slotCount)
    pairs.reserveCapacity(capacity)
  }

  /// Appends a merge; a pair that is there already gets the new, later rank.
  ///
  /// - Parameters:
  ///   - left: the id of the left piece.
  ///   - right: the id of the right piece.
  ///   - id: what they become.
  /// - Precondition: not more merges are appended than the capacity given.
  mutating func append(_ left: Int32, _ right: Int32, becoming id: Int32) {
    precondition(pairs.count < keys.count / 2, "more merges than the table has room for")
    let slot = slot(of: Self.key(left, right))
    keys[slot] = Self.key(left, right)
    merges[slot] = Merge(rank: Int32(truncatingIfNeeded: pairs.count), id: id)
    pairs.append((left, right))
  }

  /// The merge of a pair of ids, if it has one.
  @inline(__always)
  subscript(left: Int32, right: Int32) -> Merge? {
    let slot = slot(of: Self.key(left, right))
    return keys[slot] < 0 ? nil : merges[slot]
  }

  private static func key(_ left: Int32, _ right: Int32) -> Int64 {
    Int64(left) << 32 | Int64(right)
  }

  /// The slot that holds the key, or the free one where it would go.
  @inline(__always)
  private func slot(of key: Int64) -> Int {
    let mask = keys.count - 1
    let product = UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: product >> 32) & mask
    while keys[slot] >= 0, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }
}

/// A binary heap of possible merges: lowest rank first, then leftmost.
struct MergeQueue {
  /// A pair that has a merge: where its left piece is, and what it would become.
  struct Candidate {
    let order: UInt64
    let id: Int32

    init(rank: Int32, position: Int32, id: Int32) {
      order = UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(UInt32(bitPattern: position))
      self.id = id
    }

    var position: Int32 { Int32(truncatingIfNeeded: order) }
  }

  private var heap: [Candidate] = []

  mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard candidate.order < heap[parent].order else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = candidate
  }

  mutating func pop() -> Candidate? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].order < heap[child].order { child += 1 }
      guard heap[child].order < last.order else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = last
    return first
  }
}
