internal import ElementaryFunctions
internal import Tensors

/// A map that only stretches vectors: `f(|u|) u`, in the Poincare ball of curvature -1.
///
/// Its Jacobian is `f I + (f' / |u|) u u'`, so that value and backward pass need two numbers a row. Both are smooth at
/// the zero vector, where a norm has no derivative.
enum RadialMap {
  /// From the tangent space at 0 into the ball: `tanh(|u|) u / |u|`.
  case exponential
  /// From the ball to the tangent space at 0: `artanh(|y|) y / |y|`; rows on or beyond the border count as just inside.
  case logarithm
  /// Rows longer than the largest norm are cut to it; those that were cut before stay as they are, whatever the last
  /// place of their norm.
  case projection

  /// The largest norm that a point keeps: `1 - 4e-3`, as implementations in single precision have it.
  static let largestNorm = 1 - 4e-3

  /// What a map does to one row.
  struct Factors: Hashable, Sendable {
    /// f(n) for the row's norm n.
    let stretch: Double
    /// f'(n) / n.
    let bend: Double
  }

  /// The mapped rows, with what the backward pass needs.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - cuts: Which rows a projection cuts; nil decides by their norms.
  /// - Returns: As many rows.
  func callAsFunction(_ rows: DoubleMatrix, cuts: [Bool]? = nil) -> MappedRows {
    let norms = (0..<rows.rows).map { norm(rows.row($0)) }
    let cuts = cuts ?? norms.map { self == .projection && $0 > Self.largestNorm * (1 + 1e-12) }
    var values = rows
    let factors = norms.indices.map { row in
      let factors = self.factors(norm: norms[row], isCut: cuts[row])
      for index in rows.range(ofRow: row) { values.values[index] *= factors.stretch }
      return factors
    }
    return MappedRows(values: values, cuts: cuts, rows: rows, factors: factors)
  }

  /// The factors of a norm.
  private func factors(norm: Double, isCut: Bool) -> Factors {
    let square = norm * norm
    switch self {
    case .exponential:
      let ratio = Elementary.tanhRatio(norm)
      // The quotient's digits cancel near 0, where the series has all of them.
      guard norm > 0.05 else {
        let bend = -2.0 / 3 + square * (8.0 / 15 + square * (-102.0 / 315 + square * 496 / 2835))
        return Factors(stretch: ratio, bend: bend)
      }
      let tangent = norm * ratio
      return Factors(stretch: ratio, bend: ((1 - tangent * tangent) - ratio) / square)
    case .logarithm:
      let norm = min(norm, 1 - 1e-12)
      let square = norm * norm
      let ratio = Elementary.artanhRatio(norm)
      guard norm > 0.05 else {
        let bend =
          2.0 / 3 + square * (4.0 / 5 + square * (6.0 / 7 + square * (8.0 / 9 + square * 10 / 11)))
        return Factors(stretch: ratio, bend: bend)
      }
      return Factors(stretch: ratio, bend: (1 / (1 - square) - ratio) / square)
    case .projection:
      guard isCut else { return Factors(stretch: 1, bend: 0) }
      let stretch = Self.largestNorm / norm
      return Factors(stretch: stretch, bend: -stretch / square)
    }
  }
}

/// Rows after a radial map.
struct MappedRows {
  /// The mapped rows, `[n, d]`.
  let values: DoubleMatrix
  /// Which rows a projection cut.
  let cuts: [Bool]
  /// What was mapped.
  fileprivate let rows: DoubleMatrix
  fileprivate let factors: [RadialMap.Factors]

  /// The gradient by what was mapped, from the one by the mapped rows.
  func backward(_ gradient: DoubleMatrix) -> DoubleMatrix {
    var result = gradient
    for (row, factors) in factors.enumerated() {
      let range = rows.range(ofRow: row)
      let along = factors.bend * dot(gradient.values[range], rows.values[range])
      for index in range {
        result.values[index] =
          factors.stretch * gradient.values[index] + along * rows.values[index]
      }
    }
    return result
  }
}

/// The Euclidean norm; the sum is in ascending order.
func norm(_ values: ArraySlice<Double>) -> Double { dot(values, values).squareRoot() }

/// The inner product; the sum is in ascending order.
func dot(_ left: ArraySlice<Double>, _ right: ArraySlice<Double>) -> Double {
  precondition(left.count == right.count, "an inner product of unequal lengths")
  let shift = right.startIndex - left.startIndex
  var sum = 0.0
  for index in left.indices { sum += left[index] * right[index + shift] }
  return sum
}
