package import Matrices

extension Kernels {
  package static func residualForward(
    _ output: Matrix, bias: Vector, residual: Matrix, dropout: DropoutSite?, tokens: TokenRange
  ) {
    let count = output.columns
    tokens.withPointers { rows, positions in
      var index = 0
      while index < output.rows {
        let (y, x) = (output.line(index), residual.line(index))
        if let dropout {
          dropout.forEachLanes(row: rows[index], line: positions[index], count: count) {
            i, factors in
            let z = Lanes(y, i, of: count) + Lanes(bias.pointer, i, of: count)
            Lanes(x, i, of: count).addingProduct(z, factors).store(y, i, of: count)
          }
        } else {
          var i = 0
          while i < count {
            (Lanes(y, i, of: count) + Lanes(bias.pointer, i, of: count) + Lanes(x, i, of: count))
              .store(y, i, of: count)
            i &+= Lanes.width
          }
        }
        index &+= 1
      }
    }
  }

  package static func residualBackward(
    _ gradient: Matrix, into dOutput: Matrix, dBias: Vector, dropout: DropoutSite?,
    tokens: TokenRange
  ) {
    let (count, sum) = (gradient.columns, dBias.pointer)
    tokens.withPointers { rows, positions in
      var index = 0
      while index < gradient.rows {
        let (g, d) = (gradient.line(index), dOutput.line(index))
        if let dropout {
          dropout.forEachLanes(row: rows[index], line: positions[index], count: count) {
            i, factors in
            let kept = Lanes(g, i, of: count) * factors
            kept.store(d, i, of: count)
            (Lanes(sum, i, of: count) + kept).store(sum, i, of: count)
          }
        } else {
          var i = 0
          while i < count {
            let kept = Lanes(g, i, of: count)
            kept.store(d, i, of: count)
            (Lanes(sum, i, of: count) + kept).store(sum, i, of: count)
            i &+= Lanes.width
          }
        }
        index &+= 1
      }
    }
  }

  package static func drop(_ values: Vector, _ site: DropoutSite, row: Int, line: Int) {
    let (x, count) = (values.pointer, values.count)
    site.forEachLanes(row: row, line: line, count: count) { offset, factors in
      (Lanes(x, offset, of: count) * factors).store(x, offset, of: count)
    }
  }

  package static func drop(
    _ values: Vector, into output: Vector, alike other: Vector?, _ site: DropoutSite, row: Int,
    line: Int
  ) {
    let (x, y, count) = (values.pointer, output.pointer, values.count)
    guard let other = other?.pointer else {
      return site.forEachLanes(row: row, line: line, count: count) { offset, factors in
        (Lanes(x, offset, of: count) * factors).store(y, offset, of: count)
      }
    }
    site.forEachLanes(row: row, line: line, count: count) { offset, factors in
      (Lanes(x, offset, of: count) * factors).store(y, offset, of: count)
      (Lanes(other, offset, of: count) * factors).store(other, offset, of: count)
    }
  }
}

extension DropoutSite {
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
    var (k0, k1) = (key.x, key.y)
    var round = 0
    while round < 10 {
      let (high0, low0) = widened(c0, 0xD251_1F53)
      let (high1, low1) = widened(c2, 0xCD9E_8D57)
      c0 = high1 ^ c1 ^ SIMD16(repeating: k0)
      c1 = low1
      c2 = high0 ^ c3 ^ SIMD16(repeating: k1)
      c3 = low0
      k0 = k0 &+ 0x9E37_79B9
      k1 = k1 &+ 0xBB67_AE85
      round &+= 1
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
