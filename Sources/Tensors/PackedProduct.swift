/// How exactly matrix products are computed.
public enum ProductPrecision: String, Sendable, Codable, CaseIterable {
  /// Single precision throughout.
  case float32
  /// Factors rounded to bfloat16 (8 bits of mantissa), products and sums in single precision.
  case bfloat16

  /// Whether the processor has instructions for it, and the kernels in use have them too.
  public var isAvailable: Bool { self == .float32 || pairKernels != nil }
}

/// The right operand of matrix products `[k, n]`, copied into the order in which the kernels read it, so that
/// one copy serves many products.
public struct PackedOperand: Sendable {
  /// The depth of the products, k.
  public let rows: Int
  /// The columns of the products, n.
  public let columns: Int
  fileprivate let packing: Packing
  fileprivate let slivers: Vector
  fileprivate let precision: ProductPrecision
  /// The operand as it stands, for OpenBLAS.
  fileprivate let source: (matrix: Matrix, operand: Operand)

  /// Copies an operand.
  ///
  /// - Parameters:
  ///   - matrix: `[k, n]`, or `[n, k]` when transposed; must not change while the copy is in use.
  ///   - operand: How it enters.
  ///   - precision: How the products are to be computed.
  ///   - memory: Holds the copy.
  ///   - team: The threads.
  public init(
    _ matrix: Matrix, _ operand: Operand, precision: ProductPrecision = .float32, memory: Arena,
    team: Team = .solo
  ) {
    source = (matrix, operand)
    (rows, columns) =
      operand == .plain ? (matrix.rows, matrix.columns) : (matrix.columns, matrix.rows)
    // Pairs have no half: odd depths stay as they are.
    self.precision = rows.isMultiple(of: 2) ? precision : .float32
    let isPaired = self.precision == .bfloat16
    packing = Packing(
      depth: isPaired ? rows / 2 : rows, columns: columns, width: kernels.tile.columns)
    guard ProductEngine.vendor == nil else {
      slivers = memory.vector(0)
      return
    }
    let span = Profile.begin("pack")
    defer { span.end() }
    slivers = memory.vector(packing.count)
    let (packing, target) = (packing, slivers.pointer)
    let workspace = Workspace(scratch: memory, team: team)
    workspace.withScratch {
      if let pairKernels, isPaired, operand == .plain {
        return team.split(packing.slivers) {
          pairKernels.packRowPairs(matrix, packing, slivers: $0, into: target)
        }
      }
      let factors = isPaired ? matrix.pairs(workspace) : matrix
      team.split(packing.slivers) {
        kernels.pack(
          factors, transposed: operand == .transposed, packing, slivers: $0, into: target)
      }
    }
  }
}

/// Computes `output = a * b` or, with `adds`, `output += a * b`, row-major, in single precision.
///
/// Every element is the sum of its blocks of the depth, each a fused sum in ascending order: a function of
/// that row of `a` and of `b` alone, the same on every processor.
///
/// - Parameters:
///   - a: `[m, k]`.
///   - b: `[k, n]`.
///   - output: `[m, n]`.
///   - adds: Whether the product is added to what `output` holds, block by block.
///   - workspace: Memory and threads for the call.
public func multiply(
  _ a: Matrix, _ b: PackedOperand, into output: Matrix, adds: Bool = false, _ workspace: Workspace
) {
  precondition(
    a.columns == b.rows && output.rows == a.rows && output.columns == b.columns,
    "product of [\(a.rows), \(a.columns)] and [\(b.rows), \(b.columns)]")
  let span = Profile.begin("sgemm", work: 2 * a.rows * a.columns * b.columns)
  defer { span.end() }
  if let vendor = ProductEngine.vendor {
    return vendor.multiply(
      a, .plain, b.source.matrix, b.source.operand, adds: adds, into: output)
  }
  guard output.rows > 0, output.columns > 0 else { return }
  workspace.withScratch {
    let isPaired = b.precision == .bfloat16
    let factors = isPaired ? a.pairs(workspace) : a
    let tile = kernels.tile
    let tiles = TileRange(
      down: (a.rows + tile.rows - 1) / tile.rows, across: b.packing.slivers, band: tile.band)
    workspace.team.split(tiles.numbers.count) { numbers in
      for index in 0..<DepthBlocks.count(of: b.packing.depth) {
        let block = DepthBlocks.range(index, of: b.packing.depth)
        let left = LeftOperand(
          factors.pointer + block.lowerBound, rows: a.rows, rowStride: factors.stride,
          tileStride: tile.rows * factors.stride, depthStride: 1)
        multiplyTiles(
          left, depth: block.count, b.slivers.pointer + b.packing.start(of: block),
          tiles.with(numbers), isPaired: isPaired, adds: adds || index > 0, into: output)
      }
    }
  }
}

private func multiplyTiles(
  _ left: LeftOperand, depth: Int, _ slivers: UnsafePointer<Float>, _ tiles: TileRange,
  isPaired: Bool, adds: Bool, into output: Matrix
) {
  if let pairKernels, isPaired {
    pairKernels.multiplyPairs(
      left, depth: depth, slivers: slivers, tiles: tiles, adds: adds, into: output)
  } else {
    kernels.multiply(
      left, depth: depth, slivers: slivers, tiles: tiles, adds: adds, into: output)
  }
}

/// Computes a weight's gradient `output = a^T * b` from the gradient of a layer's output and its input.
///
/// Both operands are copied first: where they stand, a step in the depth is a cache line and a page further.
///
/// - Parameters:
///   - a: dL/doutput, `[T, m]`.
///   - b: The input, `[T, n]`.
///   - output: `[m, n]`.
///   - adds: Whether the gradient, once complete, is added to what `output` holds.
///   - precision: How it is computed.
///   - workspace: Memory and threads for the call.
public func multiplyTransposed(
  _ a: Matrix, _ b: Matrix, into output: Matrix, adds: Bool = false,
  precision: ProductPrecision = .float32, _ workspace: Workspace
) {
  precondition(
    a.rows == b.rows && output.rows == a.columns && output.columns == b.columns,
    "product of [\(a.columns), \(a.rows)] and [\(b.rows), \(b.columns)]")
  let isPaired = precision == .bfloat16 && pairKernels != nil
  let depth = isPaired ? (a.rows + 1) / 2 : a.rows
  guard !adds || (ProductEngine.vendor == nil && DepthBlocks.count(of: depth) == 1) else {
    // Complete first, then added.
    return workspace.withScratch {
      let sum = workspace.matrix(output.rows, output.columns)
      multiplyTransposed(a, b, into: sum, precision: precision, workspace)
      workspace.team.split(output.rows) { rows in
        for row in rows { kernels.add(sum.row(row), to: output.row(row)) }
      }
    }
  }
  let span = Profile.begin("sgemm", work: 2 * a.rows * a.columns * b.columns)
  defer { span.end() }
  if let vendor = ProductEngine.vendor {
    return vendor.multiply(a, .transposed, b, .plain, adds: false, into: output)
  }
  guard output.rows > 0, output.columns > 0 else { return }
  guard depth > 0 else {
    if !adds { output.fill(0) }
    return
  }
  workspace.withScratch {
    let team = workspace.team
    let factors = isPaired ? a.rowPairs(workspace) : a
    let packing = Packing(depth: depth, columns: b.columns, width: kernels.tile.columns)
    let slivers = workspace.vector(packing.count).pointer
    team.split(packing.slivers) { range in
      if let pairKernels, isPaired {
        pairKernels.packRowPairs(b, packing, slivers: range, into: slivers)
      } else {
        kernels.pack(b, transposed: false, packing, slivers: range, into: slivers)
      }
    }
    // A band of panels is copied just before it is used and stays in the second-level cache.
    let tile = kernels.tile
    let largest = DepthBlocks.range(0, of: depth).count + 1
    let rooms = (0..<team.count).map { _ in workspace.vector(tile.band * tile.rows * largest) }
    let down = (output.rows + tile.rows - 1) / tile.rows
    team.run { member in
      let panels = rooms[member].pointer
      let own = part(of: down, member, team.count)
      for index in 0..<DepthBlocks.count(of: depth) {
        let block = DepthBlocks.range(index, of: depth)
        for first in stride(from: own.lowerBound, to: own.upperBound, by: tile.band) {
          let band = first..<min(first + tile.band, own.upperBound)
          let rows = band.lowerBound * tile.rows..<min(band.upperBound * tile.rows, output.rows)
          kernels.packPanels(factors, depth: block, panels: band, into: panels)
          multiplyTiles(
            LeftOperand(
              panels, rows: rows.count, rowStride: 1, tileStride: tile.rows * block.count,
              depthStride: tile.rows),
            depth: block.count, slivers + packing.start(of: block),
            TileRange(down: band.count, across: packing.slivers, band: band.count),
            isPaired: isPaired, adds: adds || index > 0, into: output.rows(rows))
        }
      }
    }
  }
}

extension Matrix {
  /// Neighbours of a column together as bfloat16, `[(m + 1) / 2, n]`: for products over the rows.
  fileprivate func rowPairs(_ workspace: Workspace) -> Matrix {
    let result = workspace.matrix((rows + 1) / 2, columns)
    workspace.team.split(result.rows) { pairKernels?.rowPairs(self, pairs: $0, into: result) }
    return result
  }
}
