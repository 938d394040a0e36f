internal import Matrices

/// The kernels as this module's instruction set computes them.
///
/// The sources in this folder are compiled once for each instruction set. Nothing in them may be a function
/// that other modules can have too, such as a generic one of the standard library that is not inlined: the
/// linker keeps one of such copies, and it may be one that older processors cannot run. `scripts/test` looks.
package enum Kernels: VectorKernels {}

extension Matrix {
  /// The first element of a row, unchecked.
  @inline(__always)
  func line(_ index: Int) -> UnsafeMutablePointer<Float> { pointer + index &* stride }
}
