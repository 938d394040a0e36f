internal import Glibc

/// OpenBLAS, loaded when it is first asked for: an engine to compare with, which no run needs.
///
/// What it computes depends on the kernel that it picks for the processor. Versions that do not know a
/// processor pick one of 2004 (Prescott), at a third of the speed; then it is loaded again with the best
/// kernel that fits, unless the environment names one.
public final class OpenBLAS: @unchecked Sendable {
  /// OpenBLAS, or why it cannot be had.
  public static let shared: Result<OpenBLAS, OpenBLASError> = load()

  /// The name of the processor kernels in use, such as `SkylakeX`.
  public let kernelName: String
  /// The kernel that it had picked by itself, where another one is in use.
  public let replacedKernelName: String?
  /// Version and build options, such as `OpenBLAS 0.3.21 DYNAMIC_ARCH ...`.
  public let version: String
  private let sgemm: Sgemm

  /// cblas_sgemm: order, operands, m, n, k, scale, a, stride, b, stride, keep, c, stride.
  private typealias Sgemm =
    @convention(c) (
      CInt, CInt, CInt, CInt, CInt, CInt, Float, UnsafePointer<Float>, CInt, UnsafePointer<Float>,
      CInt, Float, UnsafeMutablePointer<Float>, CInt
    ) -> Void

  private init(_ library: Library, replaced: String?) throws(OpenBLASError) {
    sgemm = unsafeBitCast(try library.symbol("cblas_sgemm"), to: Sgemm.self)
    kernelName = library.text("openblas_get_corename") ?? "unknown"
    version = library.text("openblas_get_config") ?? "OpenBLAS"
    replacedKernelName = replaced
    // Every caller is a thread of ours.
    let limit = try library.symbol("openblas_set_num_threads")
    unsafeBitCast(limit, to: (@convention(c) (CInt) -> Void).self)(1)
  }

  /// `output = a b`, or with `adds` `output += a b`.
  func multiply(
    _ a: Matrix, _ aOperand: Operand, _ b: Matrix, _ bOperand: Operand, adds: Bool,
    into output: Matrix
  ) {
    let depth = aOperand == .plain ? a.columns : a.rows
    guard output.rows > 0, output.columns > 0 else { return }
    guard depth > 0 else {
      if !adds { output.fill(0) }
      return
    }
    let rowMajor: CInt = 101
    sgemm(
      rowMajor, aOperand.blas, bOperand.blas, CInt(output.rows), CInt(output.columns),
      CInt(depth), 1, a.pointer, CInt(a.stride), b.pointer, CInt(b.stride), adds ? 1 : 0,
      output.pointer, CInt(output.stride))
  }

  /// The kernels for AVX2 or more, by OpenBLAS's names.
  private static let modern: Set<String> = [
    "Haswell", "Zen", "Excavator", "SkylakeX", "Cooperlake", "SapphireRapids",
  ]

  /// The kernel to take in place of one that is far below the processor.
  ///
  /// - Parameters:
  ///   - picked: What OpenBLAS picked.
  ///   - forced: What the environment says, which stays.
  ///   - best: The best of our own kernels on this processor, or nil without AVX2.
  /// - Returns: Its name for OPENBLAS_CORETYPE; nil to leave things as they are.
  static func better(
    than picked: String, forced: String?, best: KernelLevel? = KernelLevel.best
  ) -> String? {
    guard forced == nil, let best, !modern.contains(picked) else { return nil }
    return best == .avx2 ? "Haswell" : "SkylakeX"
  }

  private static func load() -> Result<OpenBLAS, OpenBLASError> {
    do throws(OpenBLASError) {
      // The threads that it would start for itself have nothing to do.
      setenv("OPENBLAS_NUM_THREADS", "1", 1)
      let first = try Library()
      let picked = first.text("openblas_get_corename") ?? "unknown"
      let forced = getenv("OPENBLAS_CORETYPE").map { String(cString: $0) }
      guard let better = better(than: picked, forced: forced) else {
        return .success(try OpenBLAS(first, replaced: nil))
      }
      // It chooses while it is loaded, and only then looks at the environment.
      first.close()
      setenv("OPENBLAS_CORETYPE", better, 1)
      defer { unsetenv("OPENBLAS_CORETYPE") }
      let second = try Library()
      let now = second.text("openblas_get_corename") ?? "unknown"
      return .success(try OpenBLAS(second, replaced: now == picked ? nil : picked))
    } catch {
      return .failure(error)
    }
  }

  /// The loaded file.
  private struct Library {
    private let handle: UnsafeMutableRawPointer

    init() throws(OpenBLASError) {
      var reason = ""
      for name in ["libopenblas.so.0", "libopenblas.so"] {
        if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) {
          self.handle = handle
          return
        }
        if reason.isEmpty { reason = dlerror().map { String(cString: $0) } ?? name }
      }
      throw OpenBLASError(reason: reason)
    }

    func close() { dlclose(handle) }

    func symbol(_ name: String) throws(OpenBLASError) -> UnsafeMutableRawPointer {
      guard let symbol = dlsym(handle, name) else {
        throw OpenBLASError(reason: "the library has no \(name)")
      }
      return symbol
    }

    func text(_ name: String) -> String? {
      guard let symbol = dlsym(handle, name) else { return nil }
      typealias Text = @convention(c) () -> UnsafePointer<CChar>?
      return unsafeBitCast(symbol, to: Text.self)().map { String(cString: $0) }
    }
  }
}

/// Why OpenBLAS cannot be loaded.
public struct OpenBLASError: Error, CustomStringConvertible {
  /// What the system says.
  public let reason: String

  /// What is wrong and what to do.
  public var description: String {
    "OpenBLAS cannot be loaded (\(reason)): install it (Debian: libopenblas0-pthread), or let LD_LIBRARY_PATH "
      + "name its folder"
  }
}

extension Operand {
  fileprivate var blas: CInt { self == .plain ? 111 : 112 }
}
