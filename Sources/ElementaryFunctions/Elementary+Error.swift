extension Elementary {
  /// The error function of `x`, within 16 units in the last place.
  public static func erf(_ x: Double) -> Double {
    guard !x.isNaN else { return x }
    let size = abs(x)
    // Beyond 6 the difference from 1 is below the last place.
    guard size < 6 else { return x < 0 ? -1 : 1 }
    let square = x * x
    let scale = exp(-square) / 1.772_453_850_905_516_0
    if size < 2.5 {
      // 2/sqrt(pi) exp(-x^2) sum of x (2 x^2)^n / (1 3 5 ... (2n + 1)), whose terms have one sign.
      var (term, sum) = (x, x)
      for odd in stride(from: 3.0, through: 131, by: 2) {
        term *= 2 * square / odd
        sum += term
      }
      return 2 * scale * sum
    }
    // Laplace's continued fraction for 1 - erf(|x|).
    var denominator = size
    for index in stride(from: 60.0, through: 1, by: -1) {
      denominator = size + 0.5 * index / denominator
    }
    return (x < 0 ? -1 : 1) * (1 - scale / denominator)
  }
}
