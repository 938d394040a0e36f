/// Products of numbers rounded to bfloat16, of which two that follow one another in the depth stand in the
/// place of a float; products and sums are in single precision.
///
/// Which bits they give depends on the processor's instruction, so they are outside the promise of
/// equal bits on all processors.
package protocol PairKernels: Sendable {
  /// Writes neighbours of a column together, `[(m + 1) / 2, n]`, the last one, if alone, with 0.
  static func rowPairs(_ matrix: Matrix, pairs: Range<Int>, into output: Matrix)
  /// Copies slivers of a right operand's row pairs; the packing's depth counts pairs.
  static func packRowPairs(
    _ matrix: Matrix, _ packing: Packing, slivers: Range<Int>,
    into target: UnsafeMutablePointer<Float>)
  /// Computes some tiles of one depth block; the depth counts pairs.
  static func multiplyPairs(
    _ left: LeftOperand, depth: Int, slivers: UnsafePointer<Float>, tiles: TileRange, adds: Bool,
    into output: Matrix)
}
