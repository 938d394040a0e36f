import Testing

@testable import Training

/// Clipping against `torch.nn.utils.clip_grad_norm_` (PyTorch 2, float32).
@Suite struct GradientClipTests {
  private static let gradient: [Float] = [0.3, -1.25, 2.5, 0.0625, -7]

  /// What PyTorch leaves of the gradient at a largest norm.
  @Test(
    arguments: [
      (
        1,
        [
          0.039768632501363754, -0.16570262610912323, 0.33140525221824646, 0.008285131305456161,
          -0.9279347062110901,
        ]
      ),
      (
        0.1,
        [
          0.003976863343268633, -0.016570262610912323, 0.033140525221824646, 0.000828513118904084,
          -0.09279347211122513,
        ]
      ),
      (100, [0.30000001192092896, -1.25, 2.5, 0.0625, -7]),
    ] as [(Double, [Float])])
  func clippedAsInTorch(largest: Double, expected: [Float]) {
    var rule = AdamW(variant: .torch, weightDecay: 0)
    rule.gradientClip = largest
    let norm = Self.gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let factor = rule.clipFactor(norm: norm)
    for (value, expected) in zip(Self.gradient, expected) {
      // The factor's last bit: PyTorch rounds the norm to float32 first.
      #expect(abs(value * factor - expected) <= 2 * expected.ulp.magnitude)
    }
  }

  @Test func withoutALimitNothingIsScaled() {
    let rule = AdamW(variant: .torch, weightDecay: 0)
    #expect(rule.clipFactor(norm: 1e30) == 1)
    var limited = rule
    limited.gradientClip = 1
    #expect(limited.clipFactor(norm: 0) == 1)
    #expect(limited.clipFactor(norm: 1) == Float(1 / (1 + 1e-6)))
  }

  /// Beyond it the second moments would be infinite, which no checkpoint may hold.
  @Test func squaresBeyondFloatAreSeen() {
    var rule = AdamW(variant: .torch, weightDecay: 0)
    #expect(rule.holdsSquares(ofNorm: 1e19))
    for norm in [2e19, .infinity, .nan] { #expect(!rule.holdsSquares(ofNorm: norm)) }
    rule.gradientClip = 1
    #expect(rule.holdsSquares(ofNorm: 2e19))
    for norm in [Double.infinity, .nan] { #expect(!rule.holdsSquares(ofNorm: norm)) }
  }
}
