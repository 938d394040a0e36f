internal import CProcessor

/// Sixteen floats: one AVX-512 register, two AVX registers.
///
/// Only operations that compile to vector instructions are used: arithmetic, `addingProduct`,
/// floating-point comparison with `replace`, and bit casts. Integer comparison, `squareRoot` (see `squareRoots`),
/// `rounded` and conversions fall back to one lane at a time.
typealias Lanes = SIMD16<Float>

extension Lanes {
  static let width = 16

  /// Loads the elements `index..<min(index + 16, count)`; missing lanes are `other`.
  @inline(__always)
  init(_ source: UnsafePointer<Float>, _ index: Int, of count: Int, otherwise other: Float = 0) {
    if index &+ 16 <= count {
      self = UnsafeRawPointer(source + index).loadUnaligned(as: Lanes.self)
    } else {
      self = loadFirst(source + index, Int32(truncatingIfNeeded: count &- index), other)
    }
  }

  /// Stores the lanes that fall inside `index..<count`.
  @inline(__always)
  func store(_ target: UnsafeMutablePointer<Float>, _ index: Int, of count: Int) {
    if index &+ 16 <= count {
      UnsafeMutableRawPointer(target + index).storeBytes(of: self, as: Lanes.self)
    } else {
      storeFirst(target + index, self, Int32(truncatingIfNeeded: count &- index))
    }
  }

  /// Loads sixteen elements.
  @inline(__always)
  init(_ source: UnsafePointer<Float>) {
    self = UnsafeRawPointer(source).loadUnaligned(as: Lanes.self)
  }

  /// Stores all lanes.
  @inline(__always)
  func store(_ target: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(target).storeBytes(of: self, as: Lanes.self)
  }

  /// The sum of all lanes, by halves: a fixed order.
  @inline(__always)
  var total: Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  /// The largest lane.
  @inline(__always)
  var largest: Float {
    let eight = lowHalf.replacing(with: highHalf, where: highHalf .> lowHalf)
    let four = eight.lowHalf.replacing(
      with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
    return Swift.max(Swift.max(four[0], four[1]), Swift.max(four[2], four[3]))
  }

  /// `multiplicand * factor + self`, fused.
  @inline(__always)
  func plus(_ multiplicand: Lanes, times factor: Float) -> Lanes {
    addingProduct(multiplicand, Lanes(repeating: factor))
  }
}

extension Lanes {
  /// The exponential by Cephes' polynomial after splitting off the power of two.
  ///
  /// Good to 2 units in the last place. Arguments are limited to -87...88, where single precision ends.
  @inline(__always)
  var exponential: Lanes {
    var x = self
    x.replace(with: -87, where: x .< -87)
    x.replace(with: 88, where: x .> 88)
    // Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the sum.
    let shifted = x * 1.442_695_04 + 12_582_912
    let power = shifted - 12_582_912
    let r = x.plus(power, times: -0.693_359_375).plus(power, times: 2.121_944_4e-4)
    var p = Lanes(repeating: 1.987_569_15e-4)
    p = Lanes(repeating: 1.398_199_950_7e-3).addingProduct(p, r)
    p = Lanes(repeating: 8.333_451_907_3e-3).addingProduct(p, r)
    p = Lanes(repeating: 4.166_579_589_4e-2).addingProduct(p, r)
    p = Lanes(repeating: 1.666_666_545_9e-1).addingProduct(p, r)
    p = Lanes(repeating: 5.000_000_120_1e-1).addingProduct(p, r)
    p = (r + 1).addingProduct(p, r * r)
    let exponent = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< 23
    let one = SIMD16<Int32>(repeating: 127 << 23)
    return p * unsafeBitCast(exponent &+ one, to: Lanes.self)
  }

  /// `erf(x)` as a quotient of two odd/even polynomials on -4...4 (the rational fit that Eigen uses).
  @inline(__always)
  var errorFunction: Lanes {
    var x = self
    x.replace(with: -4, where: x .< -4)
    x.replace(with: 4, where: x .> 4)
    let square = x * x
    var p = Lanes(repeating: -2.726_142_258_013_06e-10)
    p = Lanes(repeating: 2.770_681_424_959_02e-08).addingProduct(p, square)
    p = Lanes(repeating: -2.101_024_020_825_08e-06).addingProduct(p, square)
    p = Lanes(repeating: -5.692_506_394_623_46e-05).addingProduct(p, square)
    p = Lanes(repeating: -7.349_906_303_268_55e-04).addingProduct(p, square)
    p = Lanes(repeating: -2.954_599_808_540_25e-03).addingProduct(p, square)
    p = Lanes(repeating: -1.609_603_332_624_15e-02).addingProduct(p, square)
    var q = Lanes(repeating: -1.456_607_184_649_96e-05)
    q = Lanes(repeating: -2.133_740_552_789_05e-04).addingProduct(q, square)
    q = Lanes(repeating: -1.682_826_974_382_03e-03).addingProduct(q, square)
    q = Lanes(repeating: -7.373_329_167_204_68e-03).addingProduct(q, square)
    q = Lanes(repeating: -1.426_473_905_141_89e-02).addingProduct(q, square)
    return x * p / q
  }
}
