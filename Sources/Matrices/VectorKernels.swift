/// The numeric kernels, once for each instruction set: every implementation gives the same bits.
///
/// Reductions run over sixteen virtual lanes and products are fused sums over the depth in an order that
/// is a function of the shapes alone, so that the width of the registers decides nothing but the speed.
/// Shapes are the callers' duty; a kernel neither checks them nor shares work among threads.
package protocol VectorKernels: Sendable {
  // MARK: Elementwise

  /// `target += source`.
  static func add(_ source: Vector, to target: Vector)
  /// `values *= factor`.
  static func scale(_ values: Vector, by factor: Float)
  /// The sum of squares, in sixteen partial sums that are joined in double precision.
  static func sumOfSquares(_ values: Vector) -> Double
  /// Adds `bias` `[C]` to every row of `output` `[T, C]`.
  static func addBias(_ bias: Vector, to output: Matrix)
  /// Adds the rows of `matrix` `[T, C]` to `sum` `[C]`, one after the other.
  static func addRows(of matrix: Matrix, to sum: Vector)
  /// `values = max(values, 0)`, `[T, C]`.
  static func reluForward(_ values: Matrix)
  /// Sets `gradient` to 0 where `output` is not positive, `[T, C]`.
  static func reluBackward(output: Matrix, gradient: Matrix)
  /// `output = gelu(input + bias)`, `[T, F]`.
  static func geluForward(_ input: Matrix, bias: Vector, into output: Matrix)
  /// dL/dinput from dL/doutput in place, the column sums added to `dBias`, and the output once more.
  static func geluBackward(
    _ input: Matrix, bias: Vector, gradient: Matrix, dBias: Vector, output: Matrix)

  /// `output = silu(gate) * up` of the two halves of every row, `[T, 2F]` to `[T, F]`.
  static func gatedForward(_ input: Matrix, into output: Matrix)
  /// Replaces `input` by dL/dinput, given dL/doutput, `[T, F]`, which becomes the output once more.
  static func gatedBackward(_ input: Matrix, gradient: Matrix)
  /// Turns the pairs (i, i + size / 2) of every head by the row's angles, or back.
  ///
  /// - Parameters:
  ///   - values: `[T, heads * size]`, in place.
  ///   - cosines: A row for every row of `values`, `[T, size / 2]`.
  ///   - sines: The same.
  ///   - size: The columns of a head.
  ///   - sign: 1, or -1 to turn back.
  static func rotate(_ values: Matrix, cosines: Matrix, sines: Matrix, size: Int, sign: Float)

  // MARK: Normalisation and dropout

  /// `output = x / sqrt(mean(x^2) + epsilon) * weight`, `[T, C]`; keeps every row's reciprocal root.
  static func rootMeanSquareNormForward(
    _ input: Matrix, _ norm: NormParameters, into output: Matrix, rstd: Vector)
  /// The output of `rootMeanSquareNormForward` from what it kept.
  static func rootMeanSquareNormAgain(
    _ input: Matrix, _ norm: NormParameters, rstd: Vector, into output: Matrix)
  /// dL/dinput from dL/doutput in place; adds the weight's gradient.
  static func rootMeanSquareNormBackward(
    _ input: Matrix, _ norm: NormParameters, rstd: Vector, gradient: Matrix, dWeight: Vector)

  /// `output = LayerNorm(input)`, `[T, C]`; keeps every row's mean and reciprocal standard deviation.
  static func layerNormForward(
    _ input: Matrix, _ norm: NormParameters, into output: Matrix, mean: Vector, rstd: Vector)
  /// The output of `layerNormForward` from what it kept.
  static func layerNormAgain(
    _ input: Matrix, _ norm: NormParameters, mean: Vector, rstd: Vector, into output: Matrix)
  /// dL/dinput from dL/doutput in place; adds the parameters' gradients.
  static func layerNormBackward(
    _ input: Matrix, _ norm: NormParameters, mean: Vector, rstd: Vector, gradient: Matrix,
    dWeight: Vector, dBias: Vector)
  /// `output = dropout(output + bias) + residual`, `[T, C]`, in place.
  static func residualForward(
    _ output: Matrix, bias: Vector, residual: Matrix, dropout: DropoutSite?, tokens: TokenRange)
  /// `dOutput = dropout(gradient)`, `[T, C]`, its column sums added to `dBias`.
  static func residualBackward(
    _ gradient: Matrix, into dOutput: Matrix, dBias: Vector, dropout: DropoutSite?,
    tokens: TokenRange)
  /// Multiplies the elements of a line by their factors, in place.
  static func drop(_ values: Vector, _ site: DropoutSite, row: Int, line: Int)
  /// Writes the elements of a line times their factors; those of `other` become theirs in place.
  static func drop(
    _ values: Vector, into output: Vector, alike other: Vector?, _ site: DropoutSite, row: Int,
    line: Int)

  // MARK: Attention

  /// Writes the softmax of every row of `scores` `[m, n]`; `softmax` may be `scores`.
  static func softmaxForward(_ scores: Matrix, into softmax: Matrix)
  /// dL/dscores from dL/dsoftmax of every row, in place, `[m, n]`.
  static func softmaxBackward(_ softmax: Matrix, gradient: Matrix)

  // MARK: Products

  /// The rows and columns that one step of the product computes in registers.
  static var tile: TileShape { get }
  /// Copies slivers of a right operand: `Packing` says how they lie.
  static func pack(
    _ matrix: Matrix, transposed: Bool, _ packing: Packing, slivers: Range<Int>,
    into target: UnsafeMutablePointer<Float>)
  /// Copies panels of a transposed left operand `[T, m]`, the rows `depth` of it, one after the other: the
  /// tile's rows of each depth together, with 0 beyond m.
  static func packPanels(
    _ matrix: Matrix, depth: Range<Int>, panels: Range<Int>,
    into target: UnsafeMutablePointer<Float>)
  /// Computes some tiles of one depth block of a product with packed slivers.
  static func multiply(
    _ left: LeftOperand, depth: Int, slivers: UnsafePointer<Float>, tiles: TileRange, adds: Bool,
    into output: Matrix)
  /// `output = scale * a b`, or with `adds` `output += scale * a b`, both operands where they stand.
  ///
  /// `b` is `[k, n]`; as many of its columns as fill whole registers are read, at least n.
  static func multiply(
    _ a: LeftOperand, depth: Int, _ b: Matrix, scale: Float, adds: Bool, into output: Matrix)
  /// Writes the transpose of `matrix` `[n, k]` as `[k, output.stride]`, with 0 beyond its columns.
  static func transpose(_ matrix: Matrix, into output: Matrix)
  /// `output = scale * a b` in double precision, `b` in slivers of 8 columns, `[ceil(n / 8), k, 8]`.
  static func multiply(
    _ a: UnsafePointer<Double>, rowStride: Int, depthStride: Int, rows: Int, depth: Int,
    _ b: UnsafePointer<Double>, columns: Int, scale: Double,
    into output: UnsafeMutablePointer<Double>)

  // MARK: The rest

  /// One AdamW update of some parameters and their moments; without a gradient, as with one of 0.
  static func adamW(
    _ parameters: Vector, gradient: Vector?, first: Vector, second: Vector, _ terms: AdamWTerms)
  /// Rounds floats to the nearest bfloat16, ties to even.
  static func narrow(_ values: Vector, into result: UnsafeMutableBufferPointer<UInt16>)
  /// Turns bfloat16 into the float of the same value.
  static func widen(_ values: UnsafeBufferPointer<UInt16>, into result: Vector)
  /// `exp` of every element, in place: to two units in the last place on -87 ... 88, beyond as at its ends.
  static func exponential(_ values: Vector)
  /// `erf` of every element, in place.
  static func errorFunction(_ values: Vector)
  /// Fused multiply-adds in registers alone: what the arithmetic units can do at most.
  ///
  /// - Parameter rounds: How often.
  /// - Returns: The floating-point operations, and a sum that keeps the compiler from leaving them out.
  static func multiplyAdd(rounds: Int) -> (operations: Int, sum: Float)
}

/// The rows and columns of a product that stay in registers.
package struct TileShape: Sendable {
  /// The rows.
  package let rows: Int
  /// The columns, a multiple of 16.
  package let columns: Int
  /// The tiles from top to bottom whose left operand fits the second-level cache.
  package let band: Int

  /// The shape of a tile.
  package init(rows: Int, columns: Int, band: Int) {
    (self.rows, self.columns, self.band) = (rows, columns, band)
  }
}

/// Where a packed right operand `[k, n]` keeps its numbers.
///
/// The depth is in blocks, each as slivers of the tile's columns one after the other, row after row;
/// columns that lack are 0.
package struct Packing: Sendable {
  /// The depth, k.
  package let depth: Int
  /// The columns, n.
  package let columns: Int
  /// The columns of a sliver.
  package let width: Int

  /// The place of an operand's numbers.
  package init(depth: Int, columns: Int, width: Int) {
    (self.depth, self.columns, self.width) = (depth, columns, width)
  }

  /// The number of slivers.
  package var slivers: Int { (columns + width - 1) / width }
  /// The floats of all slivers.
  package var count: Int { depth * slivers * width }
  /// The first float of a block.
  package func start(of block: Range<Int>) -> Int { block.lowerBound * slivers * width }
}

/// The division of a product's depth into blocks, whose sums are completed before they are added up: a
/// function of the depth alone.
package enum DepthBlocks {
  /// Depths up to this are one block: a tile's rows then fit the first-level cache.
  package static var largest: Int { 512 }

  /// The number of blocks.
  package static func count(of depth: Int) -> Int { max(1, (depth + largest - 1) / largest) }

  /// A block, in ascending order.
  package static func range(_ block: Int, of depth: Int) -> Range<Int> {
    let count = count(of: depth)
    return depth * block / count..<depth * (block + 1) / count
  }
}

/// The left operand of a product: element (row, k) of a tile stands at `row * rowStride + k * depthStride`
/// from the tile's first, and tiles `tileStride` apart.
package struct LeftOperand: @unchecked Sendable {
  /// The first element.
  package let pointer: UnsafePointer<Float>
  /// The number of rows.
  package let rows: Int
  /// From a row to the next.
  package let rowStride: Int
  /// From a tile's first row to the next tile's.
  package let tileStride: Int
  /// From an element to the row's next.
  package let depthStride: Int

  /// An operand of the given strides.
  package init(
    _ pointer: UnsafePointer<Float>, rows: Int, rowStride: Int, tileStride: Int, depthStride: Int
  ) {
    self.pointer = pointer
    self.rows = rows
    self.rowStride = rowStride
    self.tileStride = tileStride
    self.depthStride = depthStride
  }
}

/// Some of a product's tiles.
///
/// They are numbered through in bands of rows, in a band sliver after sliver, in a sliver from the first row
/// to the last. Whoever computes which, every element's sum is the same.
package struct TileRange: Sendable {
  /// The tiles from the top to the bottom.
  package let down: Int
  /// The slivers.
  package let across: Int
  /// The tiles, from top to bottom, of a band.
  package let band: Int
  /// The numbers of those that are meant.
  package let numbers: Range<Int>

  /// Some tiles.
  package init(down: Int, across: Int, band: Int, numbers: Range<Int>) {
    (self.down, self.across, self.band, self.numbers) = (down, across, band, numbers)
  }

  /// The tiles of a whole product.
  package init(down: Int, across: Int, band: Int) {
    self.init(down: down, across: across, band: band, numbers: 0..<down * across)
  }

  /// The same product's tiles of other numbers.
  package func with(_ numbers: Range<Int>) -> TileRange {
    TileRange(down: down, across: across, band: band, numbers: numbers)
  }
}

/// The factors of one AdamW update.
package struct AdamWTerms: Sendable, Equatable {
  /// What the first moments keep.
  package let keep1: Float
  /// What the second moments keep.
  package let keep2: Float
  /// What of the gradient goes into the first moments.
  package let new1: Float
  /// What of the gradient's square goes into the second moments.
  package let new2: Float
  /// The decay before the update.
  package let decayBefore: Float
  /// The size of a move.
  package let size: Float
  /// The factor of the second moment's root.
  package let root: Float
  /// Added to the denominator.
  package let epsilon: Float
  /// The decay after the update.
  package let decayAfter: Float
  /// What of a value is added to its gradient: Adam's coupled decay.
  package let coupledDecay: Float

  /// The factors of one update.
  package init(
    keep1: Float, keep2: Float, new1: Float, new2: Float, decayBefore: Float, size: Float,
    root: Float, epsilon: Float, decayAfter: Float, coupledDecay: Float = 0
  ) {
    (self.keep1, self.keep2, self.new1, self.new2) = (keep1, keep2, new1, new2)
    (self.decayBefore, self.size, self.root) = (decayBefore, size, root)
    (self.epsilon, self.decayAfter) = (epsilon, decayAfter)
    self.coupledDecay = coupledDecay
  }
}
