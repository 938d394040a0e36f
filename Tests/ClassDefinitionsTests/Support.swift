import Foundation
import Tensors

/// The decoded content of a fixture file.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
  let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).json")
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// The largest difference of two arrays, relative to the largest expected entry (at least 1e-6).
func relativeDifference(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(1e-6) { max($0, abs($1)) }
  return zip(found, expected).reduce(0) {
    let difference = abs($1.0 - $1.1) / scale
    return difference.isNaN ? .infinity : max($0, difference)
  }
}

extension Vector {
  /// The numbers in double precision.
  var doubles: [Double] { array.map { Double($0) } }
}
