internal import Matrices

extension Kernels {
  /// Six rows times eight columns at a time; every element is the fused sum over the depth.
  package static func multiply(
    _ a: UnsafePointer<Double>, rowStride: Int, depthStride: Int, rows: Int, depth: Int,
    _ b: UnsafePointer<Double>, columns: Int, scale: Double,
    into output: UnsafeMutablePointer<Double>
  ) {
    var column = 0
    while column < columns {
      var row = 0
      while row < rows {
        multiplyTile(
          a + row &* rowStride, rowStride, depthStride, last: min(6, rows &- row) &- 1, depth,
          b + column &* depth, columns: min(8, columns &- column), scale,
          output + row &* columns + column, stride: columns)
        row &+= 6
      }
      column &+= 8
    }
  }

  @inline(never)
  private static func multiplyTile(
    _ a: UnsafePointer<Double>, _ rowStride: Int, _ depthStride: Int, last: Int, _ depth: Int,
    _ b: UnsafePointer<Double>, columns: Int, _ scale: Double, _ c: UnsafeMutablePointer<Double>,
    stride: Int
  ) {
    let (a1, a2) = (a + rowStride &* min(1, last), a + rowStride &* min(2, last))
    let (a3, a4) = (a + rowStride &* min(3, last), a + rowStride &* min(4, last))
    let a5 = a + rowStride &* min(5, last)
    var (s0, s1, s2) = (Eight.zero, Eight.zero, Eight.zero)
    var (s3, s4, s5) = (Eight.zero, Eight.zero, Eight.zero)
    var row = UnsafeRawPointer(b)
    var k = 0
    var left = depth
    while left > 0 {
      let right = row.loadUnaligned(as: Eight.self)
      s0.addProduct(Eight(repeating: a[k]), right)
      s1.addProduct(Eight(repeating: a1[k]), right)
      s2.addProduct(Eight(repeating: a2[k]), right)
      s3.addProduct(Eight(repeating: a3[k]), right)
      s4.addProduct(Eight(repeating: a4[k]), right)
      s5.addProduct(Eight(repeating: a5[k]), right)
      k &+= depthStride
      row += 64
      left &-= 1
    }
    store(s0 * scale, c, columns)
    if last >= 1 { store(s1 * scale, c + stride, columns) }
    if last >= 2 { store(s2 * scale, c + 2 &* stride, columns) }
    if last >= 3 { store(s3 * scale, c + 3 &* stride, columns) }
    if last >= 4 { store(s4 * scale, c + 4 &* stride, columns) }
    if last >= 5 { store(s5 * scale, c + 5 &* stride, columns) }
  }

  private typealias Eight = SIMD8<Double>

  @inline(__always)
  private static func store(_ sums: Eight, _ place: UnsafeMutablePointer<Double>, _ count: Int) {
    guard count < 8 else {
      return UnsafeMutableRawPointer(place).storeBytes(of: sums, as: Eight.self)
    }
    var lane = 0
    while lane < count {
      place[lane] = sums[lane]
      lane &+= 1
    }
  }
}
