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

// Products: every element is the fused sum over the depth in ascending order, times the scale.
extension DoubleMatrix {
  /// The product `scale * A B` of `[m, k]` and `[k, n]`.
  public func times(_ other: DoubleMatrix, scale: Double = 1) -> DoubleMatrix {
    Self.product(self, .plain, other, .plain, scale: scale)
  }

  /// The product `scale * A B^T` of `[m, k]` and `[n, k]`.
  public func timesTranspose(of other: DoubleMatrix, scale: Double = 1) -> DoubleMatrix {
    Self.product(self, .plain, other, .transposed, scale: scale)
  }

  /// The product `scale * A^T B` of `[k, m]` and `[k, n]`.
  public func transposeTimes(_ other: DoubleMatrix, scale: Double = 1) -> DoubleMatrix {
    Self.product(self, .transposed, other, .plain, scale: scale)
  }

  private static func product(
    _ a: DoubleMatrix, _ aOperand: Operand, _ b: DoubleMatrix, _ bOperand: Operand, scale: Double
  ) -> DoubleMatrix {
    let (m, k) = aOperand == .plain ? (a.rows, a.columns) : (a.columns, a.rows)
    let (inner, n) = bOperand == .plain ? (b.rows, b.columns) : (b.columns, b.rows)
    precondition(k == inner, "product of shapes [\(m), \(k)] and [\(inner), \(n)]")
    guard m > 0, n > 0, k > 0 else { return DoubleMatrix(rows: m, columns: n) }
    let slivers = b.slivers(bOperand, depth: k, columns: n)
    let values = [Double](unsafeUninitializedCapacity: m * n) { product, count in
      a.values.withUnsafeBufferPointer { a in
        slivers.withUnsafeBufferPointer { slivers in
          guard let a = a.baseAddress, let slivers = slivers.baseAddress,
            let product = product.baseAddress
          else { return }
          kernels.multiply(
            a, rowStride: aOperand == .plain ? k : 1, depthStride: aOperand == .plain ? 1 : m,
            rows: m, depth: k, slivers, columns: n, scale: scale, into: product)
        }
      }
      count = m * n
    }
    return DoubleMatrix(rows: m, columns: n, values: values)
  }

  /// The elements in slivers of eight columns, `[ceil(n / 8), k, 8]`; columns that lack are 0.
  private func slivers(_ operand: Operand, depth: Int, columns: Int) -> [Double] {
    var slivers = [Double](repeating: 0, count: (columns + 7) / 8 * 8 * depth)
    slivers.withUnsafeMutableBufferPointer { target in
      values.withUnsafeBufferPointer { source in
        for column in 0..<columns {
          let start = column / 8 * 8 * depth + column % 8
          for row in 0..<depth {
            target[start + row * 8] =
              operand == .plain ? source[row * columns + column] : source[column * depth + row]
          }
        }
      }
    }
    return slivers
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

// Arithmetic element by element, and sums in ascending order.
extension DoubleMatrix {
  /// The products of elements in the same places.
  public func times(elementwise other: DoubleMatrix) -> DoubleMatrix {
    precondition(rows == other.rows && columns == other.columns, "factors of another shape")
    var result = self
    for index in result.values.indices { result.values[index] *= other.values[index] }
    return result
  }

  /// All elements times a factor.
  public func scaled(by factor: Double) -> DoubleMatrix {
    var result = self
    for index in result.values.indices { result.values[index] *= factor }
    return result
  }

  /// The sums over the rows, `[1, columns]`.
  public var columnSums: DoubleMatrix {
    var result = DoubleMatrix(rows: 1, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { result.values[column] += self[row, column] }
    }
    return result
  }
}
