import Testing

@testable import Tensors

/// The order of every reduction, bit for bit, against loops over sixteen lanes.
///
/// It is what makes a run the same on every processor; `scripts/test` runs this under all kernels that the
/// processor has.
@Suite struct KernelBitsTests {
  /// Sixteen partial sums, of elements i, i + 16, ..., joined by halves.
  private func lanes(_ values: [Float], _ add: (inout Float, Float) -> Void) -> [Float] {
    var lanes = [Float](repeating: 0, count: 16)
    for (index, value) in values.enumerated() { add(&lanes[index % 16], value) }
    return lanes
  }

  private func total(_ lanes: [Float]) -> Float {
    var lanes = lanes
    while lanes.count > 1 {
      let half = lanes.count / 2
      lanes = (0..<half).map { lanes[$0] + lanes[$0 + half] }
    }
    return lanes[0]
  }

  private static let counts = [1, 2, 15, 16, 17, 33, 100, 384]

  @Test(arguments: counts)
  func sumOfSquaresRunsOverSixteenLanes(count: Int) {
    let row = Grid(1, count, stream: 70)
    let squares = lanes(row.floats) { $0.addProduct($1, $1) }
    #expect(sumOfSquares(row.vector) == squares.reduce(0) { $0 + Double($1) })
  }

  @Test(arguments: counts)
  func layerNormRunsOverSixteenLanes(count: Int) {
    let (row, output) = (Grid(1, count, stream: 71), Grid(1, count))
    let (weight, bias) = (Grid(1, count, stream: 72), Grid(1, count, stream: 73))
    let (mean, rstd) = (Grid(1, 1), Grid(1, 1))
    let x = row.floats
    let expectedMean = total(lanes(x) { $0 += $1 }) / Float(count)
    var variance = total(
      lanes(Array(x.prefix(count / 16 * 16))) {
        $0.addProduct($1 - expectedMean, $1 - expectedMean)
      })
    for value in x.dropFirst(count / 16 * 16) {
      variance += (value - expectedMean) * (value - expectedMean)
    }
    let expectedRstd = 1 / (variance / Float(count) + 1e-12).squareRoot()
    layerNormForward(
      row.matrix, NormParameters(weight: weight.vector, bias: bias.vector, epsilon: 1e-12),
      into: output.matrix, mean: mean.vector, rstd: rstd.vector)
    #expect(mean.floats == [expectedMean])
    #expect(rstd.floats == [expectedRstd])
    let expected = x.indices.map {
      bias.floats[$0].addingProduct((x[$0] - expectedMean) * expectedRstd, weight.floats[$0])
    }
    #expect(output.floats == expected)
  }

  @Test(arguments: counts)
  func rootMeanSquareNormRunsOverSixteenLanes(count: Int) {
    let (row, output) = (Grid(1, count, stream: 76), Grid(1, count))
    let (weight, rstd) = (Grid(1, count, stream: 77), Grid(1, 1))
    let x = row.floats
    let squares = total(lanes(x) { $0.addProduct($1, $1) })
    let expected = 1 / (squares / Float(count) + 1e-6).squareRoot()
    let norm = NormParameters(weight: weight.vector, bias: weight.vector, epsilon: 1e-6)
    rootMeanSquareNormForward(row.matrix, norm, into: output.matrix, rstd: rstd.vector)
    #expect(rstd.floats == [expected])
    #expect(output.floats == x.indices.map { x[$0] * expected * weight.floats[$0] })
  }

  /// One product and one fused sum an element, at any angle.
  @Test(arguments: [2, 6, 32, 34, 64])
  func rotationsAreFused(size: Int) {
    let half = size / 2
    let values = Grid(3, 2 * size, stream: 78)
    let (cosines, sines) = (Grid(3, half, stream: 79), Grid(3, half, stream: 80))
    let (x, c, s) = (values.floats, cosines.floats, sines.floats)
    let table = RotaryTable(cosines: cosines.matrix, sines: sines.matrix)
    table.rotate(values.matrix)
    for row in 0..<3 {
      for head in 0..<2 {
        for pair in 0..<half {
          let place = row * 2 * size + head * size + pair
          let (cosine, sine) = (c[row * half + pair], s[row * half + pair])
          #expect(
            values.floats[place]
              == (x[place] * cosine).addingProduct(x[place + half], -sine))
          #expect(
            values.floats[place + half] == (x[place + half] * cosine).addingProduct(x[place], sine))
        }
      }
    }
  }

  @Test(arguments: counts)
  func softmaxBackwardRunsOverSixteenLanes(count: Int) {
    let (softmax, gradient) = (Grid(1, count, stream: 74), Grid(1, count, stream: 75))
    let (y, g) = (softmax.floats, gradient.floats)
    var sums = [Float](repeating: 0, count: 16)
    for index in 0..<count { sums[index % 16].addProduct(y[index], g[index]) }
    let mean = total(sums)
    softmaxBackward(softmax.vector, gradient: gradient.vector)
    #expect(gradient.floats == (0..<count).map { y[$0] * (g[$0] - mean) })
  }

  /// Chunks of 32 rows from 0, then their sums in order.
  @Test(arguments: [1, 31, 32, 33, 100])
  func columnSumsRunOverChunksOfRows(rows: Int) {
    let (gradient, sum) = (Grid(rows, 21, stream: 76), Grid(1, 21))
    var expected = [Float](repeating: 0, count: 21)
    for first in stride(from: 0, to: rows, by: 32) {
      var chunk = [Float](repeating: 0, count: 21)
      for row in first..<min(first + 32, rows) {
        for column in 0..<21 { chunk[column] += gradient.matrix.row(row)[column] }
      }
      for column in 0..<21 { expected[column] += chunk[column] }
    }
    addBiasBackward(gradient.matrix, into: sum.vector, Workspace())
    #expect(sum.floats == expected)
  }

  @Test(arguments: [(1, 1, 1), (5, 9, 7), (6, 8, 128), (13, 27, 40)])
  func doubleProductsAreFusedSums(m: Int, n: Int, k: Int) {
    let a = DoubleMatrix(rows: m, columns: k, values: randomValues(m * k, stream: 77))
    let b = DoubleMatrix(rows: n, columns: k, values: randomValues(n * k, stream: 78))
    var expected = DoubleMatrix(rows: m, columns: n)
    for i in 0..<m {
      for j in 0..<n {
        var sum = 0.0
        for l in 0..<k { sum.addProduct(a[i, l], b[j, l]) }
        expected[i, j] = sum * 0.3
      }
    }
    #expect(a.timesTranspose(of: b, scale: 0.3) == expected)
    #expect(a.times(b.transposed(), scale: 0.3) == expected)
    #expect(a.transposed().transposeTimes(b.transposed(), scale: 0.3) == expected)
  }

  @Test(arguments: [Float(0), 0.5])
  func anUpdateIsTheStatedArithmetic(coupledDecay: Float) {
    let (w, g) = (Grid(1, 37, stream: 79), Grid(1, 37, stream: 80))
    let (m, v) = (Grid(1, 37, stream: 81), Grid(1, 37, repeating: 0.25))
    let terms = AdamWTerms(
      keep1: 0.9, keep2: 0.999, new1: 0.1, new2: 0.001, decayBefore: 0.99, size: 0.01, root: 1.5,
      epsilon: 1e-8, decayAfter: 0.98, coupledDecay: coupledDecay)
    let expected = (0..<37).map { i -> Float in
      let slope = g.floats[i] + w.floats[i] * coupledDecay
      let mean = m.floats[i] * 0.9 + slope * 0.1
      let square = v.floats[i] * 0.999 + slope * slope * 0.001
      return (w.floats[i] * 0.99 - mean * 0.01 / (square.squareRoot() * 1.5 + 1e-8)) * 0.98
    }
    adamWUpdate(w.vector, gradient: g.vector, first: m.vector, second: v.vector, terms)
    #expect(w.floats == expected)
  }
}
