import Foundation
import Tensors
import Testing

/// Attention against a naive computation in double precision: packed sequences, first-token queries,
/// dropout of the weights, scores by distance.
@Suite struct AttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let lengths: [Int]
    let heads: Int
    let headSize: Int
    var onlyFirst = false
    var rate: Double?
    var hasBias = false
    var testDescription: String {
      "\(lengths), \(heads) x \(headSize), first \(onlyFirst), dropout \(rate ?? 0), "
        + "bias \(hasBias)"
    }
  }

  static let cases = [
    Case(lengths: [1], heads: 1, headSize: 1),
    Case(lengths: [3, 1, 5], heads: 2, headSize: 3),
    Case(lengths: [17, 2], heads: 3, headSize: 5, rate: 0.3),
    Case(lengths: [4, 1, 19], heads: 2, headSize: 7, onlyFirst: true, rate: 0.2),
    Case(lengths: [6, 16], heads: 4, headSize: 4, hasBias: true),
    Case(lengths: [5, 9], heads: 2, headSize: 6, onlyFirst: true, rate: 0.4, hasBias: true),
    Case(lengths: [20, 9], heads: 2, headSize: 16, rate: 0.1),
  ]

  @Test(arguments: cases)
  func valuesAndGradients(_ setup: Case) {
    let problem = Problem(setup)
    let run = problem.run()
    #expect(difference(run.context, problem.naive(problem.inputs)) < 3e-6)
    for (index, name) in ["queries", "keys", "values", "bias"].enumerated()
    where index < 3 || setup.hasBias {
      let isRight = isSlope(run.gradients[index], at: problem.inputs[index], within: 3e-5) {
        var inputs = problem.inputs
        inputs[index] = $0
        return dot(problem.upstream, problem.naive(inputs))
      }
      #expect(isRight, "gradient of the \(name)")
    }
    #expect(run.isIntact, "foreign memory")
  }

  /// The answer for a sequence has the same bits whatever is packed beside it.
  @Test func sequencesDoNotSeeEachOther() {
    let both = Problem(Case(lengths: [7, 12], heads: 2, headSize: 8, rate: 0.2)).run()
    let alone = Problem(Case(lengths: [7], heads: 2, headSize: 8, rate: 0.2)).run()
    #expect(Array(both.context.prefix(alone.context.count)) == alone.context)
    for index in 0..<3 {
      #expect(
        Array(both.gradients[index].prefix(alone.gradients[index].count)) == alone.gradients[index])
    }
  }

  @Test func firstTokenQueriesEqualTheFirstOfAll() {
    let lengths = [4, 11, 1]
    let all = Problem(Case(lengths: lengths, heads: 2, headSize: 8))
    let context = all.run().context
    let sequences = AttentionSequences(
      queryOffsets: Array(0...3), keyOffsets: all.sequences.keyOffsets, rows: [0, 1, 2])
    let first = Problem(Case(lengths: lengths, heads: 2, headSize: 8, onlyFirst: true))
    #expect(first.sequences.weightCount == sequences.weightCount)
    var inputs = all.inputs
    let firsts = all.sequences.keyOffsets.dropLast().flatMap { Array($0 * 16..<$0 * 16 + 16) }
    inputs[0] = firsts.map { all.inputs[0][$0] }
    let expected = firsts.map { context[$0] }
    #expect(difference(first.run(inputs).context, expected) < 1e-6)
  }
}

/// One attention problem: inputs, the naive answer and the kernel's.
private struct Problem {
  let setup: AttentionTests.Case
  let sequences: AttentionSequences
  let attention: Attention
  /// Queries, keys, values and the table of scores by distance.
  let inputs: [[Double]]
  let upstream: [Double]
  private let table: Grid
  private let buckets: [Int]
  private let masks: [[Double]]
  private static let bucketCount = 5

  init(_ setup: AttentionTests.Case) {
    self.setup = setup
    let width = setup.heads * setup.headSize
    let offsets = setup.lengths.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    let queryOffsets = setup.onlyFirst ? Array(0...setup.lengths.count) : offsets
    let rows = setup.lengths.indices.map { 10 + 3 * $0 }
    sequences = AttentionSequences(
      queryOffsets: queryOffsets, keyOffsets: offsets, rows: rows)
    let (queryCount, keyCount) = (queryOffsets.last ?? 0, offsets.last ?? 0)
    inputs = [
      randomValues(queryCount * width, stream: 50), randomValues(keyCount * width, stream: 51),
      randomValues(keyCount * width, stream: 52),
      randomValues(Self.bucketCount * setup.heads, stream: 53),
    ]
    upstream = randomValues(queryCount * width, stream: 54)
    table = Grid(Self.bucketCount, setup.heads, inputs[3])
    let longest = setup.lengths.max() ?? 1
    buckets = (-(longest - 1)...(longest - 1)).map { (($0 % 5) + 5) % 5 }
    let site = setup.rate.map { DropoutSite(key: SIMD2(3, 4), rate: $0) }
    attention = Attention(
      sequences: sequences, heads: setup.heads, headSize: setup.headSize, dropout: site,
      relativeBias: setup.hasBias ? RelativeBias(table: table.matrix, buckets: buckets) : nil)
    masks = setup.lengths.indices.flatMap { sequence in
      (0..<setup.heads).map { head in
        let count =
          (queryOffsets[sequence + 1] - queryOffsets[sequence]) * setup.lengths[sequence]
        let ones = Grid(1, count, repeating: 1)
        site?.apply(to: ones.vector, row: rows[sequence], line: head)
        return ones.values
      }
    }
  }

  func naive(_ inputs: [[Double]]) -> [Double] {
    let width = setup.heads * setup.headSize
    var context = [Double](repeating: 0, count: upstream.count)
    for (sequence, length) in setup.lengths.enumerated() {
      let (q0, k0) = (sequences.queryOffsets[sequence], sequences.keyOffsets[sequence])
      for head in 0..<setup.heads {
        let mask = masks[sequence * setup.heads + head]
        for q in 0..<sequences.queryOffsets[sequence + 1] - q0 {
          let scores = (0..<length).map { k in
            let column = head * setup.headSize
            let product = (column..<column + setup.headSize).reduce(0.0) {
              $0 + inputs[0][(q0 + q) * width + $1] * inputs[1][(k0 + k) * width + $1]
            }
            let bucket = buckets[buckets.count / 2 + k - q]
            return product / Double(setup.headSize).squareRoot()
              + (setup.hasBias ? inputs[3][bucket * setup.heads + head] : 0)
          }
          for (k, weight) in naiveSoftmax(scores).enumerated() {
            for column in head * setup.headSize..<(head + 1) * setup.headSize {
              context[(q0 + q) * width + column] +=
                weight * mask[q * length + k] * inputs[2][(k0 + k) * width + column]
            }
          }
        }
      }
    }
    return context
  }

  func run(
    _ inputs: [[Double]]? = nil
  ) -> (context: [Double], gradients: [[Double]], isIntact: Bool) {
    let inputs = inputs ?? self.inputs
    let width = setup.heads * setup.headSize
    let grids = inputs.prefix(3).map { Grid($0.count / width, width, $0) }
    let weights = Grid(1, attention.weightCount)
    let context = Grid(upstream.count / width, width)
    let workspace = Workspace()
    attention.forward(
      queries: grids[0].matrix, keys: grids[1].matrix, values: grids[2].matrix,
      weights: weights.vector, context: context.matrix, workspace)
    let gradients = grids.map { Grid($0.matrix.rows, width, repeating: 7) }
    let dContext = Grid(context.matrix.rows, width, upstream)
    let dTable = Grid(Self.bucketCount, setup.heads)
    attention.backward(
      queries: grids[0].matrix, keys: grids[1].matrix, values: grids[2].matrix,
      weights: weights.vector, dContext: dContext.matrix,
      dQueries: gradients[0].matrix, dKeys: gradients[1].matrix, dValues: gradients[2].matrix,
      dRelativeBias: setup.hasBias ? dTable.matrix : nil, workspace)
    let all = grids + gradients + [weights, context, dContext, dTable]
    return (
      context.values, (gradients + [dTable]).map(\.values), all.allSatisfy(\.isIntact)
    )
  }
}
