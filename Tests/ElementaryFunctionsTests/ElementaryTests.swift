import ElementaryFunctions
import Foundation
import Testing

/// Accuracy against the C library's functions, and bits that may never change: they decide runs.
@Suite struct ElementaryTests {
  private func arguments(_ low: Double, _ high: Double, _ count: Int = 20_000) -> [Double] {
    (0...count).map { low + (high - low) * Double($0) / Double(count) }
  }

  /// Units in the last place.
  private func error(_ found: Double, _ expected: Double) -> Double {
    found == expected ? 0 : abs(found - expected) / max(expected.ulp, .leastNonzeroMagnitude)
  }

  @Test func exponential() {
    for x in arguments(-745, 709.7) + arguments(-1, 1) + arguments(-1e-8, 1e-8) {
      #expect(error(Elementary.exp(x), exp(x)) <= 1, "\(x)")
    }
    #expect(Elementary.exp(0) == 1 && Elementary.exp(-0.0) == 1)
    #expect(Elementary.exp(710) == .infinity && Elementary.exp(.infinity) == .infinity)
    #expect(Elementary.exp(-746) == 0 && Elementary.exp(-.infinity) == 0)
    #expect(Elementary.exp(.nan).isNaN)
  }

  @Test func logarithm() {
    for x in arguments(1e-3, 10) + arguments(0.9, 1.1) + arguments(1e-300, 1e-290, 100) {
      guard x > 0 else { continue }
      #expect(error(Elementary.log(x), log(x)) <= 1, "\(x)")
    }
    for exponent in stride(from: -1074, through: 1023, by: 7) {
      let x = 1.37 * pow(2, Double(exponent))
      #expect(error(Elementary.log(x), log(x)) <= 1, "\(x)")
    }
    #expect(Elementary.log(1) == 0 && Elementary.log(0) == -.infinity)
    #expect(Elementary.log(-1).isNaN && Elementary.log(.nan).isNaN)
    #expect(Elementary.log(.infinity) == .infinity)
  }

  @Test func errorFunction() {
    for x in arguments(-6.5, 6.5) + arguments(-1e-3, 1e-3) {
      #expect(error(Elementary.erf(x), erf(x)) <= 16, "\(x)")
    }
    #expect(Elementary.erf(0) == 0 && Elementary.erf(.infinity) == 1)
    #expect(Elementary.erf(-.infinity) == -1 && Elementary.erf(.nan).isNaN)
  }

  @Test func cosine() {
    for turns in arguments(0, 1) + arguments(-3, 3) {
      #expect(abs(Elementary.cosine(turns: turns) - cos(2 * .pi * turns)) < 4e-15, "\(turns)")
    }
    let eighths = (0...8).map { Elementary.cosine(turns: Double($0) / 8) }
    #expect(eighths[0] == 1 && eighths[2] == 0 && eighths[4] == -1 && eighths[6] == 0)
    #expect(abs(eighths[1] - 0.5.squareRoot()) < 2e-16 && eighths[1] == -eighths[3])
  }

  @Test func hyperbolic() {
    for x in arguments(-25, 25) + arguments(-1.1, 1.1) + arguments(-1e-8, 1e-8) {
      #expect(error(Elementary.tanh(x), tanh(x)) <= 4, "\(x)")
    }
    for x in arguments(-0.999, 0.999) + arguments(-0.3, 0.3) + arguments(-1e-8, 1e-8) {
      #expect(error(Elementary.artanh(x), atanh(x)) <= 6, "\(x)")
    }
    #expect(Elementary.tanhRatio(0) == 1 && Elementary.artanhRatio(0) == 1)
    #expect(Elementary.tanh(700) == 1 && Elementary.tanh(-.infinity) == -1)
    #expect(Elementary.artanh(1) == .infinity && Elementary.artanh(1.5).isNaN)
    for x in arguments(0, 4) + arguments(0, 1e-9, 100) + arguments(1, 1e6, 1000) {
      // arcosh(1 + x) = 2 arsinh(sqrt(x / 2)), which the C library has to all digits.
      let expected = 2 * asinh((x / 2).squareRoot())
      #expect(error(Elementary.arcosh(onePlus: x), expected) <= 8, "\(x)")
    }
  }

  /// Recorded once; another compiler, processor or C library gives the same.
  @Test func bitsAreFixed() {
    var state: UInt64 = 0
    for x in arguments(-40, 40, 1000) {
      for value in [Elementary.exp(x), Elementary.log(abs(x)), Elementary.cosine(turns: x)] {
        state = (state ^ value.bitPattern) &* 0x9E37_79B9_7F4A_7C15
        state ^= state >> 29
      }
    }
    #expect(state == 16_923_454_714_494_693_391)
  }
}
