import Foundation
import Tensors
import Testing

/// Bias, sums, ReLU, GELU and embeddings against naive loops in double precision.
@Suite struct ElementwiseTests {
  @Test(arguments: kernelShapes)
  func biasAndItsGradient(rows: Int, columns: Int) {
    let (values, bias) = (Grid(rows, columns, stream: 1), Grid(1, columns, stream: 2))
    let shift = bias.values
    let expected = values.values.enumerated().map { $1 + shift[$0 % columns] }
    addBias(bias.vector, to: values.matrix)
    #expect(difference(values.values, expected) < 1e-7)

    let dBias = Grid(1, columns, repeating: 1)
    addBiasBackward(values.matrix, into: dBias.vector, Workspace())
    let sums = (0..<columns).map { column in
      1 + (0..<rows).reduce(0) { $0 + expected[$1 * columns + column] }
    }
    #expect(difference(dBias.values, sums) < 1e-6)
    #expect(values.isIntact && bias.isIntact && dBias.isIntact)
  }

  @Test(arguments: [0, 1, 5, 16, 31, 64, 1001])
  func sumsAndScales(count: Int) {
    let (first, second) = (Grid(1, count, stream: 3), Grid(1, count, stream: 4))
    let sum = zip(first.values, second.values).map(+)
    let squares = first.values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(sumOfSquares(first.vector) - squares) <= 1e-6 * squares)
    add(second.vector, to: first.vector)
    #expect(difference(first.values, sum) < 1e-7)
    scale(first.vector, by: -0.25)
    #expect(difference(first.values, sum.map { $0 * -0.25 }) < 1e-7)
    #expect(first.isIntact && second.isIntact)
  }

  @Test(arguments: kernelShapes)
  func reluAndItsGradient(rows: Int, columns: Int) {
    let (values, bias) = (Grid(rows, columns, stream: 5), Grid(1, columns, stream: 6))
    values.matrix.row(0)[0] = -bias.vector[0]
    let (input, shift) = (values.values, bias.values)
    let gradient = Grid(rows, columns, stream: 7)
    let expected = input.enumerated().map { max($1 + shift[$0 % columns], 0) }
    // At 0 the gradient is 0, as in PyTorch.
    let slopes = zip(gradient.values, expected).map { $1 > 0 ? $0 : 0 }
    reluForward(values.matrix, bias: bias.vector)
    #expect(difference(values.values, expected) < 1e-7)
    reluBackward(output: values.matrix, gradient: gradient.matrix)
    #expect(gradient.values == slopes)
    #expect(values.isIntact && gradient.isIntact)
  }

  @Test(arguments: kernelShapes)
  func geluAndItsGradient(rows: Int, columns: Int) {
    let wide = randomValues(rows * columns, stream: 8).map { Double(Float(4 * $0)) }
    let (input, bias) = (Grid(rows, columns, wide), Grid(1, columns, stream: 9))
    let upstream = randomValues(rows * columns, stream: 10)
    func naive(_ input: [Double], _ bias: [Double]) -> [Double] {
      input.enumerated().map { index, x in
        let z = x + bias[index % columns]
        return z * (1 + erf(z / 2.0.squareRoot())) / 2
      }
    }
    let expected = naive(input.values, bias.values)
    let output = Grid(rows, columns)
    geluForward(input.matrix, bias: bias.vector, into: output.matrix)
    // The error is that of erf near 1, whatever remains of it for negative numbers.
    #expect(difference(output.values, expected, scale: 1) < 1e-6)

    let gradient = Grid(rows, columns, upstream)
    let (dBias, again) = (Grid(1, columns), Grid(rows, columns))
    geluBackward(
      input.matrix, bias: bias.vector, gradient: gradient.matrix, dBias: dBias.vector,
      output: again.matrix, Workspace())
    #expect(again.values == output.values, "forward and backward disagree")
    #expect(
      isSlope(gradient.values, at: input.values) { dot(upstream, naive($0, bias.values)) })
    #expect(isSlope(dBias.values, at: bias.values) { dot(upstream, naive(input.values, $0)) })
    #expect(
      areIntact(input, bias, output, gradient, dBias, again))
  }

  @Test(arguments: [1, 16, 17, 40], [true, false])
  func embeddingsAndTheirGradients(columns: Int, hasType: Bool) {
    let (tokens, positions): ([Int32], [Int]) = ([4, 0, 4, 2, 4], [0, 1, 2, 0, 1])
    let (table, places) = (Grid(5, columns, stream: 11), Grid(4, columns, stream: 12))
    let type = hasType ? Grid(1, columns, stream: 13) : nil
    let output = Grid(5, columns)
    embeddingForward(
      tokens: tokens, positions: positions, tokenRow: { $1.copy(from: table.matrix.row($0)) },
      positionTable: places.matrix,
      types: type?.matrix, into: output.matrix)
    var expected: [Double] = []
    for (token, position) in zip(tokens, positions) {
      for column in 0..<columns {
        expected.append(
          table.values[Int(token) * columns + column] + (type?.values[column] ?? 0)
            + places.values[position * columns + column])
      }
    }
    #expect(difference(output.values, expected) < 3e-7)

    let gradient = Grid(5, columns, stream: 14)
    let (dTokens, dPlaces) = (Grid(5, columns), Grid(4, columns))
    let dType = hasType ? Grid(1, columns) : nil
    embeddingBackward(
      tokens: tokens, positions: positions, gradient: gradient.matrix, dTokens: dTokens.matrix,
      dPositions: dPlaces.matrix, dTypes: dType?.matrix)
    func sums(_ table: Int, _ rows: [Int]) -> [Double] {
      (0..<table * columns).map { place in
        rows.indices.filter { rows[$0] == place / columns }
          .reduce(0) { $0 + gradient.values[$1 * columns + place % columns] }
      }
    }
    #expect(difference(dTokens.values, sums(5, tokens.map(Int.init))) < 3e-7)
    #expect(difference(dPlaces.values, sums(4, positions)) < 3e-7)
    if let dType { #expect(difference(dType.values, sums(1, [0, 0, 0, 0, 0])) < 3e-7) }
    #expect(areIntact(table, places, output, gradient, dTokens, dPlaces))
  }
}
