import Objectives
import Tensors
import TestSupport
import Testing

/// The network that guesses hidden tokens against PyTorch in double precision (`scripts/fixtures/definitions`).
@Suite struct TokenHeadTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let columns: Int
    let tokens: Int
    let states: [Double]
    let targets: [Int32]
    let parameters: [[Double]]
    let loss: Double
    let correct: Int
    let gradient: [Double]
    let gradients: [[Double]]

    var testDescription: String { name }
  }

  private struct Setup {
    let head: TokenHead
    let layout: ParameterLayout
    let storage: Storage
    var parameters: Vector { storage.vector }

    init(_ expected: Case) {
      var layout = ParameterLayout()
      head = TokenHead(
        PairTask(utteranceProbability: 0, maskProbability: 0.15, tokenHead: "mlm"),
        hiddenSize: expected.columns, vocabularySize: expected.tokens, epsilon: 1e-12,
        deviation: 0.02, in: &layout)
      self.layout = layout
      storage = Storage(count: layout.count)
      for (entry, values) in zip(layout.entries, expected.parameters) {
        storage.vector[entry.range].copy(from: values.map { Float($0) })
      }
    }

    /// Loss, the gradient by the states, and those of the parameters added to what `start` says.
    func run(_ expected: Case, adds: Bool = false, start: Float = 0, threads: Int = 1)
      -> (pass: TokenPass, states: [Double], block: Storage)
    {
      let (memory, workspace) = (Arena(), Workspace(team: Team(count: threads)))
      let states = memory.matrix(expected.targets.count, expected.columns)
      states.vector.copy(from: expected.states.map { Float($0) })
      let pass = TokenPass(
        head, states, targets: expected.targets, total: expected.targets.count,
        weights: PackedTokenHead(
          head, .forward, precision: .float32, parameters: parameters, workspace),
        precision: .float32, parameters: parameters, memory: memory, workspace)
      let block = Storage(count: layout.count)
      block.vector.fill(start)
      let gradient = pass.backward(
        weights: PackedTokenHead(
          head, .backward, precision: .float32, parameters: parameters, workspace),
        parameters: parameters, dBlock: block.vector, adds: adds, memory: memory, workspace)
      return (pass, gradient.vector.doubles, block)
    }
  }

  @Test(arguments: try fixture("tokens", as: [Case].self))
  func equalsPyTorch(_ expected: Case) {
    let setup = Setup(expected)
    let (pass, states, block) = setup.run(expected)
    let mean = pass.guesses.reduce(0) { $0 + $1.loss } / Double(max(1, expected.targets.count))
    #expect(abs(mean - expected.loss) <= 2e-6 * max(1, abs(expected.loss)))
    #expect(pass.guesses.count { $0.isCorrect } == expected.correct)
    #expect(relativeDifference(states, expected.gradient) < 2e-5)
    for (entry, gradient) in zip(setup.layout.entries, expected.gradients) {
      #expect(
        relativeDifference(block.vector[entry.range].doubles, gradient) < 2e-5, "\(entry.name)")
    }
  }

  /// The twin that `check` compares with.
  @Test(arguments: try fixture("tokens", as: [Case].self))
  func thePreciseTwinEqualsPyTorch(_ expected: Case) {
    let setup = Setup(expected)
    let sum = setup.head.precise(
      DoubleMatrix(
        rows: expected.targets.count, columns: expected.columns, values: expected.states),
      expected.targets,
      PreciseParameters(ParameterValues(setup.parameters), setup.layout))
    let mean = sum / Double(max(1, expected.targets.count))
    // The parameters are floats.
    #expect(abs(mean - expected.loss) <= 1e-5 * max(1, abs(expected.loss)))
  }

  /// Added gradients have the bits of gradients that are complete first, with any number of threads.
  @Test(arguments: try fixture("tokens", as: [Case].self), [1, 3])
  func gradientsAreAddedOnceComplete(_ expected: Case, threads: Int) {
    let setup = Setup(expected)
    let alone = setup.run(expected)
    let added = setup.run(expected, adds: true, start: 0.375, threads: threads)
    #expect(alone.states == added.states)
    for entry in setup.layout.entries {
      for index in entry.range {
        #expect(added.block.vector[index] == 0.375 + alone.block.vector[index])
      }
    }
  }
}
