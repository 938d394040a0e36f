internal import CProcessor
internal import Matrices

/// Six rows times sixteen columns of a matrix product: twelve registers of sums, two of the right operand and
/// one factor, of the sixteen of AVX2.
///
/// Every element is the fused sum over the depth in ascending order, whichever tile it is in: results do
/// not depend on how rows are grouped.
enum ProductTile {
  static var rows: Int { 6 }
  static var columns: Int { 16 }
  /// 132 rows of the left operand stay in the second-level cache while all slivers pass by.
  static var band: Int { 22 }

  /// Computes a tile.
  @inline(__always)
  static func multiply<Factor: TileFactor>(_ job: TileJob<Factor>) {
    multiply(OneVector<Factor>.self, job)
  }

  @inline(never)
  private static func multiply<Row: TileRow>(_: Row.Type, _ job: TileJob<Row.Factor>) {
    let (a, last) = (job.a, job.rows &- 1)
    let a1 = a + job.rowStride &* min(1, last)
    let a2 = a + job.rowStride &* min(2, last)
    let a3 = a + job.rowStride &* min(3, last)
    let a4 = a + job.rowStride &* min(4, last)
    let a5 = a + job.rowStride &* min(5, last)
    var (s0, s1, s2, s3, s4, s5) = (Row(), Row(), Row(), Row(), Row(), Row())
    let (c, stride, columns, scale, adds) = (job.c, job.stride, job.columns, job.scale, job.adds)
    var line = 0
    while line <= last {
      prefetchForWrite(c + line &* stride)
      line &+= 1
    }
    var row = job.b
    var k = 0
    var left = job.depth
    while left > 0 {
      let right = Row.load(row)
      s0.add(a[k], right)
      s1.add(a1[k], right)
      s2.add(a2[k], right)
      s3.add(a3[k], right)
      s4.add(a4[k], right)
      s5.add(a5[k], right)
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
  }

  /// Copies a tile's rows of one column of a transposed left operand.
  @inline(__always)
  static func copyRows(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    let (from, to) = (UnsafeRawPointer(source), UnsafeMutableRawPointer(target))
    to.storeBytes(of: from.loadUnaligned(as: SIMD4<Float>.self), as: SIMD4<Float>.self)
    to.storeBytes(
      of: from.loadUnaligned(fromByteOffset: 16, as: SIMD2<Float>.self), toByteOffset: 16,
      as: SIMD2<Float>.self)
  }
}

extension Kernels {
  /// Twelve registers of sums: as many as hide the latency of two units.
  package static func multiplyAdd(rounds: Int) -> (operations: Int, sum: Float) {
    let factor = Lanes(repeating: 0.5)
    var (s0, s1, s2) = (factor, factor, factor)
    var (s3, s4, s5) = (factor, factor, factor)
    var round = 0
    while round < rounds {
      s0 = factor.addingProduct(s0, factor)
      s1 = factor.addingProduct(s1, factor)
      s2 = factor.addingProduct(s2, factor)
      s3 = factor.addingProduct(s3, factor)
      s4 = factor.addingProduct(s4, factor)
      s5 = factor.addingProduct(s5, factor)
      round &+= 1
    }
    return (rounds &* 6 &* 32, (s0 + s1 + s2 + s3 + s4 + s5).total)
  }
}
