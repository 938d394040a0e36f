/// The sequences of a packed matrix as attention sees them.
public struct AttentionSequences: Sendable {
  /// First query row of each sequence and, last, the number of query rows.
  public let queryOffsets: [Int]
  /// First key row of each sequence and, last, the number of key rows.
  public let keyOffsets: [Int]
  /// The row in the global batch of each sequence.
  public let rows: [Int]

  /// Sequences whose queries are all their tokens, or only the first ones.
  public init(queryOffsets: [Int], keyOffsets: [Int], rows: [Int]) {
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

  fileprivate func add(head: Int, to scores: Matrix) {
    let centre = buckets.count / 2
    for query in 0..<scores.rows {
      let row = scores.row(query).pointer
      for key in 0..<scores.columns {
        row[key] += table.pointer[buckets[centre + key - query] * table.stride + head]
      }
    }
  }

  fileprivate func addBackward(head: Int, _ gradient: Matrix, into dTable: Matrix) {
    let centre = buckets.count / 2
    for query in 0..<gradient.rows {
      let row = gradient.row(query).pointer
      for key in 0..<gradient.columns {
        dTable.pointer[buckets[centre + key - query] * dTable.stride + head] += row[key]
      }
    }
  }
}

/// Multi-head scaled dot-product attention over packed sequences, each on its own: no padding, no mask.
public struct Attention: Sendable {
  /// The sequences of the packed matrices.
  public let sequences: AttentionSequences
  /// The number of heads; head h owns the columns h * size ..< (h + 1) * size.
  public let heads: Int
  /// The columns of a head.
  public let headSize: Int
  /// Dropout of the attention weights, or nil.
  public let dropout: DropoutSite?
  /// Scores by distance, or nil.
  public let relativeBias: RelativeBias?
  private var scale: Float { 1 / Float(headSize).squareRoot() }

  /// Attention with the given heads over the given sequences.
  public init(
    sequences: AttentionSequences, heads: Int, headSize: Int, dropout: DropoutSite?,
    relativeBias: RelativeBias?
  ) {
    self.sequences = sequences
    self.heads = heads
    self.headSize = headSize
    self.dropout = dropout
    self.relativeBias = relativeBias
  }

  /// The floats that `forward` keeps for `backward`.
  public var weightCount: Int { sequences.weightCount * heads }

  /// Computes softmax(Q K' / sqrt(size)) V for every sequence and head.
  ///
  /// - Parameters:
  ///   - queries: `[Tq, C]`.
  ///   - keys: `[Tk, C]`.
  ///   - values: `[Tk, C]`.
  ///   - weights: Receives the softmax before dropout, `weightCount` floats.
  ///   - context: Receives the result, `[Tq, C]`.
  ///   - scratch: Memory for one head.
  public func forward(
    queries: Matrix, keys: Matrix, values: Matrix, weights: Vector, context: Matrix, scratch: Arena
  ) {
    let span = Profile.begin("attention", work: 4 * weightCount * headSize)
    defer { span.end() }
    forEachHead(weights) { sequence, head, softmax in
      let (q, k, columns) = ranges(sequence, head)
      product(
        queries.rows(q).columns(columns), .plain, keys.rows(k).columns(columns), .transposed,
        into: softmax, scale: scale)
      relativeBias?.add(head: head, to: softmax)
      for row in 0..<softmax.rows { softmaxForward(softmax.row(row)) }
      let mark = scratch.mark
      product(
        dropped(softmax, sequence, head, scratch), .plain, values.rows(k).columns(columns),
        into: context.rows(q).columns(columns))
      scratch.release(to: mark)
    }
  }

  /// Computes the gradients of queries, keys and values from that of the context.
  ///
  /// - Parameters:
  ///   - queries: `[Tq, C]`.
  ///   - keys: `[Tk, C]`.
  ///   - values: `[Tk, C]`.
  ///   - weights: As `forward` left them.
  ///   - dContext: `[Tq, C]`.
  ///   - dQueries: Receives `[Tq, C]`.
  ///   - dKeys: Receives `[Tk, C]`.
  ///   - dValues: Receives `[Tk, C]`.
  ///   - dRelativeBias: The table's gradient is added here, `[buckets, heads]`.
  ///   - scratch: Memory for one head.
  public func backward(
    queries: Matrix, keys: Matrix, values: Matrix, weights: Vector, dContext: Matrix,
    dQueries: Matrix, dKeys: Matrix, dValues: Matrix, dRelativeBias: Matrix?, scratch: Arena
  ) {
    let span = Profile.begin("attention backward", work: 8 * weightCount * headSize)
    defer { span.end() }
    forEachHead(weights) { sequence, head, softmax in
      let (q, k, columns) = ranges(sequence, head)
      let dHead = dContext.rows(q).columns(columns)
      let mark = scratch.mark
      let dScores = scratch.matrix(softmax.rows, softmax.columns)
      product(dHead, .plain, values.rows(k).columns(columns), .transposed, into: dScores)
      product(
        dropped(softmax, alike: dScores, sequence, head, scratch), .transposed, dHead,
        into: dValues.rows(k).columns(columns))
      for row in 0..<softmax.rows { softmaxBackward(softmax.row(row), gradient: dScores.row(row)) }
      if let dRelativeBias {
        relativeBias?.addBackward(head: head, dScores, into: dRelativeBias)
      }
      product(
        dScores, .plain, keys.rows(k).columns(columns), into: dQueries.rows(q).columns(columns),
        scale: scale)
      product(
        dScores, .transposed, queries.rows(q).columns(columns),
        into: dKeys.rows(k).columns(columns), scale: scale)
      scratch.release(to: mark)
    }
  }

  private func forEachHead(
    _ weights: Vector, _ body: (_ sequence: Int, _ head: Int, _ softmax: Matrix) -> Void
  ) {
    var offset = 0
    for sequence in sequences.rows.indices {
      let (rows, columns) = (sequences.queries(sequence).count, sequences.keys(sequence).count)
      for head in 0..<heads {
        body(sequence, head, weights.matrix(at: offset, rows: rows, columns: columns))
        offset += rows * columns
      }
    }
  }

  private func ranges(_ sequence: Int, _ head: Int) -> (Range<Int>, Range<Int>, Range<Int>) {
    (
      sequences.queries(sequence), sequences.keys(sequence),
      head * headSize..<(head + 1) * headSize
    )
  }

  /// The weights after dropout; without dropout, the weights themselves.
  ///
  /// The gradient of the dropped weights, if given, becomes that of the weights.
  private func dropped(
    _ softmax: Matrix, alike gradient: Matrix? = nil, _ sequence: Int, _ head: Int, _ scratch: Arena
  ) -> Matrix {
    guard let dropout else { return softmax }
    let copy = scratch.matrix(softmax.rows, softmax.columns)
    dropout.apply(
      to: softmax.vector, into: copy.vector, alike: gradient?.vector,
      row: sequences.rows[sequence], line: head)
    return copy
  }
}

/// Replaces a row of scores by its softmax.
public func softmaxForward(_ row: Vector) {
  let count = row.count
  var lanes = Lanes(repeating: -.infinity)
  var i = 0
  while i < count {
    let next = Lanes(row.pointer, i, of: count, otherwise: -.infinity)
    lanes.replace(with: next, where: next .> lanes)
    i &+= Lanes.width
  }
  let largest = lanes.largest
  // The lanes behind the row become exp(-87), too little to change a sum of at least 1.
  var total = Lanes.zero
  i = 0
  while i < count {
    let e = exponential(Lanes(row.pointer, i, of: count, otherwise: -.infinity) - largest)
    e.store(row.pointer, i, of: count)
    total += e
    i &+= Lanes.width
  }
  let inverse = 1 / total.total
  i = 0
  while i < count {
    (Lanes(row.pointer, i, of: count) * inverse).store(row.pointer, i, of: count)
    i &+= Lanes.width
  }
}

/// Turns dL/dsoftmax of a row into dL/dscores, in place.
public func softmaxBackward(_ softmax: Vector, gradient: Vector) {
  precondition(softmax.count == gradient.count, "softmax of unequal shapes")
  let count = softmax.count
  var product = Lanes.zero
  var i = 0
  while i < count {
    product.addProduct(
      Lanes(softmax.pointer, i, of: count), Lanes(gradient.pointer, i, of: count))
    i &+= Lanes.width
  }
  let mean = product.total
  i = 0
  while i < count {
    (Lanes(softmax.pointer, i, of: count) * (Lanes(gradient.pointer, i, of: count) - mean))
      .store(gradient.pointer, i, of: count)
    i &+= Lanes.width
  }
}
