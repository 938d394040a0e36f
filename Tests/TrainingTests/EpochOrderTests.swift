import Testing

@testable import Training

/// The order of examples in epochs.
@Suite struct EpochOrderTests {
  @Test(arguments: [1, 2, 7, 64, 1000])
  func everyEpochIsAPermutation(count: Int) {
    let order = EpochOrder(count: count, batchSize: 8, seed: 3)
    for epoch in 0..<4 {
      let permutation = order.permutation(ofEpoch: epoch)
      #expect(permutation.sorted() == Array(0..<count))
      #expect(permutation == order.permutation(ofEpoch: epoch))
    }
  }

  @Test func epochsAndSeedsDiffer() {
    let order = EpochOrder(count: 50, batchSize: 8, seed: 3)
    let orders = (0..<5).map { order.permutation(ofEpoch: $0) }
    let other = EpochOrder(count: 50, batchSize: 8, seed: 4)
    #expect(Set(orders + [other.permutation(ofEpoch: 0), Array(0..<50)]).count == 7)
  }

  @Test(arguments: [(20, 8, [8, 8, 4]), (16, 8, [8, 8]), (3, 8, [3]), (1, 1, [1])])
  func batchesAreTheEpochInPieces(count: Int, batchSize: Int, sizes: [Int]) {
    let order = EpochOrder(count: count, batchSize: batchSize, seed: 0)
    let permutation = order.permutation(ofEpoch: 1)
    #expect(order.stepsPerEpoch == sizes.count)
    let batches = (0..<order.stepsPerEpoch).map { order.batch($0, of: permutation) }
    #expect(batches.map(\.count) == sizes)
    #expect(Array(batches.joined()) == permutation)
  }

  /// Every example comes first about equally often.
  @Test func placesAreUniform() {
    let order = EpochOrder(count: 5, batchSize: 8, seed: 9)
    var counts = [[Int]](repeating: [0, 0, 0, 0, 0], count: 5)
    let epochs = 4000
    for epoch in 0..<epochs {
      for (place, example) in order.permutation(ofEpoch: epoch).enumerated() {
        counts[place][example] += 1
      }
    }
    let deviation = (Double(epochs) * 0.2 * 0.8).squareRoot()
    for count in counts.joined() {
      #expect(abs(Double(count) - Double(epochs) / 5) < 5 * deviation)
    }
  }
}
