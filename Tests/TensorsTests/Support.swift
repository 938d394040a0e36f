import Tensors

/// Numbers in -1..<1 that the stream alone decides.
func randomValues(_ count: Int, stream: UInt32) -> [Double] {
  let random = KeyedRandom(seed: 5, purpose: .sampling, stream: stream)
  // Exact in single precision, so that both computations start from the same numbers.
  return (0..<count).map { Double(Float(2 * random.uniform(UInt64($0)) - 1)) }
}

/// A matrix in the middle of foreign memory: unaligned, with gaps between its rows, so that a
/// kernel that reads or writes beyond a row is caught.
final class Grid {
  let matrix: Matrix
  private let storage: Storage
  private static let foreign: Float = 1e30
  private static let margin = 21

  init(_ rows: Int, _ columns: Int, _ values: [Double], gap: Int = 3) {
    let stride = columns + gap
    storage = Storage(count: 2 * Self.margin + rows * stride)
    storage.vector.fill(Self.foreign)
    matrix = Matrix(
      storage.vector.pointer + Self.margin, rows: rows, columns: columns, stride: stride)
    for (index, value) in values.enumerated() {
      matrix.row(index / columns)[index % columns] = Float(value)
    }
  }

  convenience init(_ rows: Int, _ columns: Int, stream: UInt32, gap: Int = 3) {
    self.init(rows, columns, randomValues(rows * columns, stream: stream), gap: gap)
  }

  convenience init(_ rows: Int, _ columns: Int, repeating value: Double = 0, gap: Int = 3) {
    self.init(rows, columns, Array(repeating: value, count: rows * columns), gap: gap)
  }

  /// The only row, where there is one.
  var vector: Vector { matrix.row(0) }

  var values: [Double] {
    (0..<matrix.rows).flatMap { matrix.row($0).array.map(Double.init) }
  }

  var floats: [Float] { (0..<matrix.rows).flatMap { matrix.row($0).array } }

  /// Whether the memory around the elements is as it was.
  var isIntact: Bool {
    let own = Set(
      (0..<matrix.rows).flatMap { row in
        (0..<matrix.columns).map { Self.margin + row * matrix.stride + $0 }
      })
    return (0..<storage.count).allSatisfy {
      own.contains($0) || storage.vector[$0] == Self.foreign
    }
  }
}

/// Whether no kernel touched the memory around some matrices.
func areIntact(_ grids: Grid...) -> Bool { grids.allSatisfy(\.isIntact) }

/// The largest difference of two arrays, relative to the largest expected entry or a larger scale.
func difference(
  _ found: [Double], _ expected: [Double], scale smallest: Double = 1e-3
) -> Double {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(smallest) { max($0, abs($1)) }
  return zip(found, expected).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1) / scale
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}

/// Whether a gradient at a point equals the central differences of the naive computation `value`, at
/// no more than 40 entries and relative to its largest one.
func isSlope(
  _ gradient: [Double], at point: [Double], within tolerance: Double = 1e-5,
  of value: ([Double]) -> Double
) -> Bool {
  guard gradient.count == point.count, gradient.allSatisfy(\.isFinite) else { return false }
  let scale = gradient.reduce(1e-3) { max($0, abs($1)) }
  let distance = max(1, point.count / 40)
  return stride(from: 0, to: point.count, by: distance).allSatisfy { index in
    var moved = point
    moved[index] = point[index] + 1e-5
    let above = value(moved)
    moved[index] = point[index] - 1e-5
    return abs((above - value(moved)) / 2e-5 - gradient[index]) <= tolerance * scale
  }
}

/// The sum of the products of two arrays: a scalar whose gradient by the second one is the first.
func dot(_ first: [Double], _ second: [Double]) -> Double {
  zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
}

/// Rows and columns: one, odd, around the sixteen lanes of a register, and larger.
let kernelShapes = [
  (1, 1), (3, 2), (2, 15), (3, 16), (2, 17), (5, 31), (4, 33), (7, 48), (3, 384), (2, 1000),
]
