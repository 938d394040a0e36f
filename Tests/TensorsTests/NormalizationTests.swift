import Foundation
import Tensors
import Testing

/// Layer normalisation and softmax against naive loops in double precision.
@Suite struct NormalizationTests {
  private func naiveNorm(
    _ input: [Double], _ weight: [Double], _ bias: [Double], _ epsilon: Double
  ) -> [Double] {
    let columns = weight.count
    return stride(from: 0, to: input.count, by: columns).flatMap { start in
      let row = input[start..<start + columns]
      let mean = row.reduce(0, +) / Double(columns)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
      return row.enumerated().map { column, x in
        (x - mean) / (variance + epsilon).squareRoot() * weight[column] + bias[column]
      }
    }
  }

  private func naiveRootMeanSquare(_ input: [Double], _ weight: [Double]) -> [Double] {
    stride(from: 0, to: input.count, by: weight.count).flatMap { start in
      let row = input[start..<start + weight.count]
      let square = row.reduce(0) { $0 + $1 * $1 } / Double(weight.count)
      return zip(row, weight).map { $0 / (square + 1e-6).squareRoot() * $1 }
    }
  }

  @Test(arguments: kernelShapes)
  func rootMeanSquareNormAndItsGradients(shape: (Int, Int)) {
    let (rows, columns) = shape
    let (input, weight) = (Grid(rows, columns, stream: 24), Grid(1, columns, stream: 25))
    let norm = NormParameters(weight: weight.vector, bias: weight.vector, epsilon: 1e-6)
    let (output, again, rstd) = (Grid(rows, columns), Grid(rows, columns), Grid(1, rows))
    rootMeanSquareNormForward(input.matrix, norm, into: output.matrix, rstd: rstd.vector)
    #expect(difference(output.values, naiveRootMeanSquare(input.values, weight.values)) < 5e-6)
    rootMeanSquareNormAgain(input.matrix, norm, rstd: rstd.vector, into: again.matrix)
    #expect(again.values == output.values)

    let upstream = randomValues(rows * columns, stream: 26)
    let (gradient, dWeight) = (Grid(rows, columns, upstream), Grid(1, columns))
    rootMeanSquareNormBackward(
      input.matrix, norm, rstd: rstd.vector, gradient: gradient.matrix, dWeight: dWeight.vector,
      Workspace())
    #expect(
      isSlope(dWeight.values, at: weight.values, within: 2e-5) {
        dot(upstream, naiveRootMeanSquare(input.values, $0))
      })
    // One column is divided by itself.
    guard columns > 1 else { return }
    #expect(
      isSlope(gradient.values, at: input.values, within: 1e-4) {
        dot(upstream, naiveRootMeanSquare($0, weight.values))
      })
  }

  @Test(arguments: kernelShapes)
  func gatesAndTheirGradients(shape: (Int, Int)) {
    let (rows, columns) = shape
    func naive(_ input: [Double]) -> [Double] {
      (0..<rows).flatMap { row in
        (0..<columns).map { column in
          let gate = input[row * 2 * columns + column]
          return gate / (1 + exp(-gate)) * input[row * 2 * columns + columns + column]
        }
      }
    }
    let input = Grid(rows, 2 * columns, stream: 27)
    let (start, output) = (input.values, Grid(rows, columns))
    gatedForward(input.matrix, into: output.matrix)
    #expect(difference(output.values, naive(start)) < 2e-6)
    let upstream = randomValues(rows * columns, stream: 28)
    let gradient = Grid(rows, columns, upstream)
    gatedBackward(input.matrix, gradient: gradient.matrix)
    #expect(gradient.values == output.values)
    #expect(isSlope(input.values, at: start, within: 2e-5) { dot(upstream, naive($0)) })
  }

  @Test(arguments: kernelShapes, [1e-12, 1e-5])
  func layerNormAndItsGradients(shape: (Int, Int), epsilon: Double) {
    let (rows, columns) = shape
    // Far from 0, as hidden states of real encoders have columns that are.
    let shifted = randomValues(rows * columns, stream: 20).map { Double(Float($0 + 3)) }
    let input = Grid(rows, columns, shifted)
    let (weight, bias) = (Grid(1, columns, stream: 21), Grid(1, columns, stream: 22))
    let norm = NormParameters(weight: weight.vector, bias: bias.vector, epsilon: Float(epsilon))
    let (output, mean, rstd) = (Grid(rows, columns), Grid(1, rows), Grid(1, rows))
    layerNormForward(
      input.matrix, norm, into: output.matrix, mean: mean.vector, rstd: rstd.vector)
    #expect(
      difference(output.values, naiveNorm(input.values, weight.values, bias.values, epsilon))
        < 5e-6)
    let inPlace = Grid(rows, columns, shifted)
    layerNormForward(
      inPlace.matrix, norm, into: inPlace.matrix, mean: mean.vector, rstd: rstd.vector)
    #expect(inPlace.values == output.values)
    let again = Grid(rows, columns)
    layerNormAgain(
      input.matrix, norm, mean: mean.vector, rstd: rstd.vector, into: again.matrix)
    #expect(again.values == output.values)

    let upstream = randomValues(rows * columns, stream: 23)
    let gradient = Grid(rows, columns, upstream)
    let (dWeight, dBias) = (Grid(1, columns), Grid(1, columns))
    layerNormBackward(
      input.matrix, norm, mean: mean.vector, rstd: rstd.vector, gradient: gradient.matrix,
      dWeight: dWeight.vector, dBias: dBias.vector, Workspace())
    #expect(
      isSlope(dWeight.values, at: weight.values, within: 2e-5) {
        dot(upstream, naiveNorm(input.values, $0, bias.values, epsilon))
      })
    #expect(
      isSlope(dBias.values, at: bias.values) {
        dot(upstream, naiveNorm(input.values, weight.values, $0, epsilon))
      })
    // One column is its own mean and does not count; two make a step that is steep where they meet.
    if columns > 2 {
      #expect(
        isSlope(gradient.values, at: input.values, within: 3e-5) {
          dot(upstream, naiveNorm($0, weight.values, bias.values, epsilon))
        })
    } else {
      #expect(gradient.values.allSatisfy { abs($0) < 0.1 })
    }
    #expect(
      areIntact(input, weight, bias, output, mean, rstd, gradient, dWeight, dBias))
  }

  @Test func equalElementsNormaliseToTheShift() {
    let (input, output) = (Grid(1, 24, repeating: 0.5), Grid(1, 24))
    let (weight, bias) = (Grid(1, 24, stream: 24), Grid(1, 24, stream: 25))
    let (mean, rstd) = (Grid(1, 1), Grid(1, 1))
    layerNormForward(
      input.matrix, NormParameters(weight: weight.vector, bias: bias.vector, epsilon: 1e-12),
      into: output.matrix, mean: mean.vector, rstd: rstd.vector)
    #expect(output.values == bias.values)
    #expect(mean.values == [0.5] && abs(rstd.values[0] - 1e6) < 1)
  }

  @Test(arguments: [1, 2, 7, 15, 16, 17, 33, 64, 200, 512])
  func softmaxAndItsGradient(count: Int) {
    let scores = randomValues(count, stream: 30).map { Double(Float(6 * $0)) }
    let upstream = randomValues(count, stream: 31)
    let row = Grid(1, count, scores)
    softmaxForward(row.vector)
    #expect(difference(row.values, naiveSoftmax(scores)) < 2e-6)
    #expect(abs(row.values.reduce(0, +) - 1) < 1e-6)
    let gradient = Grid(1, count, upstream)
    softmaxBackward(row.vector, gradient: gradient.vector)
    #expect(isSlope(gradient.values, at: scores, within: 2e-5) { dot(upstream, naiveSoftmax($0)) })
    #expect(row.isIntact && gradient.isIntact)
  }

  @Test(arguments: [3, 16, 21])
  func softmaxOfFarApartScores(count: Int) {
    var scores = randomValues(count, stream: 32).map { Double(Float(1e4 * $0)) }
    scores[count - 1] = 2e4
    let row = Grid(1, count, scores)
    softmaxForward(row.vector)
    #expect(row.values[count - 1] == 1)
    #expect(row.values.dropLast().allSatisfy { $0 >= 0 && $0 < 1e-37 })
    softmaxForward(Grid(1, 0).vector)
  }
}

/// The softmax of a row.
func naiveSoftmax(_ scores: [Double]) -> [Double] {
  let largest = scores.max() ?? 0
  let terms = scores.map { exp($0 - largest) }
  let total = terms.reduce(0, +)
  return terms.map { $0 / total }
}
