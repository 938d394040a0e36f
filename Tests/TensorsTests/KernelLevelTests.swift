import Testing

@testable import Tensors

/// Which kernels are chosen, of ours and of OpenBLAS's.
@Suite struct KernelLevelTests {
  @Test func theBestIsChosenAndALowerOneCanBe() throws {
    let best = try #require(KernelLevel.best)
    for name in [nil, ""] { #expect(try KernelLevel.choose(name) == best) }
    for level in KernelLevel.allCases where level <= best {
      #expect(level.isAvailable)
      #expect(try KernelLevel.choose(level.rawValue) == level)
    }
  }

  @Test func unknownAndMissingOnesAreRefused() throws {
    let best = try #require(KernelLevel.best)
    for name in ["sse", "AVX2", "avx2 "] {
      #expect(throws: KernelLevelError.unknown(name)) { try KernelLevel.choose(name) }
    }
    for level in KernelLevel.allCases where level > best {
      #expect(!level.isAvailable)
      #expect(throws: KernelLevelError.unavailable(level, best: best)) {
        try KernelLevel.choose(level.rawValue)
      }
    }
    #expect(
      "\(KernelLevelError.unknown("sse"))"
        == "TACO_KERNELS is 'sse'; it may be avx2, avx512, avx512bf16, or be left out for the best one"
    )
  }

  /// OpenBLAS 0.3.21 picks Prescott on processors that it does not know.
  @Test func openBLASIsHelpedWhereItPicksAKernelFarBelow() {
    func better(_ picked: String, forced: String? = nil, _ best: KernelLevel?) -> String? {
      OpenBLAS.better(than: picked, forced: forced, best: best)
    }
    #expect(better("Prescott", .avx2) == "Haswell")
    #expect(better("Prescott", .avx512bf16) == "SkylakeX")
    #expect(better("Core2", .avx512) == "SkylakeX")
    #expect(better("Prescott", nil) == nil)
    #expect(better("Prescott", forced: "Prescott", .avx512) == nil)
    for good in ["Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"] {
      #expect(better(good, .avx512) == nil)
    }
  }

  @Test func ratesArePlausible() {
    // Other tests run beside this one and take turns on the cores: the fastest peak is near the true one, and the
    // slowest products are at most that.
    let found = (0..<8).map { _ in
      (peak: ProductRate.peak(seconds: 0.02), products: ProductRate.products(seconds: 0.02))
    }
    let peak = found.map(\.peak).max() ?? 0
    let products = found.map(\.products).min() ?? 0
    // A core does between one and a few hundred billion operations a second.
    #expect(peak > 1e9 && peak < 1e12)
    #expect(products > 1e7 && products < 1.2 * peak, "\(found)")
  }
}
