internal import CProcessor

/// How exactly matrix products are computed.
public enum ProductPrecision: String, Sendable, Codable, CaseIterable {
  /// Single precision throughout.
  case float32
  /// Factors rounded to bfloat16 (8 bits of mantissa), products and sums in single precision.
  case bfloat16

  /// Whether the processor that this program is compiled for has instructions for it.
  public var isAvailable: Bool { self == .float32 || (hasWideRegisters() && hasPairProducts()) }
}

/// The right operand of matrix products `[k, n]`, copied into the order in which the kernel reads it: the depth
/// in blocks, each as slivers of 48 columns, so that one copy serves many products.
///
/// Without AVX-512 it is the operand as it stands, and products are OpenBLAS's, which chooses its kernels
/// at run time.
public struct PackedOperand: Sendable {
  /// The depth of the products, k.
  public let rows: Int
  /// The columns of the products, n.
  public let columns: Int
  fileprivate let source: Matrix
  fileprivate let operand: Operand
  fileprivate let slivers: Vector
  fileprivate let precision: ProductPrecision

  /// Copies an operand.
  ///
  /// - Parameters:
  ///   - matrix: `[k, n]`, or `[n, k]` when transposed; must not change while the copy is in use.
  ///   - operand: How it enters.
  ///   - precision: How the products are to be computed.
  ///   - memory: Holds the copy.
  public init(
    _ matrix: Matrix, _ operand: Operand, precision: ProductPrecision = .float32, memory: Arena
  ) {
    (source, self.operand) = (matrix, operand)
    (rows, columns) =
      operand == .plain ? (matrix.rows, matrix.columns) : (matrix.columns, matrix.rows)
    guard hasWideRegisters() else {
      (slivers, self.precision) = (memory.vector(0), .float32)
      return
    }
    // Pairs have no half: odd depths stay as they are.
    self.precision = rows.isMultiple(of: 2) ? precision : .float32
    let span = Profile.begin("pack")
    defer { span.end() }
    let width = Slivers.padded(columns)
    let isPaired = self.precision == .bfloat16
    let depth = isPaired ? rows / 2 : rows
    slivers = memory.vector(depth * width)
    let mark = memory.mark
    defer { memory.release(to: mark) }
    let factor = isPaired && operand == .transposed ? matrix.pairs(memory) : matrix
    for block in Slivers.blocks(of: depth) {
      for first in stride(from: 0, to: columns, by: ProductTile.columns) {
        let target = slivers.pointer + block.lowerBound * width + first * block.count
        switch (operand, isPaired) {
        case (.plain, false): Slivers.copy(matrix, block, firstColumn: first, into: target)
        case (.plain, true): Slivers.copyPairs(matrix, block, firstColumn: first, into: target)
        case (.transposed, _):
          Slivers.copyTransposed(factor, block, firstRow: first, into: target)
        }
      }
    }
  }
}

/// Whether products with a `PackedOperand` are our own; otherwise they are OpenBLAS's.
public func matrixProductsAreOwn() -> Bool { hasWideRegisters() }

/// Computes `output = a * b` or, with `adds`, `output += a * b`, row-major, in single precision.
///
/// Every row of the result is a function of that row of `a` and of `b` alone.
///
/// - Parameters:
///   - a: `[m, k]`.
///   - b: `[k, n]`.
///   - output: `[m, n]`.
///   - adds: Whether the product is added to what `output` holds.
///   - scratch: Memory for the call.
public func multiply(
  _ a: Matrix, _ b: PackedOperand, into output: Matrix, adds: Bool = false, scratch: Arena
) {
  guard hasWideRegisters() else {
    return multiply(a, .plain, b.source, b.operand, into: output, keep: adds ? 1 : 0)
  }
  precondition(
    a.columns == b.rows && output.rows == a.rows && output.columns == b.columns,
    "product of [\(a.rows), \(a.columns)] and [\(b.rows), \(b.columns)]")
  let span = Profile.begin("sgemm", work: 2 * a.rows * a.columns * b.columns)
  defer { span.end() }
  guard b.precision == .bfloat16 else {
    return multiply(a, Float.self, b, into: output, adds: adds)
  }
  let mark = scratch.mark
  multiply(a.pairs(scratch), BFloat16Pair.self, b, into: output, adds: adds)
  scratch.release(to: mark)
}

/// The product tile by tile; both operands hold factors of the given type, which have the size of a float.
private func multiply<Factor: TileFactor>(
  _ a: Matrix, _: Factor.Type, _ b: PackedOperand, into output: Matrix, adds: Bool
) {
  let width = Slivers.padded(b.columns)
  let left = UnsafeRawPointer(a.pointer).assumingMemoryBound(to: Factor.self)
  let right = UnsafeRawPointer(b.slivers.pointer).assumingMemoryBound(to: Factor.self)
  // So many rows of `a` stay in the second-level cache while all slivers pass by.
  for rows in Slivers.ranges(of: a.rows, size: 256) {
    for block in Slivers.blocks(of: a.columns) {
      for column in stride(from: 0, to: b.columns, by: ProductTile.columns) {
        let sliver = right + block.lowerBound * width + column * block.count
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: ProductTile.rows) {
          Slivers.multiply(
            depth: block.count, left + row * a.stride + block.lowerBound, rowStride: a.stride,
            depthStride: 1, sliver, into: output, row, column, adds: adds || block.lowerBound > 0)
        }
      }
    }
  }
}

/// Computes a weight's gradient `output = a^T * b` from the gradient of a layer's output and its input.
///
/// - Parameters:
///   - a: dL/doutput, `[T, m]`.
///   - b: The input, `[T, n]`.
///   - output: `[m, n]`.
///   - adds: Whether the gradient, once complete, is added to what `output` holds.
///   - precision: How it is computed.
///   - scratch: Memory for the call.
public func multiplyTransposed(
  _ a: Matrix, _ b: Matrix, into output: Matrix, adds: Bool = false,
  precision: ProductPrecision = .float32, scratch: Arena
) {
  guard hasWideRegisters() else {
    return summedApart(adds, output, scratch) { multiply(a, .transposed, b, into: $0) }
  }
  precondition(
    a.rows == b.rows && output.rows == a.columns && output.columns == b.columns,
    "product of [\(a.columns), \(a.rows)] and [\(b.rows), \(b.columns)]")
  let span = Profile.begin("sgemm", work: 2 * a.rows * a.columns * b.columns)
  defer { span.end() }
  let mark = scratch.mark
  defer { scratch.release(to: mark) }
  switch precision {
  case .float32:
    multiplyTransposed(a, Float.self, b, Slivers.copy, into: output, adds: adds, scratch)
  case .bfloat16:
    multiplyTransposed(
      a.rowPairs(scratch), BFloat16Pair.self, b, Slivers.copyPairs, into: output, adds: adds,
      scratch)
  }
}

/// The product tile by tile; `a` holds factors of the given type, which have the size of a float, and `copy`
/// makes slivers of them.
private func multiplyTransposed<Factor: TileFactor>(
  _ a: Matrix, _ factor: Factor.Type, _ b: Matrix,
  _ copy: (Matrix, Range<Int>, _ firstColumn: Int, UnsafeMutablePointer<Float>) -> Void,
  into output: Matrix, adds: Bool, _ scratch: Arena
) {
  guard !adds || Slivers.isOneBlock(a.rows) else {
    return summedApart(adds, output, scratch) {
      multiplyTransposed(a, factor, b, copy, into: $0, adds: false, scratch)
    }
  }
  for block in Slivers.blocks(of: a.rows) {
    let mark = scratch.mark
    defer { scratch.release(to: mark) }
    let sliver = scratch.vector(block.count * ProductTile.columns).pointer
    let left = UnsafeRawPointer(a.pointer + block.lowerBound * a.stride)
      .assumingMemoryBound(to: Factor.self)
    let right = UnsafeRawPointer(sliver).assumingMemoryBound(to: Factor.self)
    for column in stride(from: 0, to: output.columns, by: ProductTile.columns) {
      copy(b, block, column, sliver)
      for row in stride(from: 0, to: output.rows, by: ProductTile.rows) {
        Slivers.multiply(
          depth: block.count, left + row, rowStride: 1, depthStride: a.stride, right,
          into: output, row, column, adds: adds || block.lowerBound > 0)
      }
    }
  }
}

/// Lets `compute` write `output`, or a matrix of its own that is then added to it.
private func summedApart(
  _ adds: Bool, _ output: Matrix, _ scratch: Arena, _ compute: (Matrix) -> Void
) {
  guard adds else { return compute(output) }
  let mark = scratch.mark
  let sum = scratch.matrix(output.rows, output.columns)
  compute(sum)
  for row in 0..<output.rows { add(sum.row(row), to: output.row(row)) }
  scratch.release(to: mark)
}
