import Testing

@testable import Tensors

/// The trainer's own matrix products against sums in double precision.
@Suite struct PackedProductTests {
  /// Sizes around the tile's 8 and 48, the blocks' 512 and 256, and a model's own.
  static let shapes: [[Int]] = [
    [1, 1, 1], [7, 47, 3], [8, 48, 16], [9, 49, 17], [13, 64, 128], [21, 384, 40], [257, 96, 513],
    [3, 100, 1537], [70, 33, 31],
  ]

  @Test(arguments: shapes, [Operand.plain, .transposed])
  func productsWithAPackedOperandAreRight(shape: [Int], operand: Operand) {
    let (m, n, k) = (shape[0], shape[1], shape[2])
    let a = Filled(m, k, seed: 1)
    let b = operand == .plain ? Filled(k, n, seed: 2) : Filled(n, k, seed: 2)
    for adds in [false, true] {
      let output = Filled(m, n, seed: 3)
      let before = output.values
      let memory = Arena()
      multiply(
        a.matrix, PackedOperand(b.matrix, operand, memory: memory), into: output.matrix, adds: adds,
        Workspace())
      output.expect(adding: adds ? before : nil, depth: k) { row, column, depth in
        a[row, depth] * (operand == .plain ? b[depth, column] : b[column, depth])
      }
    }
  }

  @Test(arguments: shapes)
  func gradientsOfWeightsAreRight(shape: [Int]) {
    let (m, n, k) = (shape[0], shape[1], shape[2])
    for (m, n) in [(m, n), (n, m)] {
      let (a, b, output) = (Filled(k, m, seed: 1), Filled(k, n, seed: 2), Filled(m, n, seed: 3))
      let workspace = Workspace()
      multiplyTransposed(a.matrix, b.matrix, into: output.matrix, workspace)
      output.expect(adding: nil, depth: k) { row, column, depth in
        a[depth, row] * b[depth, column]
      }
      // Added at once, they are what adding them afterwards gives, bit for bit.
      let added = Filled(m, n, seed: 4)
      let expected = zip(added.values, output.values).map { $0 + $1 }
      multiplyTransposed(a.matrix, b.matrix, into: added.matrix, adds: true, workspace)
      #expect(added.values == expected)
    }
  }

  /// What makes a row's numbers those of the shard that it is in, and of any other.
  @Test func aRowIsTheSameBesideAnyOthers() {
    let (a, b) = (Filled(300, 700, seed: 1), Filled(700, 100, seed: 2))
    let memory = Arena()
    let packed = PackedOperand(b.matrix, .plain, memory: memory)
    let whole = Filled(300, 100, seed: 3)
    multiply(a.matrix, packed, into: whole.matrix, Workspace())
    for row in [0, 5, 255, 256, 299] {
      let alone = Filled(1, 100, seed: 4)
      multiply(a.matrix.rows(row..<row + 1), packed, into: alone.matrix, Workspace())
      #expect(alone.values == whole.matrix.row(row).array)
    }
  }

  /// Factors are rounded, products and sums are not.
  @Test(
    .enabled(if: ProductPrecision.bfloat16.isAvailable, "no AVX512-BF16 here"),
    arguments: shapes, [Operand.plain, .transposed])
  func productsOfRoundedFactorsAreRight(shape: [Int], operand: Operand) {
    let (m, n, k) = (shape[0], shape[1], shape[2] + shape[2] % 2)
    let (a, output, memory) = (Filled(m, k, seed: 1), Filled(m, n, seed: 3), Arena())
    let b = operand == .plain ? Filled(k, n, seed: 2) : Filled(n, k, seed: 2)
    let packed = PackedOperand(b.matrix, operand, precision: .bfloat16, memory: memory)
    multiply(a.matrix, packed, into: output.matrix, Workspace())
    a.roundToBFloat16()
    b.roundToBFloat16()
    output.expect(adding: nil, depth: k) { row, column, depth in
      a[row, depth] * (operand == .plain ? b[depth, column] : b[column, depth])
    }
  }

  /// Odd numbers of tokens included.
  @Test(
    .enabled(if: ProductPrecision.bfloat16.isAvailable, "no AVX512-BF16 here"),
    arguments: shapes)
  func gradientsOfRoundedFactorsAreRight(shape: [Int]) {
    let (m, n, k) = (shape[0], shape[1], shape[2])
    let (a, b, output) = (Filled(k, m, seed: 1), Filled(k, n, seed: 2), Filled(m, n, seed: 3))
    let (added, workspace) = (Filled(m, n, seed: 4), Workspace())
    multiplyTransposed(
      a.matrix, b.matrix, into: output.matrix, precision: .bfloat16, workspace)
    let expected = zip(added.values, output.values).map { $0 + $1 }
    multiplyTransposed(
      a.matrix, b.matrix, into: added.matrix, adds: true, precision: .bfloat16, workspace)
    #expect(added.values == expected)
    a.roundToBFloat16()
    b.roundToBFloat16()
    output.expect(adding: nil, depth: k) { row, column, depth in
      a[depth, row] * b[depth, column]
    }
  }

  /// Columns of a wider matrix are read and written, and nothing beside them.
  @Test func viewsKeepWhatLiesBeside() {
    let (a, b, wide) = (Filled(11, 60, seed: 1), Filled(50, 60, seed: 2), Filled(11, 90, seed: 3))
    let before = wide.values
    let memory = Arena()
    multiply(
      a.matrix.columns(3..<23),
      PackedOperand(b.matrix.columns(7..<27), .transposed, memory: memory),
      into: wide.matrix.columns(20..<70), Workspace())
    for row in 0..<11 {
      for column in 0..<90 where !(20..<70).contains(column) {
        #expect(wide[row, column] == Double(before[row * 90 + column]))
      }
      for column in 0..<50 {
        let expected = (0..<20).reduce(0.0) { $0 + a[row, 3 + $1] * b[column, 7 + $1] }
        #expect(abs(wide[row, 20 + column] - expected) < 1e-5)
      }
    }
  }
}

/// A matrix of numbers between -1 and 1.
private final class Filled {
  private let storage: Storage
  private let rows: Int
  private let columns: Int

  init(_ rows: Int, _ columns: Int, seed: Int) {
    (storage, self.rows, self.columns) = (Storage(count: rows * columns), rows, columns)
    for index in 0..<rows * columns {
      storage.vector[index] = Float((index * 7919 + seed * 104_729) % 2003) / 1001 - 1
    }
  }

  var matrix: Matrix { storage.vector.matrix(rows: rows, columns: columns) }
  var values: [Float] { storage.vector.array }

  subscript(row: Int, column: Int) -> Double { Double(storage.vector[row * columns + column]) }

  func roundToBFloat16() {
    let bits = BFloat16Storage(count: storage.count)
    narrow(storage.vector, into: bits.buffer)
    widen(UnsafeBufferPointer(bits.buffer), into: storage.vector)
  }

  func expect(adding before: [Float]?, depth: Int, _ term: (Int, Int, Int) -> Double) {
    // Rounding errors grow like the root of the depth, and with the terms.
    let factor = Double(Float.ulpOfOne) * Double(depth).squareRoot()
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = Double(before?[row * columns + column] ?? 0)
        var size = abs(sum)
        for index in 0..<depth {
          sum += term(row, column, index)
          size += abs(term(row, column, index))
        }
        if abs(sum - self[row, column]) > factor * size {
          Issue.record("[\(row), \(column)] is \(self[row, column]), not \(sum)")
          return
        }
      }
    }
  }
}
