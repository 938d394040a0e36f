import Tensors
import Testing

@Suite struct PhiloxTests {
  /// The vectors of `philox4x32 10` in Random123's kat_vectors.
  @Test func knownAnswers() {
    let ones = UInt32.max
    #expect(
      Philox.words(counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0))
        == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      Philox.words(counter: SIMD4(ones, ones, ones, ones), key: SIMD2(ones, ones))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Philox.words(
        counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: SIMD2(0xa409_3822, 0x299f_31d0))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func everyPartOfTheKeyMatters() {
    let keys = [
      KeyedRandom(seed: 1, purpose: .dropout, step: 2, stream: 3),
      KeyedRandom(seed: 1 << 32, purpose: .dropout, step: 2, stream: 3),
      KeyedRandom(seed: 1, purpose: .clustering, step: 2, stream: 3),
      KeyedRandom(seed: 1, purpose: .dropout, step: 3, stream: 3),
      KeyedRandom(seed: 1, purpose: .dropout, step: 2 << 32, stream: 3),
      KeyedRandom(seed: 1, purpose: .dropout, step: 2, stream: 2),
    ]
    #expect(Set(keys).count == keys.count)
    #expect(keys[0] == KeyedRandom(seed: 1, purpose: .dropout, step: 2, stream: 3))
  }

  @Test func uniformNumbersAreUniform() {
    let random = KeyedRandom(seed: 7, purpose: .sampling)
    let numbers = (0..<20_000).map { random.uniform($0) }
    #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(Set(numbers).count == numbers.count)
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let square = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
    #expect(abs(mean - 0.5) < 0.01)
    #expect(abs(square - 1.0 / 3) < 0.01)
    #expect(random.uniform(1 << 40) != random.uniform(0))
  }
}
