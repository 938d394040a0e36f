import Foundation
import Testing

@testable import Tensors

/// The vector functions against Foundation's in double precision, over all arguments that matter.
@Suite struct ExponentialTests {
  /// Units in the last place of a single-precision number that two values differ by.
  private func units(_ found: Float, _ expected: Double) -> Double {
    abs(Double(found) - expected) / Double(Float(expected).ulp)
  }

  private func forEachArgument(
    from low: Double, to high: Double, steps: Int, _ body: (Lanes) -> Void
  ) {
    let width = (high - low) / Double(steps * 16)
    for block in 0..<steps {
      var x = Lanes.zero
      for lane in 0..<16 { x[lane] = Float(low + width * Double(block * 16 + lane)) }
      body(x)
    }
  }

  @Test func exponentialIsWithinTwoUnits() {
    var worst = 0.0
    for (low, high) in [(-87.0, 88.0), (-1, 1), (-1e-3, 1e-3)] {
      forEachArgument(from: low, to: high, steps: 6000) { x in
        let e = exponential(x)
        for lane in 0..<16 { worst = max(worst, units(e[lane], exp(Double(x[lane])))) }
      }
    }
    #expect(worst <= 2, "\(worst) units in the last place")
    #expect(exponential(Lanes.zero) == Lanes(repeating: 1))
  }

  /// Beyond -87...88 the value stays what it is there: tiny, not 0, and large, not infinite.
  @Test func exponentialStopsWhereSinglePrecisionEnds() {
    let low = exponential(Lanes(repeating: -87))[0]
    let high = exponential(Lanes(repeating: 88))[0]
    #expect(low > 1.6e-38 && low < 1.7e-38 && high > 1.6e38 && high.isFinite)
    for beyond in [-87.5, -104, -1e6, -.infinity] as [Float] {
      #expect(exponential(Lanes(repeating: beyond))[3] == low)
    }
    for beyond in [88.5, 200, 1e30, .infinity] as [Float] {
      #expect(exponential(Lanes(repeating: beyond))[3] == high)
    }
    #expect(exponential(Lanes(repeating: .nan))[0].isNaN)
  }

  @Test func exponentialRises() {
    var last: Float = 0
    forEachArgument(from: -20, to: 20, steps: 4000) { x in
      let e = exponential(x)
      for lane in 0..<16 {
        // Neighbours that differ by less than the error may change places by a unit or two.
        if e[lane] < last * (1 - 3e-7) { Issue.record("exp falls at \(x[lane])") }
        last = e[lane]
      }
    }
  }

  @Test func errorFunctionIsWithinAFewUnits() {
    var (worst, worstUnits) = (0.0, 0.0)
    for (low, high) in [(-6.0, 6.0), (-1, 1), (-1e-2, 1e-2)] {
      forEachArgument(from: low, to: high, steps: 6000) { x in
        let e = errorFunction(x)
        for lane in 0..<16 {
          let expected = erf(Double(x[lane]))
          worst = max(worst, abs(Double(e[lane]) - expected))
          if expected != 0 { worstUnits = max(worstUnits, units(e[lane], expected)) }
        }
      }
    }
    #expect(worst <= 4e-7, "\(worst) absolute")
    #expect(worstUnits <= 8, "\(worstUnits) units in the last place")
  }

  @Test func errorFunctionIsOddAndBounded() {
    forEachArgument(from: 0, to: 12, steps: 500) { x in
      let (positive, negative) = (errorFunction(x), errorFunction(Lanes.zero - x))
      #expect(positive == Lanes.zero - negative)
      for lane in 0..<16 where positive[lane] < 0 || positive[lane] > 1.000_000_4 {
        Issue.record("erf(\(x[lane])) is \(positive[lane])")
      }
    }
    #expect(abs(errorFunction(Lanes(repeating: .infinity))[0] - 1) < 4e-7)
    #expect(abs(errorFunction(Lanes(repeating: -.infinity))[0] + 1) < 4e-7)
    #expect(errorFunction(Lanes(repeating: .nan))[0].isNaN)
  }

  /// The largest score may stand in any lane.
  @Test func softmaxFindsTheLargest() {
    for place in 0..<16 {
      let row = Grid(1, 16, repeating: -300)
      row.vector[place] = -200
      softmaxForward(row.vector)
      #expect(row.floats[place] == 1 && row.isIntact)
    }
  }
}

private typealias Lanes = SIMD16<Float>

private func exponential(_ x: Lanes) -> Lanes { through(x, kernels.exponential) }

private func errorFunction(_ x: Lanes) -> Lanes { through(x, kernels.errorFunction) }

private func through(_ x: Lanes, _ function: (Vector) -> Void) -> Lanes {
  let storage = Storage(count: 16)
  for lane in 0..<16 { storage.vector[lane] = x[lane] }
  function(storage.vector)
  return Lanes(storage.vector.array)
}
