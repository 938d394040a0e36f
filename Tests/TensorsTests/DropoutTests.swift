import Tensors
import Testing

/// Dropout masks against the scalar Philox, word for word, and against the statistics they promise.
@Suite struct DropoutTests {
  private let key = KeyedRandom(seed: 9, purpose: .dropout, step: 4, stream: 2).key

  private func factors(
    _ rate: Double, row: Int, line: Int, count: Int, key: SIMD2<UInt32>? = nil
  ) -> [Float] {
    let storage = Storage(count: count)
    storage.vector.fill(1)
    DropoutSite(key: key ?? self.key, rate: rate).apply(to: storage.vector, row: row, line: line)
    return storage.vector.array
  }

  /// The 16 bits of an element by the documented mapping.
  private func bits(_ element: Int, row: Int, line: Int) -> Int {
    let counter = SIMD4(
      UInt32(element / 128 * 16 + element % 16), UInt32(line), UInt32(row), 0)
    let slot = element % 128 / 16
    let word = Philox.words(counter: counter, key: key)[slot / 2]
    return Int(slot % 2 == 0 ? word & 0xFFFF : word >> 16)
  }

  /// An element is kept at the rate of its own bits and dropped at the next one: all 16 bits agree.
  @Test(arguments: [(0, 0), (3, 511), (70_000, 1), (1, 65_537)])
  func everyBitEqualsTheScalarGenerator(row: Int, line: Int) {
    let count = 300
    for element in 0..<count {
      let own = bits(element, row: row, line: line)
      #expect(
        factors(Double(own) / 65536, row: row, line: line, count: count)[element] > 0,
        "element \(element) dropped too early")
      guard own < 65535 else { continue }
      #expect(
        factors(Double(own + 1) / 65536, row: row, line: line, count: count)[element] == 0,
        "element \(element) dropped too late")
    }
  }

  @Test(arguments: [0.1, 0.25, 0.5, 0.9])
  func theRateIsKeptAndTheMeanToo(rate: Double) {
    let (lines, count) = (400, 1000)
    var (dropped, sum) = (0, 0.0)
    for line in 0..<lines {
      for factor in factors(rate, row: 7, line: line, count: count) {
        if factor == 0 { dropped += 1 }
        sum += Double(factor)
      }
    }
    let total = Double(lines * count)
    let deviation = (rate * (1 - rate) / total).squareRoot()
    #expect(abs(Double(dropped) / total - rate) < 5 * deviation)
    #expect(abs(sum / total - 1) < 5 * deviation / (1 - rate))
  }

  @Test func aLineDoesNotDependOnItsLength() {
    let long = factors(0.3, row: 1, line: 2, count: 1000)
    for count in [1, 15, 16, 17, 127, 128, 129, 500] {
      #expect(factors(0.3, row: 1, line: 2, count: count) == Array(long[..<count]))
    }
  }

  /// Masks of neighbouring rows, lines, groups and keys agree as often as independent ones.
  @Test func rowsLinesAndKeysAreIndependent() {
    let (count, rate) = (20_000, 0.3)
    let mask = factors(rate, row: 5, line: 6, count: count)
    let other = KeyedRandom(seed: 9, purpose: .dropout, step: 5, stream: 2).key
    let others = [
      factors(rate, row: 6, line: 5, count: count), factors(rate, row: 5, line: 7, count: count),
      factors(rate, row: 4, line: 6, count: count),
      factors(rate, row: 5, line: 6, count: count, key: other),
      Array(mask[16...]) + mask[..<16], Array(mask[128...]) + mask[..<128],
    ]
    let expected = rate * rate + (1 - rate) * (1 - rate)
    let deviation = (expected * (1 - expected) / Double(count)).squareRoot()
    for (index, second) in others.enumerated() {
      let agreement = Double(zip(mask, second).count { $0 == $1 }) / Double(count)
      #expect(abs(agreement - expected) < 5 * deviation, "comparison \(index)")
    }
  }

  @Test func rateZeroKeepsEverythingAndRatesAreRounded() {
    #expect(factors(0, row: 3, line: 4, count: 200) == Array(repeating: 1, count: 200))
    #expect(factors(1e-9, row: 3, line: 4, count: 200) == Array(repeating: 1, count: 200))
    #expect(DropoutSite(key: key, rate: 0.1).rate == 6554.0 / 65536)
    #expect(DropoutSite(key: key, rate: 0.999_999_9).rate == 65535.0 / 65536)
    #expect(factors(0.5, row: 0, line: 0, count: 99).allSatisfy { $0 == 0 || $0 == 2 })
  }

  @Test(arguments: [1, 16, 33, 130, 384], [nil, 0.0, 0.1, 0.6])
  func residualForwardAndBackwardDropTheSame(columns: Int, rate: Double?) {
    let tokens = TokenRows(rows: [4, 4, 9], positions: [0, 1, 0])
    let site = rate.map { DropoutSite(key: key, rate: $0) }
    let masks = zip(tokens.rows, tokens.positions).flatMap { row, position in
      rate.map { factors($0, row: row, line: position, count: columns).map(Double.init) }
        ?? Array(repeating: 1, count: columns)
    }
    let (output, residual) = (Grid(3, columns, stream: 40), Grid(3, columns, stream: 41))
    let bias = Grid(1, columns, stream: 42)
    let (product, shift, input) = (output.values, bias.values, residual.values)
    let expected = masks.indices.map {
      (product[$0] + shift[$0 % columns]) * masks[$0] + input[$0]
    }
    residualForward(
      output.matrix, bias: bias.vector, residual: residual.matrix, dropout: site, tokens: tokens)
    #expect(difference(output.values, expected) < 1e-6)

    let gradient = Grid(3, columns, stream: 43)
    let (dOutput, dBias) = (Grid(3, columns), Grid(1, columns))
    residualBackward(
      gradient.matrix, into: dOutput.matrix, dBias: dBias.vector, dropout: site, tokens: tokens,
      Workspace())
    let dExpected = zip(gradient.values, masks).map(*)
    #expect(difference(dOutput.values, dExpected) < 1e-6)
    let sums = (0..<columns).map { column in
      (0..<3).reduce(0) { $0 + dExpected[$1 * columns + column] }
    }
    #expect(difference(dBias.values, sums) < 1e-6)
    #expect(areIntact(output, residual, gradient, dOutput, dBias))
  }
}
