import Objectives
import Tensors
import TestSupport
import Testing

@testable import ClassDefinitions

/// Values and all gradients of both tasks against PyTorch's autograd (`scripts/fixtures/definitions`).
@Suite struct ClassDefinitionFixtureTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let pairs: Bool
    let labels: Int
    let rows: [[Double]]
    let targets: [Int]
    let mask: [Double]?
    let parameters: [[Double]]
    let loss: Double
    let scores: [Double]
    let gradient: [Double]
    let gradients: [[Double]]

    var testDescription: String { name }

    var matrix: DoubleMatrix {
      DoubleMatrix(rows: rows.count, columns: rows[0].count, values: rows.flatMap { $0 })
    }

    var objective: ClassDefinitionObjective {
      ClassDefinitionObjective(ClassDefinitionSettings(), labelCount: labels)
    }

    func batch(_ guesses: TokenGuesses? = nil) -> ObjectiveBatch {
      let none = DoubleMatrix(rows: 0, columns: matrix.columns)
      var batch = ObjectiveBatch(
        rows: pairs ? [none, matrix] : [matrix, none], encodings: [nil, nil],
        parameters: parameters, targets: pairs ? [] : targets)
      guard pairs else { return batch }
      batch.matches = targets.map { $0 == 0 }
      batch.guesses = guesses ?? TokenGuesses(loss: 0, count: 0, correct: 0)
      return batch
    }
  }

  @Test(arguments: try fixture("steps", as: [Case].self))
  func equalsPyTorch(_ expected: Case) throws {
    let mask = expected.mask.map {
      DoubleMatrix(rows: expected.rows.count, columns: expected.matrix.columns, values: $0)
    }
    let result = try expected.objective.evaluate(expected.batch(), mask: mask)
    #expect(abs(result.total - expected.loss) <= 1e-12 * max(1, abs(expected.loss)))
    #expect(result.loss(expected.pairs ? "cdp" : "ce") == result.total)
    let rows = result.gradients.rows[expected.pairs ? 1 : 0]
    #expect(relativeDifference(rows.values, expected.gradient) < 1e-11)
    for (index, gradient) in expected.gradients.enumerated() {
      #expect(
        relativeDifference(result.gradients.parameters[index], gradient) < 1e-11,
        "\(expected.objective.parameters[index].name)")
    }
    if !expected.pairs {
      #expect(relativeDifference(result.scores.values, expected.scores) < 1e-12)
    }
  }

  /// Without dropout the classifier scores as in the step.
  @Test(arguments: try fixture("steps", as: [Case].self).filter { !$0.pairs && $0.mask == nil })
  func scoresAreThoseOfTheStep(_ expected: Case) {
    let scores = expected.objective.scores(
      expected.matrix, labels: DoubleMatrix(rows: 0, columns: 0),
      parameters: expected.parameters)
    #expect(relativeDifference(scores.values, expected.scores) < 1e-12)
  }

  /// A step lists the losses that it has; the mean of the guesses is one of them, 0 without any.
  @Test func aStepOfPairsHasTwoLosses() throws {
    let cases = try fixture("steps", as: [Case].self)
    let expected = try #require(cases.first { $0.name == "pairs" })
    let some = try expected.objective.evaluate(
      expected.batch(TokenGuesses(loss: 6, count: 4, correct: 1)), LocalWorkers())
    #expect(some.terms.map(\.name) == ["cdp", "mlm"])
    #expect(some.loss("mlm") == 1.5 && some.total == some.loss("cdp") + 1.5)
    #expect(some.statistic("token_accuracy") == 0.25 && some.statistic("hidden_tokens") == 4)
    let correct = expected.targets.enumerated().count { row, target in
      (expected.scores[2 * row] >= expected.scores[2 * row + 1]) == (target == 0)
    }
    #expect(some.statistic("pair_accuracy") == Double(correct) / Double(expected.targets.count))
    let none = try expected.objective.evaluate(expected.batch(), LocalWorkers())
    #expect(none.loss("mlm") == 0 && none.total == none.loss("cdp"))
    let emotions = try #require(cases.first { !$0.pairs })
    let other = try emotions.objective.evaluate(emotions.batch(), LocalWorkers())
    #expect(other.terms.map(\.name) == ["ce"] && other.statistics.isEmpty)
  }

  /// Dropout drops what the classifier is given, keyed by step and row.
  @Test func dropoutDependsOnTheStepAlone() throws {
    let cases = try fixture("steps", as: [Case].self)
    let expected = try #require(cases.first { $0.name == "emotions" })
    func loss(_ step: UInt64) throws -> Double {
      var batch = expected.batch()
      batch.dropout = OwnDropout(seed: 1, step: step)
      return try expected.objective.evaluate(batch, LocalWorkers()).total
    }
    #expect(try loss(1) == loss(1))
    #expect(try loss(1) != loss(2) && loss(1) != expected.loss)
  }

  @Test func batchesThatDoNotFitAreRefused() throws {
    let cases = try fixture("steps", as: [Case].self)
    let pairs = try #require(cases.first { $0.pairs })
    var batch = pairs.batch()
    batch.matches.removeLast()
    #expect(throws: ObjectiveError.self) {
      try pairs.objective.evaluate(batch, LocalWorkers())
    }
  }
}
