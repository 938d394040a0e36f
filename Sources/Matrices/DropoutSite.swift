/// The dropout decisions of one place in the network at one step: a pure function of
/// (key, row, line, element), so that forward, backward and recomputation agree on any rank.
///
/// `row` is the sequence's index in the global batch. `line` is the token's position for hidden
/// values, or the head for attention weights; `element` counts within the line. A Philox block gives
/// eight 16-bit decisions: element e stands in group e / 128, lane e % 16, slot (e % 128) / 16.
public struct DropoutSite: Sendable {
  /// The probability of dropping an element, as 65536ths; what is kept is scaled to keep the mean.
  public let rate: Double
  /// Names seed, step, layer and site.
  public let key: SIMD2<UInt32>
  /// One more than the rate: what a uniform number in 1..<2 must reach to keep its element.
  public let threshold: Float
  /// The factor of what is kept.
  public let scale: Float

  /// The decisions under a key.
  ///
  /// - Parameters:
  ///   - key: Names seed, step, layer and site.
  ///   - rate: The probability of dropping, 0 up to but not including 1.
  public init(key: SIMD2<UInt32>, rate: Double) {
    precondition(rate >= 0 && rate < 1, "dropout rate \(rate) outside 0..<1")
    let sixteenths = min((rate * 65536).rounded(), 65535)
    self.rate = sixteenths / 65536
    self.key = key
    threshold = Float(1 + self.rate)
    scale = Float(1 / (1 - self.rate))
  }
}

/// Where each row of a packed matrix comes from: its row in the global batch and its position there.
public struct TokenRows: Sendable {
  /// The row in the global batch, for each matrix row.
  public let rows: [Int]
  /// The position in the sequence, for each matrix row.
  public let positions: [Int]
  /// The number of matrix rows.
  public var count: Int { rows.count }

  /// Names the origin of every matrix row.
  public init(rows: [Int], positions: [Int]) {
    precondition(rows.count == positions.count, "rows and positions of unequal length")
    self.rows = rows
    self.positions = positions
  }

  /// The origins of some neighbouring matrix rows.
  public subscript(range: Range<Int>) -> TokenRange { TokenRange(all: self, range: range) }
}

/// The origins of some neighbouring rows of a packed matrix.
public struct TokenRange: Sendable {
  private let all: TokenRows
  private let range: Range<Int>

  fileprivate init(all: TokenRows, range: Range<Int>) { (self.all, self.range) = (all, range) }

  /// Calls `body` with the batch rows and positions of the matrix rows in the range.
  public func withPointers(_ body: (UnsafePointer<Int>, UnsafePointer<Int>) -> Void) {
    guard !range.isEmpty else { return }
    all.rows.withUnsafeBufferPointer { rows in
      all.positions.withUnsafeBufferPointer { positions in
        guard let row = rows.baseAddress, let position = positions.baseAddress else { return }
        body(row + range.lowerBound, position + range.lowerBound)
      }
    }
  }
}
