internal import ElementaryFunctions
internal import Tensors

/// The Mobius sum of every row and one point, in the Poincare ball of curvature -1:
/// `((1 + 2 <x, y> + |y|^2) x + (1 - |x|^2) y) / (1 + 2 <x, y> + |x|^2 |y|^2)`.
///
/// For points inside the ball the denominator is at least `(1 - |x| |y|)^2`, and so positive.
struct MobiusSum {
  /// The sums, `[n, d]`.
  let values: DoubleMatrix
  private let rows: DoubleMatrix
  private let point: [Double]

  /// The parts of one row's sum.
  private struct Parts {
    let rowFactor: Double
    let pointFactor: Double
    let denominator: Double
    let rowSquare: Double
    let pointSquare: Double

    init(_ row: ArraySlice<Double>, _ point: [Double]) {
      let inner = dot(row, point[...])
      rowSquare = dot(row, row)
      pointSquare = dot(point[...], point[...])
      rowFactor = 1 + 2 * inner + pointSquare
      pointFactor = 1 - rowSquare
      denominator = 1 + 2 * inner + rowSquare * pointSquare
    }
  }

  /// Adds a point `[d]` to rows `[n, d]`; all inside the ball.
  init(_ rows: DoubleMatrix, _ point: [Double]) {
    precondition(rows.columns == point.count, "points of unequal dimension")
    (self.rows, self.point) = (rows, point)
    var values = rows
    for row in 0..<rows.rows {
      let parts = Parts(rows.row(row), point)
      for (column, index) in rows.range(ofRow: row).enumerated() {
        values.values[index] =
          (parts.rowFactor * rows.values[index] + parts.pointFactor * point[column])
          / parts.denominator
      }
    }
    self.values = values
  }

  /// The gradients by the rows and by the point, from the one by the sums.
  func backward(_ gradient: DoubleMatrix) -> (rows: DoubleMatrix, point: [Double]) {
    var (byRows, byPoint) = (gradient, [Double](repeating: 0, count: point.count))
    for row in 0..<rows.rows {
      let range = rows.range(ofRow: row)
      let parts = Parts(rows.values[range], point)
      let slope = gradient.values[range].map { $0 / parts.denominator }
      let dRowFactor = dot(slope[...], rows.values[range])
      let dPointFactor = dot(slope[...], point[...])
      let dDenominator = -dot(slope[...], values.values[range])
      let dInner = 2 * (dRowFactor + dDenominator)
      let dRowSquare = dDenominator * parts.pointSquare - dPointFactor
      let dPointSquare = dRowFactor + dDenominator * parts.rowSquare
      for (column, index) in range.enumerated() {
        let x = rows.values[index]
        byRows.values[index] =
          parts.rowFactor * slope[column] + dInner * point[column] + 2 * dRowSquare * x
        byPoint[column] +=
          parts.pointFactor * slope[column] + dInner * x + 2 * dPointSquare * point[column]
      }
    }
    return (byRows, byPoint)
  }
}

/// The hyperbolic distance of two points of the Poincare ball: `arcosh(1 + 2 |u - v|^2 / ((1 - |u|^2)(1 - |v|^2)))`.
///
/// A point on the border or beyond it counts as one just inside, so that the distance is finite.
func hyperbolicDistance(_ u: ArraySlice<Double>, _ v: ArraySlice<Double>) -> Double {
  let square = zip(u, v).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  let room = max(1 - dot(u, u), 1e-12) * max(1 - dot(v, v), 1e-12)
  return Elementary.arcosh(onePlus: 2 * square / room)
}
