internal import Objectives
internal import Tensors

/// The way of hidden rows through the Poincare ball to a second set of scores, forward and backward.
///
/// With `p` the hidden rows and `W` after DropConnect:
///
///     x = proj(exp0(p))                     m = proj(W (x) x)         W (x) x = exp0(W log0(x))
///     s = proj(m (+) proj(exp0(b)))         u = proj(exp0(ReLU(log0(s))))
///     scores = V Dropout(log0(u)) + c
///
/// `(x)` is the Mobius product of matrix and point, `(+)` Mobius addition; the form of the product on the right is the
/// same function as `tanh(|Wx| / |x| artanh |x|) Wx / |Wx|`, and smooth at 0.
struct HyperbolicBranch {
  /// The embeddings u, `[B, d]`, in the ball.
  let embeddings: DoubleMatrix
  /// The scores, `[B, E]`.
  let scores: DoubleMatrix
  /// On which side of its kinks each row is.
  let sides: Sides

  private let weight: DoubleMatrix
  private let connect: DoubleMatrix?
  private let decoder: DoubleMatrix
  private let decoderMask: DoubleMatrix?
  /// exp0, projection, log0 of the hidden rows.
  private let entry: [MappedRows]
  /// exp0, projection of the products.
  private let product: [MappedRows]
  /// exp0, projection of the bias.
  private let bias: [MappedRows]
  private let sum: MobiusSum
  /// Projection, log0 of the sums.
  private let inner: [MappedRows]
  /// exp0, projection, log0 after the ReLU.
  private let exit: [MappedRows]
  private let decoded: DoubleMatrix

  /// The kinks of the projections and of the ReLU, which a gradient takes for given.
  struct Sides {
    /// Which rows each of the projections cuts, in the order of the formulas.
    var cuts: [[Bool]]
    /// What the ReLU lets through, `[B, d]`.
    var passes: [Bool]
  }

  /// What the branch learns.
  struct Parameters {
    /// W, `[d, C]`.
    var weight: DoubleMatrix
    /// b, `[1, d]`, in the tangent space at 0.
    var bias: DoubleMatrix
    /// V, `[E, d]`.
    var decoder: DoubleMatrix
    /// c, `[1, E]`.
    var decoderBias: DoubleMatrix
  }

  /// Goes forward.
  ///
  /// - Parameters:
  ///   - hidden: The hidden rows p, `[B, C]`.
  ///   - parameters: What the branch learns.
  ///   - connect: The factors of DropConnect, `[d, C]`; nil for ones.
  ///   - decoderMask: The factors of the decoder's dropout, `[B, d]`; nil for ones.
  ///   - sides: The sides of the kinks; nil finds them.
  init(
    _ hidden: DoubleMatrix, _ parameters: Parameters, connect: DoubleMatrix?,
    decoderMask: DoubleMatrix?, sides: Sides? = nil
  ) {
    let cuts = sides?.cuts
    (self.connect, self.decoderMask) = (connect, decoderMask)
    weight = connect.map(parameters.weight.times(elementwise:)) ?? parameters.weight
    decoder = parameters.decoder
    entry = Self.chain([.exponential, .projection, .logarithm], hidden, cuts?[0])
    product = Self.chain(
      [.exponential, .projection], Self.last(entry).timesTranspose(of: weight), cuts?[1])
    bias = Self.chain([.exponential, .projection], parameters.bias, cuts?[2])
    sum = MobiusSum(Self.last(product), Self.last(bias).values)
    inner = Self.chain([.projection, .logarithm], sum.values, cuts?[3])
    var rectified = Self.last(inner)
    let passes = sides?.passes ?? rectified.values.map { $0 > 0 }
    for (index, passes) in passes.enumerated() where !passes { rectified.values[index] = 0 }
    exit = Self.chain([.exponential, .projection, .logarithm], rectified, cuts?[4])
    self.sides = Sides(
      cuts: [entry[1].cuts, product[1].cuts, bias[1].cuts, inner[0].cuts, exit[1].cuts],
      passes: passes)
    embeddings = exit[1].values
    decoded = decoderMask.map(Self.last(exit).times(elementwise:)) ?? Self.last(exit)
    scores = decoded.linear(decoder, bias: parameters.decoderBias)
  }

  private static func chain(
    _ maps: [RadialMap], _ rows: DoubleMatrix, _ cuts: [Bool]?
  ) -> [MappedRows] {
    var result: [MappedRows] = []
    for map in maps {
      result.append(
        map(result.last?.values ?? rows, cuts: map == .projection ? cuts : nil))
    }
    return result
  }

  private static func last(_ chain: [MappedRows]) -> DoubleMatrix { chain[chain.count - 1].values }

  private static func backward(
    _ chain: some Sequence<MappedRows>, _ gradient: DoubleMatrix
  ) -> DoubleMatrix {
    chain.reversed().reduce(gradient) { $1.backward($0) }
  }

  /// Goes backward.
  ///
  /// - Parameters:
  ///   - dScores: The gradient by the scores, `[B, E]`.
  ///   - dEmbeddings: The gradient by the embeddings, beside the one through the scores, `[B, d]`.
  /// - Returns: The gradients by the hidden rows and by the parameters.
  func backward(
    _ dScores: DoubleMatrix, _ dEmbeddings: DoubleMatrix
  ) -> (hidden: DoubleMatrix, parameters: Parameters) {
    var dDecoded = dScores.times(decoder)
    if let decoderMask { dDecoded = dDecoded.times(elementwise: decoderMask) }
    var dExit = exit[2].backward(dDecoded)
    dExit.add(dEmbeddings)
    var dInner = Self.backward(exit[..<2], dExit)
    for (index, passes) in sides.passes.enumerated() where !passes { dInner.values[index] = 0 }
    let (dProduct, dPoint) = sum.backward(Self.backward(inner, dInner))
    let dLinear = Self.backward(product, dProduct)
    var dWeight = dLinear.transposeTimes(Self.last(entry))
    if let connect { dWeight = dWeight.times(elementwise: connect) }
    let dBias = Self.backward(
      bias, DoubleMatrix(rows: 1, columns: dPoint.count, values: dPoint))
    return (
      Self.backward(entry, dLinear.times(weight)),
      Parameters(
        weight: dWeight, bias: dBias, decoder: dScores.transposeTimes(decoded),
        decoderBias: dScores.columnSums)
    )
  }
}
