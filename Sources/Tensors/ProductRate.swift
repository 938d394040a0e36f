internal import Glibc

/// How fast this process's threads compute, measured for a fraction of a second.
public enum ProductRate {
  /// What one core's arithmetic units can do at most, by fused multiply-adds in registers alone.
  ///
  /// - Parameter seconds: How long to measure.
  /// - Returns: Floating-point operations a second.
  public static func peak(seconds: Double = 0.05) -> Double {
    rate(seconds) {
      let result = kernels.multiplyAdd(rounds: 20_000)
      // The sum is near 1; asking keeps the loop.
      return result.sum.isNaN ? 0 : result.operations
    }
  }

  /// What products of the encoder's shapes do on the calling thread.
  ///
  /// - Parameters:
  ///   - precision: How they are computed.
  ///   - seconds: How long to measure.
  ///   - engine: Who computes them; the process's engine stays as it is.
  /// - Returns: Floating-point operations a second; 0 where OpenBLAS cannot be loaded.
  public static func products(
    _ precision: ProductPrecision = .float32, seconds: Double = 0.05, engine: ProductEngine = .own
  ) -> Double {
    let (m, k, n) = (264, 384, 1536)
    let workspace = Workspace()
    let (a, b) = (workspace.matrix(m, k), workspace.matrix(k, n))
    let c = workspace.matrix(m, n)
    for matrix in [a, b] { matrix.fill(0.01) }
    if engine == .openblas {
      guard let library = try? OpenBLAS.shared.get() else { return 0 }
      return rate(seconds) {
        library.multiply(a, .plain, b, .plain, adds: false, into: c)
        return 2 * m * k * n
      }
    }
    let packed = PackedOperand(b, .plain, precision: precision, memory: workspace.scratch)
    return rate(seconds) {
      multiply(a, packed, into: c, workspace)
      return 2 * m * k * n
    }
  }

  /// How fast the calling thread copies weights into the order in which products read them.
  ///
  /// - Parameter seconds: How long to measure.
  /// - Returns: Floats a second.
  public static func packing(seconds: Double = 0.05) -> Double {
    let workspace = Workspace()
    // More than caches hold, as the weights of a layer are.
    let matrix = workspace.matrix(2048, 2048)
    matrix.fill(0.01)
    return rate(seconds) {
      let mark = workspace.mark
      defer { workspace.release(to: mark) }
      _ = PackedOperand(matrix, .transposed, memory: workspace.scratch)
      return matrix.rows * matrix.columns
    }
  }

  /// Whether products of bfloat16 are at least a little faster here than those of float32; nil where the
  /// processor has none.
  public static var bfloat16Pays: (pays: Bool, bfloat16: Double, float32: Double)? {
    guard ProductPrecision.bfloat16.isAvailable else { return nil }
    let (rounded, single) = (products(.bfloat16, seconds: 0.02), products(seconds: 0.02))
    return (rounded > 1.1 * single, rounded, single)
  }

  /// The operations of `body`, repeated, a second; the first round is not counted.
  private static func rate(_ seconds: Double, _ body: () -> Int) -> Double {
    _ = body()
    var operations = 0
    let start = now
    var elapsed = 0.0
    repeat {
      operations += body()
      elapsed = now - start
    } while elapsed < seconds
    return Double(operations) / elapsed
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
