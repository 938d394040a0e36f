import Encoders
import Tensors
import Testing

@testable import Distribution
@testable import Training

/// Rows of the token embeddings whose updates wait get the bits of rows that are updated every step.
@Suite struct DeferredUpdateTests {
  /// Every row of one rank is updated in every step.
  private final class Eager {
    let rule: AdamW
    let values: [Storage]
    let first: [Storage]
    let second: [Storage]
    private let zero: Storage

    init(_ rule: AdamW, _ rows: [Vector]) {
      self.rule = rule
      values = rows.map { row in
        let storage = Storage(count: row.count)
        storage.vector.copy(from: row)
        return storage
      }
      first = rows.map { Storage(count: $0.count) }
      second = rows.map { Storage(count: $0.count) }
      zero = Storage(count: rows.first?.count ?? 0)
    }

    func update(_ gradients: [Int: Vector], step: Int, rate: Double) {
      for row in values.indices {
        rule.update(
          values[row].vector, gradient: gradients[row] ?? zero.vector, first: first[row].vector,
          second: second[row].vector, step: step, learningRate: rate)
      }
    }
  }

  /// Rows and their moments of an optimiser and of the reference.
  private struct Pair {
    let model = SmallStep().model()
    let partition: Partition
    let optimizer: Optimizer
    let eager: Eager
    private let random = KeyedRandom(seed: 6, purpose: .sampling)
    let table: RowTable
    private var values: Matrix { model.tokenTable.matrix(in: model.parameters) }

    init(_ variant: AdamW.Variant, _ partition: Partition, threads: Int) throws {
      var rule = AdamW(variant: variant, weightDecay: 0.1)
      rule.gradientClip = 1
      self.partition = partition
      optimizer = Optimizer(model, rule: rule, threads: threads, partition: partition)
      table = try #require(optimizer.table)
      eager = Eager(rule, table.ownValues)
    }

    /// Row 0 is never touched, the last one rarely.
    func step(_ number: Int, rate: Double) {
      let rows = eager.values.indices.filter { row in
        let chance = row == 0 ? 0 : row + 1 == eager.values.count ? 0.02 : 0.2
        return random.uniform(UInt64(number * 100 + row)) < chance
      }
      let gradient = Storage(count: rows.count * table.slot.columns)
      for index in 0..<gradient.count {
        let draw = random.uniform(UInt64(100_000 + number * 1000 + index)) - 0.5
        // Some of the slopes are zeros of both signs, some so small that their squares are 0.
        let slope = index % 7 == 0 ? 0 * draw : index % 7 == 1 ? 1e-30 * draw : draw
        gradient.vector[index] = Float(slope)
      }
      let matrix = gradient.vector.matrix(rows: rows.count, columns: table.slot.columns)
      table.update(
        rows.map { Int32(row(ofOwn: $0)) }[...], gradient: matrix, step: number, rate: rate)
      eager.update(
        Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, matrix.row($0)) }),
        step: number, rate: rate)
      withExtendedLifetime(gradient) {}
    }

    func row(ofOwn row: Int) -> Int { row * partition.count + partition.rank }

    /// Whether the model's row has the reference's bits.
    func isEqual(row: Int) -> Bool {
      bits(values.row(self.row(ofOwn: row))) == bits(eager.values[row].vector)
    }

    /// Whether all rows and moments have the reference's bits.
    func isEqual() -> Bool {
      let moments = optimizer.state.prefix(2).map { bits($0.values) }
      return eager.values.indices.allSatisfy(isEqual(row:))
        && moments == [eager.first, eager.second].map { $0.flatMap { bits($0.vector) } }
    }

    private func bits(_ vector: Vector) -> [UInt32] { vector.array.map(\.bitPattern) }
  }

  static let divisions = [Partition(rank: 0, count: 1), Partition(rank: 1, count: 3)]

  @Test(arguments: AdamW.Variant.allCases, divisions)
  func thirtyStepsEqualUpdatesOfAllRows(_ variant: AdamW.Variant, _ partition: Partition) throws {
    for threads in [1, 3] {
      let pair = try Pair(variant, partition, threads: threads)
      for step in 1...30 {
        pair.step(step, rate: 0.02 * Double(31 - step) / 30)
        let rows = [step % 5, 5 + step % 4]
        pair.table.bringUpToDate(rows.map { Int32(pair.row(ofOwn: $0)) }[...])
        let isEqual = rows.allSatisfy(pair.isEqual(row:))
        #expect(isEqual, "rows \(rows) after step \(step)")
      }
      #expect(pair.isEqual(), "\(threads) threads")
    }
  }

  /// Also when more updates wait than may, and when rows that caught up wait again.
  @Test func longRunsEqualUpdatesOfAllRows() throws {
    let pair = try Pair(.torch, Partition(rank: 0, count: 1), threads: 2)
    let last = DeferredUpdates.limit + 40
    for step in 1...last {
      pair.step(step, rate: 1e-3)
      if step == DeferredUpdates.limit - 1 {
        #expect(!pair.isEqual(row: 0), "nothing waits")
      } else if step == DeferredUpdates.limit {
        let isEqual = pair.eager.values.indices.allSatisfy(pair.isEqual(row:))
        #expect(isEqual, "at the limit")
      }
    }
    #expect(pair.isEqual())
  }

  /// What is read back has nothing of the steps before.
  @Test func restoringForgetsWhatWaits() throws {
    let pair = try Pair(.transformers, Partition(rank: 0, count: 1), threads: 1)
    for step in 1...5 { pair.step(step, rate: 0.01) }
    let count = pair.model.layout.count
    let (values, first, second) = (
      Storage(count: count), Storage(count: count), Storage(count: count)
    )
    try pair.optimizer.gather(first: first.vector, second: second.vector, SingleRank())
    values.vector.copy(from: pair.model.parameters)
    for step in 6...9 { pair.step(step, rate: 0.01) }
    pair.model.parameters.copy(from: values.vector)
    pair.optimizer.restore(first.vector, .first)
    pair.optimizer.restore(second.vector, .second)
    pair.table.bringUpToDate()
    #expect(pair.model.parameters.array == values.vector.array)
  }
}
