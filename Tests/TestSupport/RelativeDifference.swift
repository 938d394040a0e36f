/// The largest difference of two arrays, relative to the largest expected entry.
///
/// - Parameters:
///   - found: What is compared.
///   - expected: What it should equal.
///   - floor: The least that differences are divided by.
/// - Returns: The difference; infinite for other counts and for NaN.
public func relativeDifference(
  _ found: [Double], _ expected: [Double], floor: Double = 1e-6
) -> Double {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(floor) { max($0, abs($1)) }
  return zip(found, expected).reduce(0) {
    let difference = abs($1.0 - $1.1) / scale
    return difference.isNaN ? .infinity : max($0, difference)
  }
}
