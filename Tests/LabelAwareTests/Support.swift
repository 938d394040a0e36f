import Foundation
import Objectives
import Tensors

/// The decoded content of a fixture file.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
  let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).json")
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// A matrix of numbers within a bound that the stream alone decides.
func randomMatrix(
  _ rows: Int, _ columns: Int, stream: UInt32, bound: Double = 1
) -> DoubleMatrix {
  let random = KeyedRandom(seed: 12, purpose: .sampling, stream: stream)
  return DoubleMatrix(
    rows: rows, columns: columns,
    values: (0..<rows * columns).map { bound * (2 * random.uniform(UInt64($0)) - 1) })
}

extension DoubleMatrix {
  /// The matrix of some rows.
  init(_ rows: [[Double]]) {
    self.init(rows: rows.count, columns: rows[0].count, values: rows.flatMap { $0 })
  }
}
