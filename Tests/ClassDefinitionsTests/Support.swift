import Foundation
import Tensors

/// The decoded content of a fixture file.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
  let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).json")
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

extension Vector {
  /// The numbers in double precision.
  var doubles: [Double] { array.map { Double($0) } }
}
