// Hyperbolic functions out of exp, log, square roots and plain arithmetic; each is within a few units in the last
// place.
extension Elementary {
  /// The hyperbolic tangent of `x`.
  public static func tanh(_ x: Double) -> Double {
    x.isInfinite ? (x < 0 ? -1 : 1) : x * tanhRatio(x)
  }

  /// `tanh(x) / x`, which is 1 at 0.
  public static func tanhRatio(_ x: Double) -> Double {
    guard !x.isNaN else { return x }
    let size = abs(x)
    guard size < 1 else {
      // Beyond 20 the difference from 1 is below the last place.
      return (size > 20 ? 1 : 1 - 2 / (exp(2 * size) + 1)) / size
    }
    // Lambert's continued fraction; below 1 these terms are exact to the last place.
    let square = x * x
    var denominator = 21.0
    for odd in stride(from: 19.0, through: 1, by: -2) { denominator = odd + square / denominator }
    return 1 / denominator
  }

  /// The inverse hyperbolic tangent of `x`; infinite at -1 and 1, not a number beyond.
  public static func artanh(_ x: Double) -> Double { x == 0 ? x : x * artanhRatio(x) }

  /// `artanh(x) / x`, which is 1 at 0.
  public static func artanhRatio(_ x: Double) -> Double {
    let size = abs(x)
    guard size < 0.25 else { return 0.5 * log((1 + size) / (1 - size)) / size }
    // Gregory's series; below 1/4 these terms are exact to the last place.
    let square = x * x
    var sum = 1.0 / 27
    for odd in stride(from: 25.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
    return sum
  }

  /// The inverse hyperbolic cosine of `1 + excess`, for an excess of 0 or more, with all digits near 0.
  public static func arcosh(onePlus excess: Double) -> Double {
    guard excess < 1 else { return log(1 + excess + (excess * (excess + 2)).squareRoot()) }
    return 2 * artanh((excess / (excess + 2)).squareRoot())
  }
}
