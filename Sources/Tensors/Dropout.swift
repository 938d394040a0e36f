/// The dropout decisions of one place in the network at one step: a pure function of
/// (key, row, line, element), so that forward, backward and recomputation agree on any rank.
///
/// `row` is the sequence's index in the global batch. `line` is the token's position for hidden
/// values, or the head for attention weights; `element` counts within the line. A Philox block gives
/// eight 16-bit decisions: element e stands in group e / 128, lane e % 16, slot (e % 128) / 16.
public struct DropoutSite: Sendable {
  /// The probability of dropping an element, as 65536ths; what is kept is scaled to keep the mean.
  public let rate: Double
  private let keyLow: UInt32
  private let keyHigh: UInt32
  private let threshold: Float
  private let scale: Float

  /// The decisions under a key.
  ///
  /// - Parameters:
  ///   - key: Names seed, step, layer and site.
  ///   - rate: The probability of dropping, 0 up to but not including 1.
  public init(key: SIMD2<UInt32>, rate: Double) {
    precondition(rate >= 0 && rate < 1, "dropout rate \(rate) outside 0..<1")
    let sixteenths = min((rate * 65536).rounded(), 65535)
    self.rate = sixteenths / 65536
    (keyLow, keyHigh) = (key.x, key.y)
    threshold = Float(1 + self.rate)
    scale = Float(1 / (1 - self.rate))
  }

  /// Calls `body` with the factors (0 or 1 / (1 - rate)) of every 16 elements of a line.
  @inline(__always)
  func forEachLanes(
    row: Int, line: Int, count: Int, _ body: (_ offset: Int, _ factors: Lanes) -> Void
  ) {
    var group = 0
    while group &* 128 < count {
      let words = philox(group: UInt32(truncatingIfNeeded: group), line: line, row: row)
      let offset = group &* 128
      emit(words.0, offset, count, body)
      emit(words.1, offset &+ 32, count, body)
      emit(words.2, offset &+ 64, count, body)
      emit(words.3, offset &+ 96, count, body)
      group &+= 1
    }
  }

  /// Multiplies the elements of a line by their factors, in place.
  public func apply(to values: Vector, row: Int, line: Int) {
    let count = values.count
    forEachLanes(row: row, line: line, count: count) { offset, factors in
      (Lanes(values.pointer, offset, of: count) * factors).store(values.pointer, offset, of: count)
    }
  }

  /// Writes the elements of a line times their factors; multiplies those of another vector, if given,
  /// by the same factors, in place.
  func apply(to values: Vector, into output: Vector, alike other: Vector?, row: Int, line: Int) {
    let count = values.count
    guard let other else {
      return forEachLanes(row: row, line: line, count: count) { offset, factors in
        (Lanes(values.pointer, offset, of: count) * factors)
          .store(output.pointer, offset, of: count)
      }
    }
    forEachLanes(row: row, line: line, count: count) { offset, factors in
      (Lanes(values.pointer, offset, of: count) * factors).store(output.pointer, offset, of: count)
      (Lanes(other.pointer, offset, of: count) * factors).store(other.pointer, offset, of: count)
    }
  }

  /// The factors of the first elements of a line: 0, or 1 / (1 - rate).
  public func factors(row: Int, line: Int, count: Int) -> [Double] {
    let ones = Storage(count: count)
    ones.vector.fill(1)
    apply(to: ones.vector, row: row, line: line)
    return ones.vector.array.map { Double($0) }
  }

  @inline(__always)
  private func emit(
    _ word: SIMD16<UInt32>, _ offset: Int, _ count: Int, _ body: (Int, Lanes) -> Void
  ) {
    guard offset < count else { return }
    body(offset, factors((word & 0xFFFF) &<< 7))
    guard offset &+ 16 < count else { return }
    body(offset &+ 16, factors((word &>> 16) &<< 7))
  }

  /// The 16 bits become the fraction of a float in 1..<2, which is compared with 1 + rate.
  @inline(__always)
  private func factors(_ fraction: SIMD16<UInt32>) -> Lanes {
    let uniform = unsafeBitCast(fraction | 0x3F80_0000, to: Lanes.self)
    return Lanes(repeating: scale).replacing(with: 0, where: uniform .< threshold)
  }

  /// Sixteen Philox 4x32-10 blocks with the counters (group * 16 + lane, line, row, 0).
  @inline(__always)
  private func philox(group: UInt32, line: Int, row: Int) -> (
    SIMD16<UInt32>, SIMD16<UInt32>, SIMD16<UInt32>, SIMD16<UInt32>
  ) {
    let lane = SIMD16<UInt32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    var c0 = lane &+ SIMD16(repeating: group &* 16)
    var c1 = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: line))
    var c2 = SIMD16<UInt32>(repeating: UInt32(truncatingIfNeeded: row))
    var c3 = SIMD16<UInt32>.zero
    var (k0, k1) = (keyLow, keyHigh)
    for _ in 0..<10 {
      let (high0, low0) = widened(c0, 0xD251_1F53)
      let (high1, low1) = widened(c2, 0xCD9E_8D57)
      c0 = high1 ^ c1 ^ SIMD16(repeating: k0)
      c1 = low1
      c2 = high0 ^ c3 ^ SIMD16(repeating: k1)
      c3 = low0
      k0 = k0 &+ 0x9E37_79B9
      k1 = k1 &+ 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
  }
}

/// The high and low halves of the 64-bit products of sixteen lanes with one factor.
@inline(__always)
private func widened(
  _ lanes: SIMD16<UInt32>, _ factor: UInt32
) -> (high: SIMD16<UInt32>, low: SIMD16<UInt32>) {
  let pairs = unsafeBitCast(lanes, to: SIMD8<UInt64>.self)
  let lower = SIMD8<UInt64>(repeating: 0xFFFF_FFFF)
  let even = (pairs & lower) &* SIMD8(repeating: UInt64(factor))
  let odd = (pairs &>> 32) &* SIMD8(repeating: UInt64(factor))
  return (
    unsafeBitCast((even &>> 32) | (odd & ~lower), to: SIMD16<UInt32>.self),
    unsafeBitCast((even & lower) | (odd &<< 32), to: SIMD16<UInt32>.self)
  )
}
