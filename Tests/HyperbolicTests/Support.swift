import Foundation
import Objectives
import Tensors

@testable import Hyperbolic

/// The decoded content of a fixture file.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
  let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).json")
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// A matrix of numbers within a bound that the stream alone decides.
func randomMatrix(
  _ rows: Int, _ columns: Int, stream: UInt32, bound: Double = 1
) -> DoubleMatrix {
  let random = KeyedRandom(seed: 11, purpose: .sampling, stream: stream)
  return DoubleMatrix(
    rows: rows, columns: columns,
    values: (0..<rows * columns).map { bound * (2 * random.uniform(UInt64($0)) - 1) })
}

/// The slopes of a function along every entry of a matrix, by fourth-order central differences.
func slopes(
  at point: DoubleMatrix, step: Double = 1e-4, _ function: (DoubleMatrix) throws -> Double
) rethrows -> [Double] {
  try point.values.indices.map { index in
    let values = try [-2.0, -1, 1, 2].map { steps in
      var moved = point
      moved.values[index] += steps * step
      return try function(moved)
    }
    return (8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * step)
  }
}

extension HyperbolicObjective {
  /// A batch with random parameters of the objective's shapes.
  func batch(
    rows: DoubleMatrix, targets: [Int], vectors: DoubleMatrix, dropout: OwnDropout? = nil,
    stream: UInt32 = 100
  ) -> ObjectiveBatch {
    let values = parameters.enumerated().map { index, parameter in
      let shape = parameter.shape.map { size in
        if case .fixed(let size) = size { return size }
        return rows.columns
      }
      return randomMatrix(1, shape.reduce(1, *), stream: stream + UInt32(index), bound: 0.7).values
    }
    return ObjectiveBatch(
      rows: [rows], encodings: [nil], parameters: values, tables: [vectors], targets: targets,
      dropout: dropout)
  }
}

/// Label vectors inside the ball, some near its border.
func randomVectors(_ count: Int, _ size: Int, stream: UInt32) -> DoubleMatrix {
  var vectors = randomMatrix(count, size, stream: stream)
  for row in 0..<count {
    let wanted = row % 2 == 0 ? 0.999 : 0.7
    let length = norm(vectors.row(row))
    for index in vectors.range(ofRow: row) { vectors.values[index] *= wanted / length }
  }
  return vectors
}
