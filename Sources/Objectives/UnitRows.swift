public import Tensors

/// Rows divided by their Euclidean norms, and the way back for gradients.
///
/// A row whose norm does not exceed epsilon has no direction. It becomes a zero row with zero
/// gradient: torch divides it by epsilon instead, which for a zero row is the same value but a
/// gradient of 1 / epsilon times the incoming one, and one such row would wreck the step.
public struct UnitRows: Sendable {
  /// The rows of norm 1 or 0, the shape of the input.
  public let rows: DoubleMatrix

  /// One over each row's norm; 0 for a row without direction.
  private let scales: [Double]

  /// Normalises the rows of a matrix; epsilon is 1e-12 in torch's normalize, 1e-8 in its cosine.
  public init(_ matrix: DoubleMatrix, epsilon: Double) {
    var rows = matrix
    var scales = [Double](repeating: 0, count: matrix.rows)
    for row in 0..<matrix.rows {
      let range = matrix.range(ofRow: row)
      let norm = range.reduce(0) { $0 + matrix.values[$1] * matrix.values[$1] }.squareRoot()
      // Written so that a NaN stays a NaN and is seen by the caller's check of the loss.
      scales[row] = norm <= epsilon ? 0 : 1 / norm
      for index in range {
        rows.values[index] *= scales[row]
      }
    }
    self.rows = rows
    self.scales = scales
  }

  /// The gradient by the input from the gradient by the unit rows u: `(g - u (u . g)) / norm`.
  public func gradient(_ gradient: DoubleMatrix) -> DoubleMatrix {
    var result = gradient
    for row in 0..<rows.rows {
      let range = rows.range(ofRow: row)
      let along = range.reduce(0) { $0 + rows.values[$1] * gradient.values[$1] }
      for index in range {
        result.values[index] = (gradient.values[index] - rows.values[index] * along) * scales[row]
      }
    }
    return result
  }
}
