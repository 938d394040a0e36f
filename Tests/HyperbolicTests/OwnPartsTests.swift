import Objectives
import Tensors
import Testing

@testable import Hyperbolic

/// What an objective may own: starts, rules, dropout, tables, and their places in a layout.
@Suite struct OwnPartsTests {
  @Test func ratesFallInSteps() {
    let rule = OwnRule(rate: 0.01, factor: 0.5, every: 10)
    #expect((0..<10).allSatisfy { rule.rate(at: $0) == 0.01 })
    #expect(rule.rate(at: 10) == 0.005 && rule.rate(at: 29) == 0.0025)
    #expect(rule.rate(at: 200) == 0.01 / 1_048_576)
    #expect(rule.rate(at: 1_000_000) == 0)
    #expect(OwnRule(rate: 0.3).rate(at: 1_000_000) == 0.3)
    #expect(OwnRule(rate: 0.3, factor: 0.5, every: 0).rate(at: 9) == 0.3)
  }

  @Test func dropoutIsAFunctionOfSiteStepAndRow() {
    let dropout = OwnDropout(seed: 1, step: 2)
    let factors = dropout.factors(site: 0, row: 7, count: 4000, rate: 0.1)
    #expect(factors == dropout.factors(site: 0, row: 7, count: 4000, rate: 0.1))
    for other in [
      dropout.factors(site: 1, row: 7, count: 4000, rate: 0.1),
      dropout.factors(site: 0, row: 8, count: 4000, rate: 0.1),
      OwnDropout(seed: 1, step: 3).factors(site: 0, row: 7, count: 4000, rate: 0.1),
      OwnDropout(seed: 2, step: 2).factors(site: 0, row: 7, count: 4000, rate: 0.1),
    ] {
      #expect(factors != other)
    }
    // A row does not know how many others there are.
    #expect(
      Array(factors.prefix(50)) == dropout.factors(site: 0, row: 7, count: 50, rate: 0.1))
    #expect(abs(factors.reduce(0, +) / 4000 - 1) < 0.03)
    #expect(factors.allSatisfy { $0 == 0 || abs($0 - 1 / 0.9) < 1e-4 })
    #expect(dropout.factors(site: 0, row: 7, count: 9, rate: 0).allSatisfy { $0 == 1 })
  }

  private struct Owner: Objective {
    let towers = [Tower(encodingsOf: .utterances)]
    let parameters = [
      OwnParameter("a", shape: [3, .hidden], start: .xavier(gain: 2)),
      OwnParameter("b", shape: [3], start: 0.5),
      OwnParameter("c", shape: [2, 20], start: .linear, rule: OwnRule(rate: 1)),
      OwnParameter("d", shape: [2], start: .normal(0.1), rule: OwnRule(rate: 1)),
      OwnParameter("e", shape: [2], start: 0, rule: OwnRule(rate: 2)),
      OwnParameter("f", shape: [2], start: 0),
    ]
    let tables = [OwnTable("t", rows: 4, columns: 5)]

    func evaluate(
      _ batch: ObjectiveBatch, _ workers: some TileWorkers
    ) throws -> ObjectiveResult { throw ObjectiveError("not used") }

    func scores(
      _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
    ) -> DoubleMatrix { utterances }
  }

  @Test func parametersStandInGroupsAndTablesAfterThem() throws {
    var layout = ParameterLayout()
    let heads = Heads(hiddenSize: 50, Owner(), in: &layout)
    #expect(heads.networks.count == 1 && heads.networks[0] == nil && heads.outputSizes == [50])
    let names = ["a", "b", "c", "d", "e", "f", "t"].map { "objective.\($0)" }
    #expect(layout.entries.map(\.name) == names)
    #expect(layout.entries[0].shape == [3, 50] && layout.entries[6].shape == [4, 5])
    #expect(layout.blocks.count == 2 && heads.tableBlock == 1)

    let size = layout.blocks[heads.block].range.count
    let groups = heads.groups(blockSize: size)
    #expect(groups.map(\.rule?.rate) == [nil, 1, 2, nil])
    // Without gaps, each from its first parameter on.
    #expect(groups[0].range.lowerBound == 0 && groups[3].range.upperBound == size)
    for (one, next) in zip(groups, groups.dropFirst()) {
      #expect(one.range.upperBound == next.range.lowerBound)
    }
    let starts = [0] + [2, 4, 5].map { heads.own[$0].offsetInBlock }
    #expect(groups.map(\.range.lowerBound) == starts)

    let storage = Storage(count: layout.count)
    layout.initialize(storage.vector, seed: 3)
    func values(_ index: Int) -> [Float] { storage.vector[layout.entries[index].range].array }
    let bound = 2 * (6.0 / 53).squareRoot()
    #expect(values(0).allSatisfy { abs(Double($0)) <= bound })
    #expect(values(0).contains { abs(Double($0)) > 0.9 * bound })
    #expect(values(1).allSatisfy { $0 == 0.5 } && values(6).allSatisfy { $0 == 0 })
    #expect(values(2).allSatisfy { abs(Double($0)) <= 1 / 20.0.squareRoot() })
    #expect(values(3).allSatisfy { $0 != 0 && abs($0) < 1 })
  }
}
