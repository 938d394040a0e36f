import Foundation
import Testing

@testable import Tensors

/// Matrix products against naive sums, and the bits that the promise of equal runs stands on: each element is,
/// block by block of the depth, the fused sum in ascending order.
@Suite struct MatrixProductTests {
  private static let operands: [(Operand, Operand)] = [
    (.plain, .plain), (.plain, .transposed), (.transposed, .plain),
  ]

  @Test(arguments: [(1, 1, 1), (3, 5, 2), (17, 9, 33), (64, 31, 16), (2, 0, 3), (0, 4, 2)])
  func productsEqualTheNaiveSums(m: Int, k: Int, n: Int) {
    for (first, second) in Self.operands {
      let (a, b) = Self.grids(m, k, n, first, second)
      let output = Grid(m, n, stream: 62)
      let (aValues, bValues, old) = (a.values, b.values, output.values)
      let expected = (0..<m * n).map { place in
        let (i, j) = (place / n, place % n)
        return (0..<k).reduce(old[place]) { sum, l in
          let left = aValues[first == .plain ? i * k + l : l * m + i]
          return sum + left * bValues[second == .plain ? l * n + j : j * k + l]
        }
      }
      multiply(
        a.matrix, first, b.matrix, second, into: output.matrix, adds: true, Workspace())
      #expect(difference(output.values, expected) < 2e-6)
      let fresh = Grid(m, n, repeating: .nan)
      multiply(a.matrix, first, b.matrix, second, into: fresh.matrix, Workspace())
      #expect(difference(fresh.values, fresh.values) == 0, "old contents were read")
      #expect(areIntact(a, b, output, fresh))
    }
  }

  /// Around the tiles of all kernels, their bands of rows and the blocks of the depth.
  static let shapes = [
    (1, 1, 1), (5, 3, 15), (6, 16, 16), (7, 17, 17), (9, 40, 49), (13, 513, 31), (133, 20, 33),
    (259, 70, 50), (12, 1500, 20),
  ]

  /// `scripts/test` runs this under all kernels that the processor has.
  @Test(arguments: shapes)
  func elementsAreTheStatedSumsBitForBit(m: Int, k: Int, n: Int) {
    for (first, second) in Self.operands {
      let (a, b) = Self.grids(m, k, n, first, second)
      let output = Grid(m, n, stream: 62)
      var expected = output.floats
      for i in 0..<m {
        for j in 0..<n {
          var total = first == .transposed ? 0 : expected[i * n + j]
          for index in 0..<DepthBlocks.count(of: k) {
            var sum: Float = 0
            for l in DepthBlocks.range(index, of: k) {
              let left = first == .plain ? a.matrix.row(i)[l] : a.matrix.row(l)[i]
              let right = second == .plain ? b.matrix.row(l)[j] : b.matrix.row(j)[l]
              sum.addProduct(left, right)
            }
            total += sum
          }
          // A weight's gradient is completed before it is added.
          expected[i * n + j] = first == .transposed ? expected[i * n + j] + total : total
        }
      }
      multiply(
        a.matrix, first, b.matrix, second, into: output.matrix, adds: true, Workspace())
      #expect(output.floats == expected, "\(first) \(second)")
      #expect(areIntact(a, b, output))
    }
  }

  /// The products of a layer of MiniLM and of nano: [rows, depth] x [columns, depth] transposed.
  static let encoderShapes = [
    (337, 384, 1152), (337, 384, 1536), (337, 1536, 384), (337, 384, 384), (337, 64, 192),
  ]

  /// The rows of a shard may not depend on what stands beside them.
  @Test(arguments: encoderShapes)
  func aRowHasTheSameBitsInASmallerMatrix(rows: Int, k: Int, n: Int) {
    let product = Product(rows, k, n)
    let all = product.result(rows)
    for fewer in [1, 2, 15, 100, rows / 2, rows - 1] {
      #expect(product.result(fewer).hasSameBits(as: all), "\(fewer) of \(rows) rows")
    }
  }

  @Test(arguments: encoderShapes + [(7, 384, 384), (19, 32, 19), (1, 384, 1152)])
  func alignmentAndStrideDoNotChangeBits(rows: Int, k: Int, n: Int) {
    let (packed, spread) = (Product(rows, k, n), Product(rows, k, n, gap: 5))
    #expect(packed.result(rows).hasSameBits(as: spread.result(rows)))
  }

  @Test(arguments: [(200, 384, 1536), (19, 32, 19), (200, 1536, 384)])
  func concurrentCallersGetTheSameBits(rows: Int, k: Int, n: Int) {
    let product = Product(rows, k, n)
    let expected = product.result(rows)
    let wrong = Wrong()
    concurrently(4) { _ in
      for _ in 0..<8 where !product.result(rows).hasSameBits(as: expected) { wrong.isFound = true }
    }
    #expect(!wrong.isFound)
  }

  /// Written by whichever thread finds a difference; only ever set.
  private final class Wrong: @unchecked Sendable {
    var isFound = false
  }

  private static func grids(
    _ m: Int, _ k: Int, _ n: Int, _ first: Operand, _ second: Operand
  ) -> (Grid, Grid) {
    (
      first == .plain ? Grid(m, k, stream: 60) : Grid(k, m, stream: 60),
      second == .plain ? Grid(k, n, stream: 61) : Grid(n, k, stream: 61)
    )
  }
}

/// Two operands of one shape; the same numbers wherever they stand.
private struct Product: Sendable {
  private let a: Matrix
  private let b: Matrix
  private let gap: Int
  private let storage: Storage

  /// With a gap between the rows nothing is aligned.
  init(_ rows: Int, _ k: Int, _ n: Int, gap: Int = 0) {
    self.gap = gap
    let stride = k + gap
    storage = Storage(count: gap + (rows + n) * stride)
    let start = storage.vector.pointer + gap
    a = Matrix(start, rows: rows, columns: k, stride: stride)
    b = Matrix(start + rows * stride, rows: n, columns: k, stride: stride)
    let values = randomValues(k + 97, stream: 63).map { Float($0) }
    for (index, matrix) in [a, b].enumerated() {
      for row in 0..<matrix.rows {
        let shift = (row * 31 + index * 7) % 97
        matrix.row(row).copy(from: Array(values[shift..<shift + k]))
        scale(matrix.row(row), by: 1 + Float(row) / 512)
      }
    }
  }

  /// The product of the first rows.
  func result(_ rows: Int) -> Result {
    let result = Result(rows, b.rows, gap: gap)
    multiply(a.rows(0..<rows), .plain, b, .transposed, into: result.matrix, Workspace())
    return result
  }

  /// A product, with the gap of its operands.
  final class Result: Sendable {
    let matrix: Matrix
    private let storage: Storage

    init(_ rows: Int, _ columns: Int, gap: Int) {
      storage = Storage(count: gap + rows * (columns + gap))
      matrix = Matrix(
        storage.vector.pointer + gap, rows: rows, columns: columns, stride: columns + gap)
    }

    /// Whether all rows are bit for bit the first rows of another product.
    func hasSameBits(as other: Result) -> Bool {
      (0..<matrix.rows).allSatisfy { row in
        memcmp(matrix.row(row).pointer, other.matrix.row(row).pointer, 4 * matrix.columns) == 0
      }
    }
  }
}
