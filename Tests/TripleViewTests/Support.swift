import Foundation
import Objectives
import Tensors

@testable import TripleView

/// The decoded content of a fixture file.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
  let url = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).json")
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// A matrix of numbers in -1..<1 that the stream alone decides.
func randomMatrix(_ rows: Int, _ columns: Int, stream: UInt32) -> DoubleMatrix {
  let random = KeyedRandom(seed: 11, purpose: .sampling, stream: stream)
  return DoubleMatrix(
    rows: rows, columns: columns,
    values: (0..<rows * columns).map { 2 * random.uniform(UInt64($0)) - 1 })
}

/// Whole numbers in 0..<bound that the stream alone decides.
func randomNumbers(_ count: Int, below bound: Int, stream: UInt32) -> [Int] {
  let random = KeyedRandom(seed: 12, purpose: .sampling, stream: stream)
  return (0..<count).map { Int(random.uniform(UInt64($0)) * Double(bound)) }
}

/// The largest difference of two arrays, relative to the largest expected entry (at least 1e-3).
func relativeDifference(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(1e-3) { max($0, abs($1)) }
  return zip(found, expected).reduce(0) {
    let difference = abs($1.0 - $1.1) / scale
    return difference.isNaN ? .infinity : max($0, difference)
  }
}

extension TripleViewSettings {
  /// Every mix of the settings that change values and gradients.
  static var everyMix: [TripleViewSettings] {
    var mixes = [TripleViewSettings.paper]
    func vary<Value>(_ path: WritableKeyPath<TripleViewSettings, Value>, _ values: [Value]) {
      mixes = mixes.flatMap { mix in
        values.map { value in
          var varied = mix
          varied[keyPath: path] = value
          return varied
        }
      }
    }
    vary(\.contrastiveRows, ContrastiveRows.allCases)
    vary(\.contrastiveScale, ContrastiveScale.allCases)
    vary(\.disentangledRows, DisentangledRows.allCases)
    vary(\.disentangledPairs, DisentangledPairs.allCases)
    vary(\.usesClustering, [true, false])
    let complete = mixes
    mixes = [.paper, .reference]
    vary(\.usesContrastive, [true, false])
    vary(\.usesDisentangled, [true, false])
    return complete + mixes
  }
}
