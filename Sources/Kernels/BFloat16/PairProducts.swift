internal import CProcessor
package import Matrices

/// Two bfloat16 numbers that follow one another in depth; their products are summed in single precision.
struct BFloat16Pair: TileFactor {
  let bits: UInt32

  @inline(__always)
  static func add(_ sums: Lanes, _ factor: BFloat16Pair, _ vector: SIMD16<UInt32>) -> Lanes {
    addPairProducts(sums, vector, SIMD16(repeating: factor.bits))
  }
}

extension Kernels: PairKernels {
  /// Products of numbers rounded to bfloat16, two in the place of a float.
  package static func rowPairs(_ matrix: Matrix, pairs: Range<Int>, into output: Matrix) {
    var pair = pairs.lowerBound
    while pair < pairs.upperBound {
      let line = output.line(pair)
      var column = 0
      while column < matrix.columns {
        rowPair(matrix, pair, column).store(line, column, of: matrix.columns)
        column &+= Lanes.width
      }
      pair &+= 1
    }
  }

  package static func packRowPairs(
    _ matrix: Matrix, _ packing: Packing, slivers: Range<Int>,
    into target: UnsafeMutablePointer<Float>
  ) {
    var index = 0
    while index < DepthBlocks.count(of: packing.depth) {
      let block = DepthBlocks.range(index, of: packing.depth)
      let start = target + packing.start(of: block)
      var sliver = slivers.lowerBound
      while sliver < slivers.upperBound {
        var place = start + sliver &* packing.width &* block.count
        var pair = block.lowerBound
        while pair < block.upperBound {
          var part = 0
          while part < packing.width {
            let column = sliver &* packing.width &+ part
            (column < matrix.columns ? rowPair(matrix, pair, column) : .zero).store(place + part)
            part &+= Lanes.width
          }
          place += packing.width
          pair &+= 1
        }
        sliver &+= 1
      }
      index &+= 1
    }
  }

  /// Rows `2 pair` and `2 pair + 1`, sixteen columns from `column` on; a row that lacks is 0.
  @inline(__always)
  private static func rowPair(_ matrix: Matrix, _ pair: Int, _ column: Int) -> Lanes {
    let first = matrix.line(2 &* pair)
    let second =
      2 &* pair &+ 1 < matrix.rows
      ? Lanes(first + matrix.stride, column, of: matrix.columns) : Lanes.zero
    return unsafeBitCast(
      roundToPairs(Lanes(first, column, of: matrix.columns), second), to: Lanes.self)
  }

  package static func multiplyPairs(
    _ left: LeftOperand, depth: Int, slivers: UnsafePointer<Float>, tiles: TileRange, adds: Bool,
    into output: Matrix
  ) {
    multiply(
      left, UnsafeRawPointer(left.pointer).assumingMemoryBound(to: BFloat16Pair.self), depth: depth,
      UnsafeRawPointer(slivers), tiles, adds: adds, into: output)
  }
}
