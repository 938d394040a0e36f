internal import COpenBLAS

/// A row-major matrix of double-precision numbers, for the small work where exactness counts.
public struct DoubleMatrix: Sendable, Hashable {
  /// The number of rows.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// The elements, `[rows, columns]`, row-major; keep their count.
  public var values: [Double]

  /// Makes a matrix of one value.
  @inlinable
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    precondition(rows >= 0 && columns >= 0, "matrix of shape [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    values = Array(repeating: value, count: rows * columns)
  }

  /// Makes a matrix of the given elements, in row-major order.
  @inlinable
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(
      rows >= 0 && columns >= 0 && values.count == rows * columns,
      "\(values.count) values for a matrix of shape [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// Makes a matrix of single-precision elements, in row-major order; the conversion is exact.
  @inlinable
  public init(rows: Int, columns: Int, floats: some Collection<Float>) {
    self.init(rows: rows, columns: columns, values: floats.map(Double.init))
  }

  /// The element of a row and a column.
  @inlinable
  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The positions of a row's elements in `values`.
  @inlinable
  public func range(ofRow row: Int) -> Range<Int> {
    row * columns..<(row + 1) * columns
  }

  /// The elements of a row; the slice's indices are positions in `values`.
  @inlinable
  public func row(_ row: Int) -> ArraySlice<Double> {
    values[range(ofRow: row)]
  }

  /// The matrix with rows and columns exchanged.
  public func transposed() -> DoubleMatrix {
    var result = DoubleMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns {
        result[column, row] = self[row, column]
      }
    }
    return result
  }

  /// Adds a multiple of another matrix of the same shape.
  public mutating func add(_ other: DoubleMatrix, scaledBy scale: Double = 1) {
    precondition(
      rows == other.rows && columns == other.columns,
      "sum of shapes [\(rows), \(columns)] and [\(other.rows), \(other.columns)]")
    for index in values.indices {
      values[index] += scale * other.values[index]
    }
  }
}

// Products, by BLAS dgemm. The same operands give the same bits as long as OpenBLAS is set to one
// thread: with two or more it cuts the work at other places, and last bits change (0.3.21).
extension DoubleMatrix {
  /// The product `scale * A B` of `[m, k]` and `[k, n]`.
  public func times(_ other: DoubleMatrix, scale: Double = 1) -> DoubleMatrix {
    Self.product(self, CblasNoTrans, other, CblasNoTrans, scale: scale)
  }

  /// The product `scale * A B^T` of `[m, k]` and `[n, k]`.
  public func timesTranspose(of other: DoubleMatrix, scale: Double = 1) -> DoubleMatrix {
    Self.product(self, CblasNoTrans, other, CblasTrans, scale: scale)
  }

  /// The product `scale * A^T B` of `[k, m]` and `[k, n]`.
  public func transposeTimes(_ other: DoubleMatrix, scale: Double = 1) -> DoubleMatrix {
    Self.product(self, CblasTrans, other, CblasNoTrans, scale: scale)
  }

  private static func product(
    _ a: DoubleMatrix, _ transposeA: CBLAS_TRANSPOSE, _ b: DoubleMatrix,
    _ transposeB: CBLAS_TRANSPOSE, scale: Double
  ) -> DoubleMatrix {
    let (m, k) = transposeA == CblasNoTrans ? (a.rows, a.columns) : (a.columns, a.rows)
    let (inner, n) = transposeB == CblasNoTrans ? (b.rows, b.columns) : (b.columns, b.rows)
    precondition(k == inner, "product of shapes [\(m), \(k)] and [\(inner), \(n)]")
    guard m > 0, n > 0, k > 0 else { return DoubleMatrix(rows: m, columns: n) }
    let values = [Double](unsafeUninitializedCapacity: m * n) { product, count in
      cblas_dgemm(
        CblasRowMajor, transposeA, transposeB, blasint(m), blasint(n), blasint(k), scale, a.values,
        blasint(a.columns), b.values, blasint(b.columns), 0, product.baseAddress, blasint(n))
      count = m * n
    }
    return DoubleMatrix(rows: m, columns: n, values: values)
  }
}

extension DoubleMatrix {
  /// The rows inside a range, `[range.count, columns]`.
  public func rows(_ range: Range<Int>) -> DoubleMatrix {
    DoubleMatrix(
      rows: range.count, columns: columns,
      values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
  }
}

extension DoubleMatrix {
  /// Some neighbouring columns, `[rows, count]`.
  public func columns(_ start: Int, count: Int) -> DoubleMatrix {
    DoubleMatrix(
      rows: rows, columns: count,
      values: (0..<rows).flatMap { values[$0 * columns + start..<$0 * columns + start + count] })
  }

  /// The product with a weight `[out, in]`, plus a bias `[out]`.
  public func linear(_ weight: DoubleMatrix, bias: DoubleMatrix) -> DoubleMatrix {
    var result = timesTranspose(of: weight)
    for row in 0..<result.rows {
      for column in 0..<result.columns { result[row, column] += bias.values[column] }
    }
    return result
  }
}
