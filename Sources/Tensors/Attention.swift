/// The sequences of a packed matrix as attention sees them.
public struct AttentionSequences: Sendable {
  /// First query row of each sequence and, last, the number of query rows.
  public let queryOffsets: [Int]
  /// First key row of each sequence and, last, the number of key rows.
  public let keyOffsets: [Int]
  /// The row in the global batch of each sequence.
  public let rows: [Int]
  /// The position of each query row in its sequence; nil where queries are all tokens from the first on.
  let queryPositions: [Int]?

  /// Sequences whose queries are all their tokens, or only the first ones, or those at given positions.
  public init(
    queryOffsets: [Int], keyOffsets: [Int], rows: [Int], queryPositions: [Int]? = nil
  ) {
    self.queryPositions = queryPositions
    precondition(
      queryOffsets.count == rows.count + 1 && keyOffsets.count == rows.count + 1,
      "offsets do not fit \(rows.count) sequences")
    self.queryOffsets = queryOffsets
    self.keyOffsets = keyOffsets
    self.rows = rows
  }

  /// The number of attention weights a head has over all sequences.
  public var weightCount: Int {
    rows.indices.reduce(0) { $0 + queries($1).count * keys($1).count }
  }

  func queries(_ index: Int) -> Range<Int> { queryOffsets[index]..<queryOffsets[index + 1] }
  func keys(_ index: Int) -> Range<Int> { keyOffsets[index]..<keyOffsets[index + 1] }
  /// The positions of a sequence's queries; nil for those from the first on.
  func positions(_ index: Int) -> ArraySlice<Int>? { queryPositions?[queries(index)] }
}

/// Learned scores by the distance of key and query, one a head, shared by all layers (MPNet, T5).
public struct RelativeBias: Sendable {
  /// `[buckets, heads]`.
  public let table: Matrix
  /// The bucket of each distance key - query, from -(maximum - 1) to maximum - 1.
  public let buckets: [Int]

  /// Bias of the distances up to `(buckets.count - 1) / 2` in both directions.
  public init(table: Matrix, buckets: [Int]) {
    self.table = table
    self.buckets = buckets
  }

  fileprivate func add(head: Int, positions: ArraySlice<Int>?, to scores: Matrix) {
    let centre = buckets.count / 2
    for query in 0..<scores.rows {
      let row = scores.row(query).pointer
      let start = centre - (positions.map { $0[$0.startIndex + query] } ?? query)
      for key in 0..<scores.columns {
        row[key] += table.pointer[buckets[start + key] * table.stride + head]
      }
    }
  }

  fileprivate func addBackward(
    head: Int, positions: ArraySlice<Int>?, _ gradient: Matrix, into dTable: Matrix
  ) {
    let centre = buckets.count / 2
    for query in 0..<gradient.rows {
      let row = gradient.row(query).pointer
      let start = centre - (positions.map { $0[$0.startIndex + query] } ?? query)
      for key in 0..<gradient.columns {
        dTable.pointer[buckets[start + key] * dTable.stride + head] += row[key]
      }
    }
  }
}

/// Multi-head scaled dot-product attention over packed sequences, each on its own: no padding.
public struct Attention: Sendable {
  /// The sequences of the packed matrices.
  public let sequences: AttentionSequences
  /// The number of query heads; head h owns the columns h * size ..< (h + 1) * size.
  public let heads: Int
  /// The number of key and value heads; as many query heads, one after the other, share each of them.
  public let keyHeads: Int
  /// Whether a token sees none that come after it; a sequence's queries are then its last tokens.
  public let isCausal: Bool
  /// The columns of a head.
  public let headSize: Int
  /// Dropout of the attention weights, or nil.
  public let dropout: DropoutSite?
  /// Scores by distance, or nil.
  public let relativeBias: RelativeBias?
  private var scale: Float { 1 / Float(headSize).squareRoot() }

  /// Attention with the given heads over the given sequences.
  public init(
    sequences: AttentionSequences, heads: Int, keyHeads: Int? = nil, headSize: Int,
    isCausal: Bool = false, dropout: DropoutSite?, relativeBias: RelativeBias?
  ) {
    self.sequences = sequences
    self.heads = heads
    self.keyHeads = keyHeads ?? heads
    self.isCausal = isCausal
    precondition(heads.isMultiple(of: self.keyHeads), "heads that share keys unequally")
    precondition(
      relativeBias == nil || self.keyHeads == heads, "shared keys beside relative positions")
    self.headSize = headSize
    self.dropout = dropout
    self.relativeBias = relativeBias
  }

  /// The floats that `forward` keeps for `backward`.
  public var weightCount: Int { sequences.weightCount * heads }

  /// Computes softmax(Q K' / sqrt(size)) V for every sequence and head.
  ///
  /// - Parameters:
  ///   - queries: `[Tq, heads * size]`.
  ///   - keys: `[Tk, keyHeads * size]`.
  ///   - values: `[Tk, keyHeads * size]`.
  ///   - weights: Receives the softmax before dropout, `weightCount` floats.
  ///   - context: Receives the result, `[Tq, heads * size]`.
  ///   - workspace: Memory and threads for the call.
  public func forward(
    queries: Matrix, keys: Matrix, values: Matrix, weights: Vector, context: Matrix,
    _ workspace: Workspace
  ) {
    let span = Profile.begin("attention", work: 4 * weightCount * headSize)
    defer { span.end() }
    forEachHead(weights, workspace) { sequence, head, softmax, room in
      let (q, k, columns, keyColumns) = ranges(sequence, head)
      let transposedKeys = room.transposed(keys.rows(k).columns(keyColumns))
      multiplySmall(
        queries.rows(q).columns(columns), .plain, transposedKeys, into: softmax, scale: scale)
      relativeBias?.add(head: head, positions: sequences.positions(sequence), to: softmax)
      normalize(softmax)
      multiplySmall(
        dropped(softmax, sequence, head, room), .plain,
        room.readable(values.rows(k).columns(keyColumns)),
        into: context.rows(q).columns(columns))
    }
  }

  /// Computes the gradients of queries, keys and values from that of the context.
  ///
  /// - Parameters:
  ///   - queries: `[Tq, heads * size]`.
  ///   - keys: `[Tk, keyHeads * size]`.
  ///   - values: `[Tk, keyHeads * size]`.
  ///   - weights: As `forward` left them.
  ///   - dContext: `[Tq, heads * size]`.
  ///   - dQueries: Receives `[Tq, heads * size]`.
  ///   - dKeys: Receives `[Tk, keyHeads * size]`.
  ///   - dValues: Receives `[Tk, keyHeads * size]`.
  ///   - dRelativeBias: The table's gradient is added here, `[buckets, heads]`.
  ///   - workspace: Memory and threads for the call.
  public func backward(
    queries: Matrix, keys: Matrix, values: Matrix, weights: Vector, dContext: Matrix,
    dQueries: Matrix, dKeys: Matrix, dValues: Matrix, dRelativeBias: Matrix?,
    _ workspace: Workspace
  ) {
    let span = Profile.begin("attention backward", work: 8 * weightCount * headSize)
    defer { span.end() }
    forEachHead(weights, workspace) { sequence, head, softmax, room in
      let (q, k, columns, keyColumns) = ranges(sequence, head)
      // Heads that share keys come one after the other.
      let adds = !head.isMultiple(of: heads / keyHeads)
      let dHead = room.readable(dContext.rows(q).columns(columns))
      let dScores = room.matrix(softmax.rows, softmax.columns)
      multiplySmall(
        dHead, .plain, room.transposed(values.rows(k).columns(keyColumns)), into: dScores)
      multiplySmall(
        dropped(softmax, alike: dScores, sequence, head, room), .transposed, dHead,
        into: dValues.rows(k).columns(keyColumns), adds: adds)
      kernels.softmaxBackward(softmax, gradient: dScores)
      if let dRelativeBias {
        relativeBias?.addBackward(
          head: head, positions: sequences.positions(sequence), dScores, into: dRelativeBias)
      }
      multiplySmall(
        dScores, .plain, room.readable(keys.rows(k).columns(keyColumns)),
        into: dQueries.rows(q).columns(columns), scale: scale)
      multiplySmall(
        dScores, .transposed, room.readable(queries.rows(q).columns(columns)),
        into: dKeys.rows(k).columns(keyColumns), scale: scale, adds: adds)
    }
  }

  /// Turns scores into weights, row by row; what a query must not see gets 0.
  private func normalize(_ scores: Matrix) {
    guard isCausal else { return kernels.softmaxForward(scores, into: scores) }
    for query in 0..<scores.rows {
      let seen = scores.columns - scores.rows + query + 1
      let row = scores.rows(query..<query + 1).columns(0..<seen)
      kernels.softmaxForward(row, into: row)
      scores.row(query)[seen..<scores.columns].fill(0)
    }
  }

  /// Calls `body` for every sequence and head, by whichever member of the team is free; a head's sequences come
  /// in their order where they add to the same relative bias.
  private func forEachHead(
    _ weights: Vector, _ workspace: Workspace,
    _ body: (_ sequence: Int, _ head: Int, _ softmax: Matrix, _ room: HeadRoom) -> Void
  ) {
    var starts: [Int] = []
    var (offset, longest, most) = (0, 0, 0)
    for sequence in sequences.rows.indices {
      let (rows, columns) = (sequences.queries(sequence).count, sequences.keys(sequence).count)
      starts.append(offset)
      offset += heads * rows * columns
      longest = max(longest, columns)
      most = max(most, rows * columns)
    }
    func visit(_ sequence: Int, _ head: Int, _ room: HeadRoom) {
      let (rows, columns) = (sequences.queries(sequence).count, sequences.keys(sequence).count)
      room.reset()
      body(
        sequence, head,
        weights.matrix(
          at: starts[sequence] + head * rows * columns, rows: rows, columns: columns), room)
    }
    let team = workspace.team
    workspace.withScratch {
      let rooms = (0..<team.count).map { _ in
        HeadRoom(workspace.vector(HeadRoom.size(longest, headSize, weights: most)))
      }
      if relativeBias == nil {
        let (group, keyHeads) = (heads / keyHeads, keyHeads)
        team.share(starts.count * keyHeads) { item, member in
          let first = item % keyHeads * group
          for head in first..<first + group { visit(item / keyHeads, head, rooms[member]) }
        }
      } else {
        team.share(heads) { head, member in
          for sequence in starts.indices { visit(sequence, head, rooms[member]) }
        }
      }
    }
  }

  /// The rows of queries and keys, and the columns of a head and of its keys.
  private func ranges(
    _ sequence: Int, _ head: Int
  ) -> (Range<Int>, Range<Int>, Range<Int>, Range<Int>) {
    let keyHead = head / (heads / keyHeads)
    return (
      sequences.queries(sequence), sequences.keys(sequence),
      head * headSize..<(head + 1) * headSize, keyHead * headSize..<(keyHead + 1) * headSize
    )
  }

  /// The weights after dropout; without dropout, the weights themselves.
  ///
  /// The gradient of the dropped weights, if given, becomes that of the weights.
  private func dropped(
    _ softmax: Matrix, alike gradient: Matrix? = nil, _ sequence: Int, _ head: Int, _ room: HeadRoom
  ) -> Matrix {
    guard let dropout else { return softmax }
    let copy = room.matrix(softmax.rows, softmax.columns)
    dropout.apply(
      to: softmax.vector, into: copy.vector, alike: gradient?.vector,
      row: sequences.rows[sequence], line: head)
    return copy
  }
}

/// Replaces a row of scores by its softmax.
public func softmaxForward(_ row: Vector) {
  let matrix = row.matrix(rows: 1, columns: row.count)
  kernels.softmaxForward(matrix, into: matrix)
}

/// Turns dL/dsoftmax of a row into dL/dscores, in place.
public func softmaxBackward(_ softmax: Vector, gradient: Vector) {
  precondition(softmax.count == gradient.count, "softmax of unequal shapes")
  kernels.softmaxBackward(
    softmax.matrix(rows: 1, columns: softmax.count),
    gradient: gradient.matrix(rows: 1, columns: gradient.count))
}

/// Memory for one head of one sequence, given back with the next.
private final class HeadRoom {
  private let memory: Vector
  private var used = 0

  init(_ memory: Vector) { self.memory = memory }

  /// The floats that a head takes at most: a transposed operand, four readable ones and two of the weights' shape.
  static func size(_ tokens: Int, _ headSize: Int, weights: Int) -> Int {
    headSize * padded(tokens) + 4 * tokens * padded(headSize) + 2 * (weights + 16)
  }

  private static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  func reset() { used = 0 }

  func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    matrix(rows, columns, stride: columns)
  }

  private func matrix(_ rows: Int, _ columns: Int, stride: Int) -> Matrix {
    let part = memory[used..<used + rows * stride]
    used += Self.padded(rows * stride)
    return Matrix(part.pointer, rows: rows, columns: columns, stride: stride)
  }

  /// The transpose of `[n, k]`, with 0 up to whole registers.
  func transposed(_ matrix: Matrix) -> Matrix {
    let result = self.matrix(matrix.columns, matrix.rows, stride: Self.padded(matrix.rows))
    kernels.transpose(matrix, into: result)
    return result
  }

  /// An operand whose rows can be read in whole registers: itself, or a copy with 0 after its columns.
  func readable(_ matrix: Matrix) -> Matrix {
    guard !matrix.columns.isMultiple(of: 16) else { return matrix }
    let result = self.matrix(matrix.rows, matrix.columns, stride: Self.padded(matrix.columns))
    for row in 0..<matrix.rows {
      let line = result.pointer + row * result.stride
      line.update(from: matrix.pointer + row * matrix.stride, count: matrix.columns)
      (line + matrix.columns).update(repeating: 0, count: result.stride - matrix.columns)
    }
    return result
  }
}
