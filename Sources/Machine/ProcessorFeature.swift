/// Instruction sets of x86-64 that compilers use unasked, by their names in `/proc/cpuinfo`.
///
/// The order is that of the bits which the kernels report, in `CProcessor`.
public enum ProcessorFeature: String, CaseIterable, Sendable {
  case pni, ssse3
  case sse41 = "sse4_1"
  case sse42 = "sse4_2"
  case popcnt, sse4a, avx, f16c, avx2, fma, bmi1, bmi2, abm, movbe, adx, gfni
  case avx512f, avx512cd, avx512bw, avx512dq, avx512vl, avx512ifma, avx512vbmi
  case avx512vbmi2 = "avx512_vbmi2"
  case avx512vnni = "avx512_vnni"
  case avx512bitalg = "avx512_bitalg"
  case avx512vpopcntdq = "avx512_vpopcntdq"
  case avx512bf16 = "avx512_bf16"
  case avx512fp16 = "avx512_fp16"
  case avxvnni = "avx_vnni"

  /// Its name in `/proc/cpuinfo`.
  public var name: String { rawValue }

  /// The features whose bits are set.
  public static func features(bits: UInt64) -> [ProcessorFeature] {
    allCases.enumerated().filter { bits >> UInt64($0.offset) & 1 == 1 }.map(\.element)
  }
}

/// The processor of this host, as the kernel describes it.
public struct Processor: Sendable, Equatable {
  /// The model's name; `unknown` where there is none.
  public let model: String
  /// The names of all that it can do.
  public let features: Set<String>

  /// Reads a text like that of `/proc/cpuinfo`; its first processor counts.
  public init(cpuinfo: String) {
    var model = "unknown"
    var features: Set<String>?
    for line in cpuinfo.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard let key = parts.first?.split(separator: "\t").first, parts.count == 2 else { continue }
      if key == "model name", model == "unknown" { model = String(parts[1].dropFirst()) }
      if key == "flags", features == nil {
        features = Set(parts[1].split(separator: " ").map(String.init))
      }
    }
    self.model = model
    self.features = features ?? []
  }

  /// What a program needs and this processor lacks.
  ///
  /// - Parameter bits: What the program was compiled for.
  /// - Returns: The names; none where the kernel names no features at all, as on other architectures.
  public func missing(bits: UInt64) -> [String] {
    guard !features.isEmpty else { return [] }
    return ProcessorFeature.features(bits: bits).map(\.name).filter { !features.contains($0) }
  }

  /// The highest of the levels `x86-64`, `x86-64-v2`, `-v3`, `-v4` that it reaches: a value for TACO_CPU.
  public var level: String {
    let levels: [(String, [ProcessorFeature])] = [
      ("x86-64-v2", [.pni, .ssse3, .sse41, .sse42, .popcnt]),
      ("x86-64-v3", [.avx, .avx2, .bmi1, .bmi2, .f16c, .fma, .abm, .movbe]),
      ("x86-64-v4", [.avx512f, .avx512bw, .avx512cd, .avx512dq, .avx512vl]),
    ]
    var level = "x86-64"
    for (name, needs) in levels {
      guard needs.allSatisfy({ features.contains($0.name) }) else { break }
      level = name
    }
    return level
  }
}
