import Tensors
import Testing

/// NaN and infinities go through every kernel without a crash, and a NaN comes out again.
@Suite struct NonFiniteTests {
  static let values = [Double.nan, .infinity, -.infinity]

  /// A row of 21 with one such number, in whole lanes or in the rest.
  private func grid(_ value: Double, at place: Int) -> Grid {
    var values = randomValues(21, stream: 70)
    values[place] = value
    return Grid(1, 21, values)
  }

  @Test(arguments: values, [2, 19])
  func activationsAndSums(value: Double, place: Int) {
    let bias = Grid(1, 21)
    let (input, output) = (grid(value, at: place), Grid(1, 21))
    geluForward(input.matrix, bias: bias.vector, into: output.matrix)
    if value.isNaN { #expect(output.values[place].isNaN) }
    if value == .infinity { #expect(output.values[place] == .infinity) }
    let gradient = Grid(1, 21, repeating: 1)
    geluBackward(
      input.matrix, bias: bias.vector, gradient: gradient.matrix, dBias: bias.vector,
      output: output.matrix, Workspace())
    #expect(output.values[0].isFinite)
    if value.isNaN { #expect(gradient.values[place].isNaN && bias.values[place].isNaN) }

    let (relu, zero) = (grid(value, at: place), Grid(1, 21))
    reluForward(relu.matrix, bias: zero.vector)
    #expect(relu.values[place].isNaN == value.isNaN)
    #expect(zero.isIntact)
    let row = grid(value, at: place)
    #expect(!sumOfSquares(row.vector).isFinite)
    #expect(row.isIntact)
  }

  @Test(arguments: values, [2, 19])
  func normalisations(value: Double, place: Int) {
    let (input, output) = (grid(value, at: place), Grid(1, 21))
    let (weight, bias) = (Grid(1, 21, repeating: 1), Grid(1, 21))
    let norm = NormParameters(weight: weight.vector, bias: bias.vector, epsilon: 1e-12)
    let (mean, rstd) = (Grid(1, 1), Grid(1, 1))
    layerNormForward(
      input.matrix, norm, into: output.matrix, mean: mean.vector, rstd: rstd.vector)
    #expect(output.values[place].isNaN)
    let gradient = Grid(1, 21, repeating: 1)
    layerNormBackward(
      input.matrix, norm, mean: mean.vector, rstd: rstd.vector, gradient: gradient.matrix,
      dWeight: weight.vector, dBias: bias.vector, Workspace())
    #expect(hasNaN(gradient.values))

    let scores = grid(value, at: place)
    softmaxForward(scores.vector)
    // A score of minus infinity is an ordinary one that gets nothing.
    #expect(hasNaN(scores.values) == (value != -.infinity))
    softmaxBackward(scores.vector, gradient: gradient.vector)
  }

  @Test(arguments: values)
  func attentionAndProducts(value: Double) {
    let sequences = AttentionSequences(queryOffsets: [0, 1], keyOffsets: [0, 1], rows: [0])
    let attention = Attention(
      sequences: sequences, heads: 1, headSize: 21,
      dropout: DropoutSite(key: SIMD2(1, 2), rate: 0.5), relativeBias: nil)
    let (row, weights, context) = (grid(value, at: 3), Grid(1, 1), Grid(1, 21))
    attention.forward(
      queries: row.matrix, keys: row.matrix, values: row.matrix, weights: weights.vector,
      context: context.matrix, Workspace())
    #expect(context.values.contains { !$0.isFinite })
    let product = Grid(1, 1)
    multiply(row.matrix, .plain, row.matrix, .transposed, into: product.matrix, Workspace())
    #expect(!product.values[0].isFinite)
  }
}

private func hasNaN(_ values: [Double]) -> Bool { values.contains(where: \.isNaN) }
