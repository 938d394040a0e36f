internal import CProcessor

/// What a tile multiplies: a float, or two bfloat16 numbers in the place of one.
protocol TileFactor {
  /// Sixteen of them.
  associatedtype Vector

  /// The sums plus the products of one factor with sixteen.
  static func add(_ sums: Lanes, _ factor: Self, _ vector: Vector) -> Lanes
}

extension Float: TileFactor {
  @inline(__always)
  static func add(_ sums: Lanes, _ factor: Float, _ vector: Lanes) -> Lanes {
    sums.addingProduct(Lanes(repeating: factor), vector)
  }
}

/// Two bfloat16 numbers that follow one another in depth; their products are summed in single precision.
struct BFloat16Pair: TileFactor {
  let bits: UInt32

  @inline(__always)
  static func add(_ sums: Lanes, _ factor: BFloat16Pair, _ vector: SIMD16<UInt32>) -> Lanes {
    addPairProducts(sums, vector, SIMD16(repeating: factor.bits))
  }
}

/// Eight rows times 48 columns of a matrix product, whose 24 sums stay in registers: with three registers of
/// the right operand and one factor they fill the 32 of AVX-512.
///
/// Every element is the fused sum over the depth in ascending order, whichever tile it is in: results do
/// not depend on how rows are grouped.
enum ProductTile {
  static var rows: Int { 8 }
  static var columns: Int { 48 }

  /// Computes `c = a * b` or `c += a * b` for a whole tile.
  ///
  /// - Parameters:
  ///   - depth: The length of the sums.
  ///   - a: The first factor of the first row.
  ///   - rowStride: From a row's factor to the next row's.
  ///   - depthStride: From a factor to the row's next.
  ///   - rowCount: The rows that `a` has; those that lack repeat the last one.
  ///   - b: `[depth, 48]`, aligned to 64 bytes.
  ///   - c: The tile's first element.
  ///   - stride: From a row of `c` to the next.
  ///   - adds: Whether the product is added to what `c` holds.
  @inline(never)
  static func multiply<Factor: TileFactor>(
    depth: Int, _ a: UnsafePointer<Factor>, rowStride: Int, depthStride: Int, rowCount: Int,
    _ b: UnsafePointer<Factor>, into c: UnsafeMutablePointer<Float>, stride: Int, adds: Bool
  ) {
    let last = rowCount &- 1
    let (a0, a1) = (a, a + rowStride &* min(1, last))
    let (a2, a3) = (a + rowStride &* min(2, last), a + rowStride &* min(3, last))
    let (a4, a5) = (a + rowStride &* min(4, last), a + rowStride &* min(5, last))
    let (a6, a7) = (a + rowStride &* min(6, last), a + rowStride &* min(7, last))
    for row in 0..<rows {
      for vector in 0..<3 { prefetchForWrite(c + row * stride + 16 * vector) }
    }
    var (s00, s01, s02) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var (s10, s11, s12) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var (s20, s21, s22) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var (s30, s31, s32) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var (s40, s41, s42) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var (s50, s51, s52) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var (s60, s61, s62) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var (s70, s71, s72) = (Lanes.zero, Lanes.zero, Lanes.zero)
    var row = UnsafeRawPointer(b)
    let end = row + depth &* columns &* 4
    var k = 0
    while row != end {
      let b0 = row.load(as: Factor.Vector.self)
      let b1 = row.load(fromByteOffset: 64, as: Factor.Vector.self)
      let b2 = row.load(fromByteOffset: 128, as: Factor.Vector.self)
      add(a0[k], b0, b1, b2, &s00, &s01, &s02)
      add(a1[k], b0, b1, b2, &s10, &s11, &s12)
      add(a2[k], b0, b1, b2, &s20, &s21, &s22)
      add(a3[k], b0, b1, b2, &s30, &s31, &s32)
      add(a4[k], b0, b1, b2, &s40, &s41, &s42)
      add(a5[k], b0, b1, b2, &s50, &s51, &s52)
      add(a6[k], b0, b1, b2, &s60, &s61, &s62)
      add(a7[k], b0, b1, b2, &s70, &s71, &s72)
      k &+= depthStride
      row += columns &* 4
    }
    store(s00, s01, s02, c, adds)
    store(s10, s11, s12, c + stride, adds)
    store(s20, s21, s22, c + 2 &* stride, adds)
    store(s30, s31, s32, c + 3 &* stride, adds)
    store(s40, s41, s42, c + 4 &* stride, adds)
    store(s50, s51, s52, c + 5 &* stride, adds)
    store(s60, s61, s62, c + 6 &* stride, adds)
    store(s70, s71, s72, c + 7 &* stride, adds)
  }

  @inline(__always)
  private static func add<Factor: TileFactor>(
    _ factor: Factor, _ b0: Factor.Vector, _ b1: Factor.Vector, _ b2: Factor.Vector,
    _ s0: inout Lanes, _ s1: inout Lanes, _ s2: inout Lanes
  ) {
    s0 = Factor.add(s0, factor, b0)
    s1 = Factor.add(s1, factor, b1)
    s2 = Factor.add(s2, factor, b2)
  }

  @inline(__always)
  private static func store(
    _ s0: Lanes, _ s1: Lanes, _ s2: Lanes, _ c: UnsafeMutablePointer<Float>, _ adds: Bool
  ) {
    let place = UnsafeMutableRawPointer(c)
    let (p1, p2) = (place + 64, place + 128)
    guard adds else {
      place.storeBytes(of: s0, as: Lanes.self)
      p1.storeBytes(of: s1, as: Lanes.self)
      return p2.storeBytes(of: s2, as: Lanes.self)
    }
    place.storeBytes(of: place.loadUnaligned(as: Lanes.self) + s0, as: Lanes.self)
    p1.storeBytes(of: p1.loadUnaligned(as: Lanes.self) + s1, as: Lanes.self)
    p2.storeBytes(of: p2.loadUnaligned(as: Lanes.self) + s2, as: Lanes.self)
  }
}
