internal import Synchronization

/// How an operand enters a matrix product.
public enum Operand: Sendable {
  /// As it is stored.
  case plain
  /// Transposed.
  case transposed
}

/// Who computes matrix products.
public enum ProductEngine: String, Sendable, Codable, CaseIterable {
  /// The program's own kernels: the same bits on every processor.
  case own
  /// OpenBLAS for all products with weights: bits that depend on the kernel that it picks.
  case openblas

  private static let usesOpenBLAS = Atomic<Bool>(false)

  /// The engine of this process.
  public static var current: ProductEngine {
    usesOpenBLAS.load(ordering: .relaxed) ? .openblas : .own
  }

  /// Makes an engine that of this process; to be called before the first product.
  ///
  /// - Throws: `OpenBLASError` where OpenBLAS is wanted and cannot be loaded.
  public func use() throws(OpenBLASError) {
    if self == .openblas { _ = try OpenBLAS.shared.get() }
    Self.usesOpenBLAS.store(self == .openblas, ordering: .relaxed)
  }

  /// OpenBLAS where it computes.
  static var vendor: OpenBLAS? { current == .openblas ? try? OpenBLAS.shared.get() : nil }
}

/// Computes `output = a * b` or, with `adds`, `output += a * b`, row-major, in single precision, of operands
/// that are used once; for others there is `PackedOperand`.
///
/// - Parameters:
///   - a: `[m, k]`, or `[k, m]` when transposed.
///   - aOperand: How `a` enters; transposed only beside a plain `b`.
///   - b: `[k, n]`, or `[n, k]` when transposed.
///   - bOperand: How `b` enters.
///   - output: `[m, n]`.
///   - adds: Whether the product, once complete, is added to what `output` holds.
///   - workspace: Memory and threads for the call.
public func multiply(
  _ a: Matrix, _ aOperand: Operand = .plain, _ b: Matrix, _ bOperand: Operand = .plain,
  into output: Matrix, adds: Bool = false, _ workspace: Workspace
) {
  switch (aOperand, bOperand) {
  case (.plain, _):
    workspace.withScratch {
      multiply(
        a, PackedOperand(b, bOperand, memory: workspace.scratch, team: workspace.team),
        into: output, adds: adds, workspace)
    }
  case (.transposed, .plain):
    multiplyTransposed(a, b, into: output, adds: adds, workspace)
  case (.transposed, .transposed):
    preconditionFailure("a product of two transposed operands")
  }
}

/// Computes `output = scale * a * b` of small operands where they stand, such as those of one attention head.
///
/// - Parameters:
///   - a: `[m, k]`, or `[k, m]` when transposed.
///   - aOperand: How `a` enters.
///   - b: `[k, n]`; as many columns as fill whole registers of 16 must be readable after each row's start.
///   - output: `[m, n]`.
///   - scale: The factor of the product.
///   - adds: Whether the product is added to what `output` holds.
func multiplySmall(
  _ a: Matrix, _ aOperand: Operand, _ b: Matrix, into output: Matrix, scale: Float = 1,
  adds: Bool = false
) {
  let left =
    aOperand == .plain
    ? LeftOperand(a.pointer, rows: a.rows, rowStride: a.stride, tileStride: 0, depthStride: 1)
    : LeftOperand(a.pointer, rows: a.columns, rowStride: 1, tileStride: 0, depthStride: a.stride)
  let depth = aOperand == .plain ? a.columns : a.rows
  precondition(
    depth == b.rows && output.rows == left.rows && output.columns <= b.stride,
    "product of [\(left.rows), \(depth)] and [\(b.rows), \(b.columns)]")
  kernels.multiply(left, depth: depth, b, scale: scale, adds: adds, into: output)
}
