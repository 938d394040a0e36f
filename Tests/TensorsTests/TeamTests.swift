import Synchronization
import Testing

@testable import Tensors

/// Threads inside a shard: everything is done once, and no bit depends on how many there are.
@Suite struct TeamTests {
  @Test(arguments: [1, 2, 3, 8])
  func everyItemIsDoneOnce(members: Int) {
    let team = Team(count: members)
    #expect(team.count == members)
    for count in [0, 1, 2, 7, 100] {
      let done = (0..<count).map { _ in Counter() }
      team.split(count) { for item in $0 { done[item].value.wrappingAdd(1, ordering: .relaxed) } }
      team.share(count) { item, member in
        #expect(member < members)
        done[item].value.wrappingAdd(1, ordering: .relaxed)
      }
      #expect(done.allSatisfy { $0.value.load(ordering: .relaxed) == 2 }, "\(count) items")
    }
  }

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  /// Many short regions, with pauses in which the members fall asleep.
  @Test func membersWakeUp() async throws {
    let team = Team(count: 4)
    let sum = Counter()
    for round in 0..<2000 {
      if round % 500 == 0 { try await Task.sleep(for: .milliseconds(20)) }
      team.run { sum.value.wrappingAdd($0, ordering: .relaxed) }
    }
    #expect(sum.value.load(ordering: .relaxed) == 2000 * 6)
  }

  /// Threads, shards, teams' sizes.
  @Test(arguments: [
    (1, 8, [1]), (2, 8, [1, 1]), (8, 8, [1, 1, 1, 1, 1, 1, 1, 1]), (2, 1, [2]), (3, 2, [3]),
    (12, 8, [3, 3, 3, 3]), (16, 8, [2, 2, 2, 2, 2, 2, 2, 2]), (8, 1, [8]), (3, 8, [1, 1, 1]),
  ])
  func threadsBeyondTheShardsJoinTeams(threads: Int, shards: Int, sizes: [Int]) {
    let workspaces = Workspace.make(threads: threads, shards: shards)
    #expect(workspaces.map(\.team.count) == sizes)
  }

  @Test(arguments: [2, 3, 5])
  func productsAreTheSame(members: Int) {
    let (m, k, n) = (139, 600, 101)
    let (a, b, c) = (
      Grid(m, k, stream: 90), Grid(k, n, stream: 91), Grid(m, n, stream: 92)
    )
    expectSame(members, Grid(m, n), Grid(k, n)) { product, gradient, workspace in
      multiply(a.matrix, .plain, b.matrix, into: product, workspace)
      multiply(a.matrix, .transposed, c.matrix, into: gradient, adds: true, workspace)
    }
  }

  @Test(arguments: [2, 3, 5])
  func elementwiseKernelsAreTheSame(members: Int) {
    let (rows, columns) = (83, 150)
    let (input, upstream) = (Grid(rows, columns, stream: 93), Grid(rows, columns, stream: 94))
    let (weight, bias) = (Grid(1, columns, stream: 95), Grid(1, columns, stream: 96))
    let norm = NormParameters(weight: weight.vector, bias: bias.vector, epsilon: 1e-6)
    let site = DropoutSite(key: SIMD2(3, 4), rate: 0.25)
    let tokens = TokenRows(rows: (0..<rows).map { $0 / 7 }, positions: (0..<rows).map { $0 % 7 })
    expectSame(members, Grid(rows, columns), Grid(4, columns)) { output, sums, workspace in
      let team = workspace.team
      let (gelu, gradient) = (Grid(rows, columns), Grid(rows, columns, upstream.values))
      let (mean, rstd) = (Grid(1, rows), Grid(1, rows))
      geluForward(input.matrix, bias: bias.vector, into: gelu.matrix, team: team)
      geluBackward(
        input.matrix, bias: bias.vector, gradient: gradient.matrix, dBias: sums.row(0),
        output: gelu.matrix, workspace)
      residualForward(
        gelu.matrix, bias: bias.vector, residual: input.matrix, dropout: site, tokens: tokens,
        team: team)
      layerNormForward(
        gelu.matrix, norm, into: output, mean: mean.vector, rstd: rstd.vector, team: team)
      layerNormBackward(
        gelu.matrix, norm, mean: mean.vector, rstd: rstd.vector, gradient: gradient.matrix,
        dWeight: sums.row(1), dBias: sums.row(2), workspace)
      residualBackward(
        gradient.matrix, into: gelu.matrix, dBias: sums.row(3), dropout: site, tokens: tokens,
        workspace)
      add(gelu.matrix.row(0), to: output.row(1), team: team)
      add(gradient.matrix.row(5), to: output.row(2), team: team)
    }
  }

  /// Runs kernels alone and with a team, and compares what they leave.
  private func expectSame(
    _ members: Int, _ first: Grid, _ second: Grid,
    _ compute: (Matrix, Matrix, Workspace) -> Void
  ) {
    compute(first.matrix, second.matrix, Workspace())
    let alone = (first.floats, second.floats)
    for grid in [first, second] { grid.matrix.fill(0) }
    compute(first.matrix, second.matrix, Workspace(team: Team(count: members)))
    #expect(first.floats == alone.0 && second.floats == alone.1)
    #expect(first.isIntact && second.isIntact)
  }
}
