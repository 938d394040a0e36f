internal import ElementaryFunctions
internal import Foundation
public import Tensors

/// The network that guesses hidden tokens from an encoder's last states: BERT's head for masked language models.
///
/// `scores = LayerNorm(GELU(x W' + b)) D' + c` over the whole vocabulary. Scores stay in the shard that has the token:
/// the loss's normaliser, the number of hidden tokens, follows from the batch.
public struct TokenHead: Sendable {
  /// The block of its parameters.
  public let block: Int
  let dense, denseBias, norm, normBias, decoder, decoderBias: ParameterSlot
  let epsilon: Float
  /// What the mean cross-entropy counts for.
  let weight: Double

  /// The number of tokens, V.
  public var vocabularySize: Int { decoder.rows }
  /// The numbers of the weights of its products.
  public var operandSize: Int { dense.count + decoder.count }
  /// The floats that a pass keeps for each token.
  public var columns: Int { vocabularySize + 5 * dense.rows + 2 }

  /// Adds the network's parameters to a layout; all weights start as BERT's do, the decoder's apart from the token
  /// embeddings.
  ///
  /// - Parameters:
  ///   - task: Names the network and weighs its loss.
  ///   - hiddenSize: The columns of the encoder's states, C.
  ///   - vocabularySize: The number of tokens, V.
  ///   - epsilon: Added to variances.
  ///   - deviation: The standard deviation of starting weights.
  ///   - layout: Receives names and places.
  public init(
    _ task: PairTask, hiddenSize: Int, vocabularySize: Int, epsilon: Double, deviation: Double,
    in layout: inout ParameterLayout
  ) {
    let name = "heads.\(task.tokenHead)"
    let normal = ParameterLayout.Initializer.normal(deviation)
    block = layout.beginBlock(name)
    dense = layout.add("\(name).transform.dense.weight", [hiddenSize, hiddenSize], normal)
    denseBias = layout.add("\(name).transform.dense.bias", [hiddenSize], .constant(0))
    norm = layout.add("\(name).transform.LayerNorm.weight", [hiddenSize], .constant(1))
    normBias = layout.add("\(name).transform.LayerNorm.bias", [hiddenSize], .constant(0))
    decoder = layout.add("\(name).decoder.weight", [vocabularySize, hiddenSize], normal)
    decoderBias = layout.add("\(name).decoder.bias", [vocabularySize], .constant(0))
    self.epsilon = Float(epsilon)
    weight = task.tokenWeight
  }

  /// The cross-entropies of some tokens, in double precision and plain loops, without a backward pass.
  ///
  /// - Parameters:
  ///   - input: The encoder's states, `[m, C]`.
  ///   - targets: The hidden tokens, m of them.
  ///   - parameters: All parameters.
  /// - Returns: The sum.
  public func precise(
    _ input: DoubleMatrix, _ targets: [Int32], _ parameters: PreciseParameters
  ) -> Double {
    var hidden = input.linear(parameters[dense], bias: parameters[denseBias])
    let (scale, shift) = (parameters[norm].values, parameters[normBias].values)
    for row in 0..<hidden.rows {
      let range = hidden.range(ofRow: row)
      for index in range {
        let x = hidden.values[index]
        hidden.values[index] = 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
      }
      let values = hidden.values[range]
      let mean = values.reduce(0, +) / Double(hidden.columns)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(hidden.columns)
      let rstd = 1 / (variance + Double(epsilon)).squareRoot()
      for column in 0..<hidden.columns {
        hidden[row, column] = (hidden[row, column] - mean) * rstd * scale[column] + shift[column]
      }
    }
    let scores = hidden.linear(parameters[decoder], bias: parameters[decoderBias])
    return targets.enumerated().reduce(0) { sum, token in
      sum + logSumExp(scores.row(token.offset)) - scores[token.offset, Int(token.element)]
    }
  }
}

/// The network's weights in the order in which matrix products read them, for one direction.
public struct PackedTokenHead: Sendable {
  /// What the products compute.
  public enum Direction: Sendable {
    /// Outputs from inputs.
    case forward
    /// Gradients of inputs from gradients of outputs.
    case backward
  }

  let dense: PackedOperand
  let decoder: PackedOperand

  /// Copies the weights into scratch memory; they must not change while the copy is in use.
  public init(
    _ head: TokenHead, _ direction: Direction, precision: ProductPrecision, parameters: Vector,
    _ workspace: Workspace
  ) {
    func pack(_ slot: ParameterSlot) -> PackedOperand {
      PackedOperand(
        slot.matrix(in: parameters), direction == .forward ? .transposed : .plain,
        precision: precision, memory: workspace.scratch, team: workspace.team)
    }
    (dense, decoder) = (pack(head.dense), pack(head.decoder))
  }
}

/// The guesses of one shard's hidden tokens: forward, then backward.
public struct TokenPass: Sendable {
  /// The cross-entropy of each token, and whether it got the highest score.
  public let guesses: [(loss: Double, isCorrect: Bool)]
  private let head: TokenHead
  private let input: Matrix
  private let product: Matrix
  private let hidden: Matrix
  private let normalized: Matrix
  private let mean: Vector
  private let rstd: Vector
  /// dL/dscores, `[m, V]`.
  private let dScores: Matrix
  private let precision: ProductPrecision

  /// Guesses tokens.
  ///
  /// - Parameters:
  ///   - head: The network.
  ///   - input: The encoder's last states, `[m, C]`; kept for the backward pass.
  ///   - targets: The hidden tokens, m of them.
  ///   - total: How many tokens the whole batch hides.
  ///   - weights: Packed for the forward direction.
  ///   - precision: How products are computed.
  ///   - parameters: The flat buffer of all parameters.
  ///   - memory: Holds what the backward pass needs.
  ///   - workspace: Memory and threads for the call.
  public init(
    _ head: TokenHead, _ input: Matrix, targets: [Int32], total: Int, weights: PackedTokenHead,
    precision: ProductPrecision, parameters: Vector, memory: Arena, _ workspace: Workspace
  ) {
    precondition(targets.count == input.rows, "\(targets.count) targets, \(input.rows) tokens")
    (self.head, self.input, self.precision) = (head, input, precision)
    let (rows, size) = (input.rows, head.dense.rows)
    product = memory.matrix(rows, size)
    hidden = memory.matrix(rows, size)
    normalized = memory.matrix(rows, size)
    (mean, rstd) = (memory.vector(rows), memory.vector(rows))
    let scores = memory.matrix(rows, head.vocabularySize)
    dScores = scores
    guard rows > 0 else {
      guesses = []
      return
    }
    let team = workspace.team
    multiply(input, weights.dense, into: product, workspace)
    geluForward(product, bias: head.denseBias.vector(in: parameters), into: hidden, team: team)
    layerNormForward(
      hidden, head.normParameters(parameters), into: normalized, mean: mean, rstd: rstd, team: team)
    multiply(normalized, weights.decoder, into: scores, workspace)
    addBias(head.decoderBias.vector(in: parameters), to: scores, team: team)
    let span = Profile.begin("token losses")
    defer { span.end() }
    let share = Float(head.weight / Double(max(1, total)))
    guesses = targets.enumerated().map { row, target in
      let values = scores.row(row)
      var best = 0
      for token in 1..<values.count where values[token] > values[best] { best = token }
      let (largest, own) = (Double(values[best]), Double(values[Int(target)]))
      softmaxForward(values)
      // The largest share is 1 over the sum of the exponentials.
      let loss = largest - Elementary.log(Double(values[best])) - own
      values[Int(target)] -= 1
      scale(values, by: share)
      return (loss, best == Int(target))
    }
  }

  /// Back-propagates through the network.
  ///
  /// - Parameters:
  ///   - weights: Packed for the backward direction.
  ///   - parameters: The flat buffer of all parameters.
  ///   - dBlock: Receives the gradients of the network's block.
  ///   - adds: Whether they are added, each once complete, to what it holds.
  ///   - memory: Holds the result.
  ///   - workspace: Memory and threads for the call.
  /// - Returns: dL/dinput, `[m, C]`.
  public func backward(
    weights: PackedTokenHead, parameters: Vector, dBlock: Vector, adds: Bool, memory: Arena,
    _ workspace: Workspace
  ) -> Matrix {
    let dInput = memory.matrix(input.rows, input.columns)
    guard input.rows > 0 else {
      if !adds { dBlock.fill(0) }
      return dInput
    }
    let mark = workspace.mark
    defer { workspace.release(to: mark) }
    func sums(_ slot: ParameterSlot, _ compute: (Vector) -> Void) {
      let target = slot.vector(inBlock: dBlock)
      let sum = adds ? workspace.vector(slot.count) : target
      sum.fill(0)
      compute(sum)
      if adds { add(sum, to: target) }
    }
    sums(head.decoderBias) { addBiasBackward(dScores, into: $0, workspace) }
    multiplyTransposed(
      dScores, normalized, into: head.decoder.matrix(inBlock: dBlock), adds: adds,
      precision: precision, workspace)
    let gradient = workspace.matrix(input.rows, head.dense.rows)
    multiply(dScores, weights.decoder, into: gradient, workspace)
    sums(head.norm) { dNorm in
      sums(head.normBias) { dNormBias in
        layerNormBackward(
          hidden, head.normParameters(parameters), mean: mean, rstd: rstd, gradient: gradient,
          dWeight: dNorm, dBias: dNormBias, workspace)
      }
    }
    let again = workspace.matrix(hidden.rows, hidden.columns)
    sums(head.denseBias) {
      geluBackward(
        product, bias: head.denseBias.vector(in: parameters), gradient: gradient, dBias: $0,
        output: again, workspace)
    }
    multiplyTransposed(
      gradient, input, into: head.dense.matrix(inBlock: dBlock), adds: adds, precision: precision,
      workspace)
    multiply(gradient, weights.dense, into: dInput, workspace)
    return dInput
  }
}

extension TokenHead {
  fileprivate func normParameters(_ parameters: Vector) -> NormParameters {
    NormParameters(
      weight: norm.vector(in: parameters), bias: normBias.vector(in: parameters), epsilon: epsilon)
  }
}
