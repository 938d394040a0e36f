internal import CProcessor
internal import Matrices

/// Eight rows times 48 columns of a matrix product, whose 24 sums stay in registers: with three registers of
/// the right operand and one factor they fill the 32 of AVX-512.
///
/// Every element is the fused sum over the depth in ascending order, whichever tile it is in: results do
/// not depend on how rows are grouped.
enum ProductTile {
  static var rows: Int { 8 }
  static var columns: Int { 48 }
  /// 256 rows of the left operand stay in the second-level cache while all slivers pass by.
  static var band: Int { 32 }
  /// How far ahead the right operand is asked for: without, Intel's cores wait for their second-level cache.
  private static var prefetchDistance: Int { 8 }

  /// Computes a tile, or the part of it that has columns.
  @inline(__always)
  static func multiply<Factor: TileFactor>(_ job: TileJob<Factor>) {
    if job.columns > 32 {
      multiply(ThreeVectors<Factor>.self, job)
    } else if job.columns > 16 {
      multiply(TwoVectors<Factor>.self, job)
    } else {
      multiply(OneVector<Factor>.self, job)
    }
  }

  @inline(never)
  private static func multiply<Row: TileRow>(_: Row.Type, _ job: TileJob<Row.Factor>) {
    let (a, last) = (job.a, job.rows &- 1)
    let a1 = a + job.rowStride &* min(1, last)
    let a2 = a + job.rowStride &* min(2, last)
    let a3 = a + job.rowStride &* min(3, last)
    let a4 = a + job.rowStride &* min(4, last)
    let a5 = a + job.rowStride &* min(5, last)
    let a6 = a + job.rowStride &* min(6, last)
    let a7 = a + job.rowStride &* min(7, last)
    var (s0, s1, s2, s3) = (Row(), Row(), Row(), Row())
    var (s4, s5, s6, s7) = (Row(), Row(), Row(), Row())
    let (c, stride, columns, scale, adds) = (job.c, job.stride, job.columns, job.scale, job.adds)
    var line = 0
    while line <= last {
      prefetchForWrite(c + line &* stride)
      prefetchForWrite(c + line &* stride + min(16, columns &- 1))
      prefetchForWrite(c + line &* stride + min(32, columns &- 1))
      line &+= 1
    }
    var row = job.b
    let ahead = job.bStride &* prefetchDistance
    var k = 0
    var left = job.depth
    while left > 0 {
      let right = Row.load(row)
      prefetchForRead(row + ahead)
      prefetchForRead(row + ahead + 64)
      prefetchForRead(row + ahead + 128)
      s0.add(a[k], right)
      s1.add(a1[k], right)
      s2.add(a2[k], right)
      s3.add(a3[k], right)
      s4.add(a4[k], right)
      s5.add(a5[k], right)
      s6.add(a6[k], right)
      s7.add(a7[k], right)
      k &+= job.depthStride
      row += job.bStride
      left &-= 1
    }
    s0.store(c, columns: columns, scale: scale, adds: adds)
    if last >= 1 { s1.store(c + stride, columns: columns, scale: scale, adds: adds) }
    if last >= 2 { s2.store(c + 2 &* stride, columns: columns, scale: scale, adds: adds) }
    if last >= 3 { s3.store(c + 3 &* stride, columns: columns, scale: scale, adds: adds) }
    if last >= 4 { s4.store(c + 4 &* stride, columns: columns, scale: scale, adds: adds) }
    if last >= 5 { s5.store(c + 5 &* stride, columns: columns, scale: scale, adds: adds) }
    if last >= 6 { s6.store(c + 6 &* stride, columns: columns, scale: scale, adds: adds) }
    if last >= 7 { s7.store(c + 7 &* stride, columns: columns, scale: scale, adds: adds) }
  }

  /// Copies a tile's rows of one column of a transposed left operand.
  @inline(__always)
  static func copyRows(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(target).storeBytes(
      of: UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Float>.self), as: SIMD8<Float>.self)
  }
}

extension Kernels {
  /// Sixteen registers of sums: more than enough to hide the latency of two units.
  package static func multiplyAdd(rounds: Int) -> (operations: Int, sum: Float) {
    let factor = Lanes(repeating: 0.5)
    var (s0, s1, s2, s3) = (factor, factor, factor, factor)
    var (s4, s5, s6, s7) = (factor, factor, factor, factor)
    var (s8, s9, sA, sB) = (factor, factor, factor, factor)
    var (sC, sD, sE, sF) = (factor, factor, factor, factor)
    var round = 0
    while round < rounds {
      s0 = factor.addingProduct(s0, factor)
      s1 = factor.addingProduct(s1, factor)
      s2 = factor.addingProduct(s2, factor)
      s3 = factor.addingProduct(s3, factor)
      s4 = factor.addingProduct(s4, factor)
      s5 = factor.addingProduct(s5, factor)
      s6 = factor.addingProduct(s6, factor)
      s7 = factor.addingProduct(s7, factor)
      s8 = factor.addingProduct(s8, factor)
      s9 = factor.addingProduct(s9, factor)
      sA = factor.addingProduct(sA, factor)
      sB = factor.addingProduct(sB, factor)
      sC = factor.addingProduct(sC, factor)
      sD = factor.addingProduct(sD, factor)
      sE = factor.addingProduct(sE, factor)
      sF = factor.addingProduct(sF, factor)
      round &+= 1
    }
    let (low, high) = (s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7, s8 + s9 + sA + sB + sC + sD + sE + sF)
    return (rounds &* 16 &* 32, (low + high).total)
  }
}
