import Tensors
import Testing

@Suite struct DoubleMatrixTests {
  private func random(_ rows: Int, _ columns: Int, stream: UInt32) -> DoubleMatrix {
    let random = KeyedRandom(seed: 3, purpose: .sampling, stream: stream)
    return DoubleMatrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { 2 * random.uniform(UInt64($0)) - 1 })
  }

  @Test(arguments: [[1, 1, 1], [3, 5, 2], [17, 9, 33], [64, 128, 27], [2, 0, 3], [0, 4, 1]])
  func productsEqualTheNaiveSums(shape: [Int]) {
    let (m, k, n) = (shape[0], shape[1], shape[2])
    let (a, b) = (random(m, k, stream: 1), random(k, n, stream: 2))
    let products = [
      a.times(b), a.timesTranspose(of: b.transposed()), a.transposed().transposeTimes(b),
    ]
    for product in products {
      #expect(product.rows == m && product.columns == n)
      for i in 0..<m {
        for j in 0..<n {
          let expected = (0..<k).reduce(0) { $0 + a[i, $1] * b[$1, j] }
          #expect(abs(product[i, j] - expected) < 1e-13)
        }
      }
    }
  }

  @Test func sumsRowsAndConversions() {
    var matrix = DoubleMatrix(rows: 2, columns: 2, floats: [1, 2, 3, 4] as [Float])
    matrix.add(DoubleMatrix(rows: 2, columns: 2, repeating: 1), scaledBy: 0.5)
    #expect(matrix.values == [1.5, 2.5, 3.5, 4.5])
    #expect(Array(matrix.row(1)) == [3.5, 4.5])
    #expect(matrix.transposed().values == [1.5, 3.5, 2.5, 4.5])
    #expect(matrix.times(matrix, scale: 2)[0, 0] == 2 * (1.5 * 1.5 + 2.5 * 3.5))
  }
}
