/// Elementary functions in double precision whose bits are the same on every processor and with every C
/// library: the C library's differ between its releases and between processors that have fused
/// multiply-adds and those that do not.
///
/// Plain arithmetic in a fixed order, by the reductions and the minimax polynomials of fdlibm (Sun Microsystems,
/// 1993); each is within one unit in the last place.
public enum Elementary {
  private static let ln2High = 6.931_471_803_691_238_164_90e-01
  private static let ln2Low = 1.908_214_929_270_587_700_02e-10

  /// The exponential of `x`; infinite above 709.78, 0 below -745.13.
  public static func exp(_ x: Double) -> Double {
    guard x.isFinite else { return x == -.infinity ? 0 : x }
    if x > 709.782712893384 { return .infinity }
    if x < -745.133219101941 { return 0 }
    // x = k ln 2 + r with |r| <= ln 2 / 2
    let k = (x * 1.442_695_040_888_963_4).rounded(.toNearestOrEven)
    let (high, low) = (x - k * ln2High, k * ln2Low)
    let r = high - low
    let square = r * r
    var p = 4.138_136_797_057_238_460_39e-08
    p = p * square - 1.653_390_220_546_525_153_90e-06
    p = p * square + 6.613_756_321_437_934_361_17e-05
    p = p * square - 2.777_777_777_701_559_338_42e-03
    p = p * square + 1.666_666_666_666_660_190_37e-01
    let c = r - square * p
    let power = 1 - ((low - r * c / (2 - c)) - high)
    // Two steps where 2^k alone would be subnormal or infinite.
    let half = Int(k) / 2
    return power * scale(half) * scale(Int(k) - half)
  }

  private static func scale(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }

  /// The natural logarithm of `x`; not a number below 0, minus infinity at 0.
  public static func log(_ x: Double) -> Double {
    guard x > 0, x.isFinite else {
      return x == 0 ? -.infinity : x == .infinity ? .infinity : .nan
    }
    // x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2)
    var k = x.exponent
    var mantissa = x.significand
    if mantissa > 1.414_213_562_373_095_1 {
      mantissa /= 2
      k += 1
    }
    let f = mantissa - 1
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let even =
      w
      * (3.999_999_999_940_941_908e-01
        + w * (2.222_219_843_214_978_396e-01 + w * 1.531_383_769_920_937_332e-01))
    let odd =
      z
      * (6.666_666_666_666_735_130e-01
        + w
        * (2.857_142_874_366_239_149e-01
          + w * (1.818_357_216_161_805_012e-01 + w * 1.479_819_860_511_658_591e-01)))
    let rest = odd + even
    let halfSquare = 0.5 * f * f
    let exponent = Double(k)
    return exponent * ln2High
      - ((halfSquare - (s * (halfSquare + rest) + exponent * ln2Low)) - f)
  }

  /// A whole power, not below 0, by repeated squares: no C library decides its bits.
  public static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }

  /// The cosine of so many turns, `cos(2 pi turns)`.
  public static func cosine(turns: Double) -> Double {
    // The cosine is even and has the period 1; what is subtracted here is exact.
    var turns = abs(turns - turns.rounded(.toNearestOrEven))
    var sign = 1.0
    if turns > 0.25 { (turns, sign) = (0.5 - turns, -1) }
    return sign
      * (turns > 0.125
        ? sineNearZero(2 * .pi * (0.25 - turns)) : cosineNearZero(2 * .pi * turns))
  }

  /// The sine of so many turns, `sin(2 pi turns)`.
  public static func sine(turns: Double) -> Double {
    let turns = turns - turns.rounded(.toNearestOrEven)
    // What is subtracted is exact near the quarter turns, where the sine is far from 0.
    guard abs(turns) > 0.125 else { return sineNearZero(2 * .pi * turns) }
    return turns > 0 ? cosine(turns: turns - 0.25) : -cosine(turns: turns + 0.25)
  }

  /// The cosine of an angle between -pi/4 and pi/4.
  private static func cosineNearZero(_ x: Double) -> Double {
    let z = x * x
    var p = -1.135_964_755_778_819_482_65e-11
    p = p * z + 2.087_572_321_298_174_827_90e-09
    p = p * z - 2.755_731_435_139_066_330_35e-07
    p = p * z + 2.480_158_728_947_672_941_78e-05
    p = p * z - 1.388_888_888_887_410_957_49e-03
    p = p * z + 4.166_666_666_666_660_190_37e-02
    let half = 0.5 * z
    let w = 1 - half
    return w + (((1 - w) - half) + z * z * p)
  }

  /// The sine of an angle between -pi/4 and pi/4.
  private static func sineNearZero(_ x: Double) -> Double {
    let z = x * x
    var p = 1.589_690_995_211_550_102_21e-10
    p = p * z - 2.505_076_025_340_686_341_95e-08
    p = p * z + 2.755_731_370_707_006_767_89e-06
    p = p * z - 1.984_126_982_985_794_931_34e-04
    p = p * z + 8.333_333_333_322_489_461_24e-03
    p = p * z - 1.666_666_666_666_663_243_48e-01
    return x + x * z * p
  }
}
