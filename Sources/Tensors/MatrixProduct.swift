internal import COpenBLAS
internal import Foundation

/// How an operand enters a matrix product.
public enum Operand: Sendable {
  /// As it is stored.
  case plain
  /// Transposed.
  case transposed

  fileprivate var blas: CBLAS_TRANSPOSE { self == .plain ? CblasNoTrans : CblasTrans }
}

/// Computes `output = scale * a * b + keep * output`, row-major, in single precision (BLAS sgemm).
///
/// Every caller is one thread of ours; OpenBLAS itself must be set to one thread
/// (`limitMatrixProductThreads`). The same operands give the same bits, whoever calls.
///
/// - Parameters:
///   - a: `[m, k]`, or `[k, m]` when transposed.
///   - aOperand: How `a` enters.
///   - b: `[k, n]`, or `[n, k]` when transposed.
///   - bOperand: How `b` enters.
///   - output: `[m, n]`.
///   - scale: The factor of the product.
///   - keep: The factor of what `output` held; with 0 its contents are not read.
public func multiply(
  _ a: Matrix, _ aOperand: Operand = .plain, _ b: Matrix, _ bOperand: Operand = .plain,
  into output: Matrix, scale: Float = 1, keep: Float = 0
) {
  let span = Profile.begin(
    "sgemm", work: 2 * output.rows * output.columns * (aOperand == .plain ? a.columns : a.rows))
  defer { span.end() }
  product(a, aOperand, b, bOperand, into: output, scale: scale, keep: keep)
}

/// The same without a place of its own in the profile, for products that are parts of other kernels.
func product(
  _ a: Matrix, _ aOperand: Operand = .plain, _ b: Matrix, _ bOperand: Operand = .plain,
  into output: Matrix, scale: Float = 1, keep: Float = 0
) {
  let (m, k) = aOperand == .plain ? (a.rows, a.columns) : (a.columns, a.rows)
  let (depth, n) = bOperand == .plain ? (b.rows, b.columns) : (b.columns, b.rows)
  precondition(
    k == depth && output.rows == m && output.columns == n,
    "product of [\(m), \(k)] and [\(depth), \(n)] into [\(output.rows), \(output.columns)]")
  guard m > 0, n > 0 else { return }
  guard k > 0 else {
    if keep == 0 { output.fill(0) }
    return
  }
  cblas_sgemm(
    CblasRowMajor, aOperand.blas, bOperand.blas, blasint(m), blasint(n), blasint(k), scale,
    a.pointer, blasint(a.stride), b.pointer, blasint(b.stride), keep, output.pointer,
    blasint(output.stride))
}

/// Sets how many threads OpenBLAS may use inside one product; the trainer uses one and brings its own.
public func limitMatrixProductThreads(to count: Int) {
  openblas_set_num_threads(Int32(clamping: count))
}

/// Whether the address space has room for the buffers that OpenBLAS takes, one for each thread, at a first product.
///
/// Where it gets none (`ulimit -v`), OpenBLAS tries for ever.
///
/// - Parameter threads: How many threads are going to call `multiply` at the same time.
/// - Returns: False where the address space is limited to less.
public func hasRoomForProducts(threads: Int) -> Bool {
  let buffer = 129 << 20
  let size = max(1, threads).multipliedReportingOverflow(by: buffer)
  guard !size.overflow,
    let place = mmap(
      nil, size.partialValue, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
    place != MAP_FAILED
  else { return false }
  munmap(place, size.partialValue)
  return true
}

/// The name of the processor kernels that OpenBLAS selected at run time, such as `SkylakeX`.
public func matrixProductKernelName() -> String {
  guard let name = openblas_get_corename() else { return "unknown" }
  return String(cString: name)
}

/// OpenBLAS's version and build options, such as `OpenBLAS 0.3.21 DYNAMIC_ARCH ...`.
public func matrixProductLibrary() -> String {
  guard let text = openblas_get_config() else { return "OpenBLAS" }
  return String(cString: text)
}
