/// Byte-level BPE: the bytes of a word are joined, pair by pair, in the order of the merges.
struct BytePairEncoding: Sendable {
  let vocabulary: Vocabulary
  let byteLevel: ByteLevel
  let merges: MergeTable
  let options: Options
  /// The id of each byte; -1 when the vocabulary lacks it and there is no unknown token.
  private let byteIDs: [Int32]

  /// The settings of the model in `tokenizer.json`.
  struct Options: Sendable {
    /// Stands for a byte that the vocabulary lacks; without it such bytes vanish.
    var unknown: Int32?
    /// Whether neighbouring unknown bytes make one token.
    var fusesUnknown = false
    /// Whether a word that is in the vocabulary is taken whole.
    var ignoresMerges = false
  }

  init(vocabulary: Vocabulary, byteLevel: ByteLevel, merges: MergeTable, options: Options) {
    self.vocabulary = vocabulary
    self.byteLevel = byteLevel
    self.merges = merges
    self.options = options
    byteIDs = ByteLevel.alphabet.map { scalar in
      var key: Bytes = []
      key.append(scalar)
      return vocabulary.id(of: key) ?? options.unknown ?? -1
    }
  }

  /// Memory that the words of one text share.
  struct Workspace {
    fileprivate var symbols: [Symbol] = []
    fileprivate var queue = MergeQueue()
  }

  /// A piece of the word, linked to its neighbours; an id of -1 marks one that was merged away.
  fileprivate struct Symbol {
    var id: Int32
    var previous: Int32
    var next: Int32
  }

  /// Appends the ids of one word.
  ///
  /// - Parameters:
  ///   - word: the bytes of the word.
  ///   - ids: receives the ids.
  ///   - workspace: scratch memory.
  func append(_ word: ByteBuffer, to ids: inout [Int32], using workspace: inout Workspace) {
    if options.ignoresMerges {
      var key: Bytes = []
      for byte in word { key.append(ByteLevel.alphabet[Int(byte)]) }
      if let id = vocabulary.id(of: key) {
        ids.append(id)
        return
      }
    }
    fill(&workspace.symbols, with: word)
    merge(&workspace)
    for symbol in workspace.symbols where symbol.id >= 0 { ids.append(symbol.id) }
  }

  private func fill(_ symbols: inout [Symbol], with word: ByteBuffer) {
    symbols.removeAll(keepingCapacity: true)
    for byte in word {
      let id = byteIDs[Int(byte)]
      guard id >= 0 else { continue }
      if options.fusesUnknown, id == options.unknown, symbols.last?.id == id { continue }
      let index = Int32(truncatingIfNeeded: symbols.count)
      symbols.append(Symbol(id: id, previous: index - 1, next: index + 1))
    }
    if !symbols.isEmpty { symbols[symbols.count - 1].next = -1 }
  }

  /// Joins the pair of lowest rank, the leftmost first, until no pair has a merge.
  private func merge(_ workspace: inout Workspace) {
    workspace.symbols.withUnsafeMutableBufferPointer { symbols in
      func push(_ left: Int32, into queue: inout MergeQueue) {
        let right = symbols[Int(left)].next
        guard right >= 0,
          let merge = merges[symbols[Int(left)].id, symbols[Int(right)].id]
        else { return }
        queue.push(MergeQueue.Candidate(rank: merge.rank, position: left, id: merge.id))
      }
      for left in symbols.indices.dropLast() {
        push(Int32(truncatingIfNeeded: left), into: &workspace.queue)
      }
      while let candidate = workspace.queue.pop() {
        let left = Int(candidate.position)
        let right = Int(symbols[left].next)
        // An earlier merge may have consumed or changed the pair.
        guard symbols[left].id >= 0, right >= 0,
          merges[symbols[left].id, symbols[right].id]?.id == candidate.id
        else { continue }
        let next = symbols[right].next
        symbols[left].id = candidate.id
        symbols[left].next = next
        symbols[right].id = -1
        if next >= 0 { symbols[Int(next)].previous = candidate.position }
        push(candidate.position, into: &workspace.queue)
        if symbols[left].previous >= 0 { push(symbols[left].previous, into: &workspace.queue) }
      }
    }
  }
}
