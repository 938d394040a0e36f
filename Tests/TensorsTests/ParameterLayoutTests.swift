import Tensors
import Testing

/// Places of parameters in the flat buffer: stacking, padding, starting values.
@Suite struct ParameterLayoutTests {
  private var layout = ParameterLayout()
  private let stacked: ParameterSlot
  private let vector: ParameterSlot
  private let second: ParameterSlot

  init() {
    layout.beginBlock("first")
    stacked = layout.add(stacked: ["q", "k", "v"].map { ($0, [3, 5]) }, .normal(0.5))
    vector = layout.add("bias", [7], .constant(3))
    layout.beginBlock("second")
    second = layout.add("table", [2, 9], .uniform(0.25))
  }

  @Test func stackedParametersAreOneMatrixWithoutGaps() {
    #expect(layout.entries.map(\.name) == ["q", "k", "v", "bias", "table"])
    #expect(layout.entries.map(\.offset) == [0, 15, 30, 48, 64])
    #expect(stacked.rows == 9 && stacked.columns == 5 && stacked.block == 0)
    #expect(vector.rows == 7 && vector.columns == 1 && vector.offsetInBlock == 48)
    #expect(second.offset == 64 && second.offsetInBlock == 0 && second.block == 1)
    #expect(layout.blocks.map(\.range) == [0..<64, 64..<96] && layout.count == 96)
    #expect(layout.entry(named: "k")?.range == 15..<30)
    #expect(layout.entry(named: "K") == nil)
  }

  @Test func slotsAreTheSamePlacesInBufferAndBlock() {
    let storage = Storage(count: layout.count)
    for index in 0..<layout.count { storage.vector[index] = Float(index) }
    let parameters = storage.vector
    #expect(stacked.matrix(in: parameters).row(4).array == [20, 21, 22, 23, 24])
    #expect(stacked.matrix(in: parameters, rows: 3..<6).row(1).array == [20, 21, 22, 23, 24])
    #expect(vector.vector(in: parameters).array == (48...54).map(Float.init))
    let block = parameters[layout.blocks[1].range]
    #expect(second.matrix(inBlock: block).row(1).array == (73...81).map(Float.init))
    #expect(second.vector(inBlock: block).array == second.vector(in: parameters).array)
  }

  @Test func onlyPaddingIsCleared() {
    let own = Set(layout.entries.flatMap { Array($0.range) })
    for block in layout.blocks {
      let gradient = Storage(count: block.range.count)
      gradient.vector.fill(1)
      layout.clearPadding(of: block, in: gradient.vector)
      let expected = block.range.map { own.contains($0) ? Float(1) : 0 }
      #expect(gradient.vector.array == expected)
    }
  }

  @Test func startingValuesAreAFunctionOfTheSeed() {
    func values(_ seed: UInt64) -> [Float] {
      let storage = Storage(count: layout.count)
      layout.initialize(storage.vector, seed: seed)
      return storage.vector.array
    }
    let first = values(1)
    #expect(first == values(1) && first != values(2))
    #expect(Array(first[0..<15]) != Array(first[15..<30]), "equal shapes start alike")
    #expect(first[48..<55].allSatisfy { $0 == 3 })
    #expect(first[64..<82].allSatisfy { abs($0) <= 0.25 })
    #expect(Set(first[64..<82]).count == 18)
    #expect((first[45..<48] + first[55..<64] + first[82...]).allSatisfy { $0 == 0 })
  }

  @Test func normalStartingValuesHaveTheirDeviation() {
    var layout = ParameterLayout()
    layout.beginBlock("block")
    let slot = layout.add("weight", [200, 100], .normal(0.02))
    let storage = Storage(count: layout.count)
    layout.initialize(storage.vector, seed: 3)
    let values = slot.vector(in: storage.vector).array.map(Double.init)
    let mean = values.reduce(0, +) / 20_000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 20_000
    #expect(abs(mean) < 5 * 0.02 / 20_000.0.squareRoot())
    #expect(abs(variance.squareRoot() / 0.02 - 1) < 5 / 40_000.0.squareRoot())
  }
}
