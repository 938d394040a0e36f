/// The counter-based generator Philox 4x32-10, exactly as Random123 has it.
///
/// Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (2011). It is a
/// function, not a state: the same counter and key give the same words on every machine.
public enum Philox {
  /// The four random words of one counter under one key.
  @inlinable
  public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
    var (k0, k1) = (key.x, key.y)
    for _ in 0..<10 {
      let (high0, low0) = c0.multipliedFullWidth(by: 0xD251_1F53)
      let (high1, low1) = c2.multipliedFullWidth(by: 0xCD9E_8D57)
      (c0, c1, c2, c3) = (high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return SIMD4(c0, c1, c2, c3)
  }
}

/// Random numbers keyed by what they are for; any of them can be had at any time, in any order.
///
/// Seed, purpose, step and stream are hashed into one Philox key (two equal keys among n have
/// probability n * n / 2^65), so that the whole 128-bit counter is left to the user.
public struct KeyedRandom: Sendable, Hashable {
  /// What the numbers are used for; two purposes never share numbers.
  public enum Purpose: UInt32, Sendable, CaseIterable {
    /// Starting values of parameters; the stream tells the parameter.
    case initialization = 1
    /// The order of an epoch's examples.
    case ordering = 2
    /// Dropout masks; the stream tells layer and site.
    case dropout = 3
    /// Seeding of k-means; the stream tells the restart.
    case clustering = 4
    /// Partition of a data set into splits, and other samples of data.
    case sampling = 5
    /// What an objective draws: dropout in its own layers, say; the stream tells the site.
    case objective = 6
    /// The task of a step, the pairs that it makes and the tokens that it hides.
    case pairs = 7
  }

  /// The Philox key, for vector kernels that compute the words themselves.
  public let key: SIMD2<UInt32>

  /// Makes the generator of one purpose at one step.
  @inlinable
  public init(seed: UInt64, purpose: Purpose, step: UInt64 = 0, stream: UInt32 = 0) {
    let words = Philox.words(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32), stream,
        purpose.rawValue),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    key = SIMD2(words.x, words.y)
  }

  /// The four random words of a counter.
  @inlinable
  public func uInt32x4(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    Philox.words(counter: counter, key: key)
  }

  /// The uniform number of an index: a multiple of 2^-53 in [0, 1).
  @inlinable
  public func uniform(_ index: UInt64) -> Double {
    let block = index >> 1
    let words = uInt32x4(
      SIMD4(UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), 0, 0))
    let (high, low) = index & 1 == 0 ? (words.x, words.y) : (words.z, words.w)
    return Double((UInt64(high) << 32 | UInt64(low)) >> 11) * 0x1p-53
  }
}
