internal import CProcessor
internal import Glibc
internal import KernelsAVX2
internal import Matrices

#if arch(x86_64)
  internal import KernelsAVX512
  internal import KernelsBFloat16
#endif

/// An instruction set that the numeric kernels are compiled for.
///
/// All are in the program, and the best one that the processor has is chosen when it starts. All give the
/// same bits but for products of bfloat16, which only the last one has.
public enum KernelLevel: String, CaseIterable, Sendable, Comparable {
  /// AVX2 and FMA, 16 registers of 8 floats: what the program needs at least.
  case avx2
  /// AVX-512, 32 registers of 16 floats.
  case avx512
  /// AVX-512 with products of bfloat16.
  case avx512bf16

  /// The environment variable that names a lower one than the processor has, for tests and comparisons.
  public static let variable = "TACO_KERNELS"

  /// From the lowest to the highest.
  public static func < (first: KernelLevel, second: KernelLevel) -> Bool {
    first.order < second.order
  }

  private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Whether this processor has it.
  public var isAvailable: Bool {
    switch self {
    case .avx2: processorHasAVX2()
    case .avx512: processorHasAVX512()
    case .avx512bf16: processorHasAVX512BF16()
    }
  }

  /// The best one that this processor has; nil without AVX2.
  public static var best: KernelLevel? { allCases.last { $0.isAvailable } }

  /// The one to use.
  ///
  /// - Parameter name: What `TACO_KERNELS` says, or nil.
  /// - Returns: The named one, or the best.
  /// - Throws: `KernelLevelError` for an unknown name, or where the processor lacks it.
  public static func choose(_ name: String?) throws(KernelLevelError) -> KernelLevel {
    guard let best else { throw .missingAVX2 }
    guard let name, !name.isEmpty else { return best }
    guard let level = KernelLevel(rawValue: name) else { throw .unknown(name) }
    guard level <= best else { throw .unavailable(level, best: best) }
    return level
  }

  /// The one that this process uses; chosen at the first use.
  ///
  /// A wrong `TACO_KERNELS` is refused by the program when it starts; here the best one stands in for it.
  public static let current: KernelLevel =
    (try? choose(getenv(variable).map { String(cString: $0) })) ?? best ?? .avx2

  var kernels: any VectorKernels.Type {
    #if arch(x86_64)
      switch self {
      case .avx2: KernelsAVX2.Kernels.self
      case .avx512: KernelsAVX512.Kernels.self
      case .avx512bf16: KernelsBFloat16.Kernels.self
      }
    #else
      KernelsAVX2.Kernels.self
    #endif
  }
}

/// Why no kernels, or not those that were asked for, can run.
public enum KernelLevelError: Error, Equatable, CustomStringConvertible {
  /// The processor is older than the oldest kernels.
  case missingAVX2
  /// There are no kernels of that name.
  case unknown(String)
  /// The processor lacks their instructions.
  case unavailable(KernelLevel, best: KernelLevel)

  /// What is wrong and what to do.
  public var description: String {
    let names = KernelLevel.allCases.map(\.rawValue).joined(separator: ", ")
    return switch self {
    case .missingAVX2:
      "this processor lacks AVX2 and FMA, which taco-dist needs: use one from 2013 or later"
    case .unknown(let name):
      "\(KernelLevel.variable) is '\(name)'; it may be \(names), or be left out for the best one"
    case .unavailable(let level, let best):
      "\(KernelLevel.variable) is '\(level.rawValue)', whose instructions this processor lacks; its best is "
        + "'\(best.rawValue)'"
    }
  }
}

/// The kernels that this process uses.
let kernels: any VectorKernels.Type = KernelLevel.current.kernels

/// Those of bfloat16, where the processor has them.
let pairKernels: (any PairKernels.Type)? = kernels as? any PairKernels.Type
