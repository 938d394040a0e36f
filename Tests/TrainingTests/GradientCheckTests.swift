import Encoders
import Objectives
import Tensors
import Testing
import TripleView

@testable import Distribution
@testable import Training
@testable import Verification

/// `check` passes what is right and fails what is not.
@Suite struct GradientCheckTests {
  /// Fixture by fixture, that is family by family, with the dropout that their configurations have.
  @Test(arguments: TrainingCurveTests.names)
  func rightGradientsPass(_ name: String) throws {
    let check = try check(name)
    #expect(check.passes, "\(check.failures)")
    #expect(check.lines.count > 30)
    #expect(check.lines.allSatisfy { $0.isEqual && $0.deviation < 5e-5 })
    #expect(check.lossDeviation < 1e-6)
    #expect(check.lines.contains { $0.name.hasSuffix("word_embeddings.weight") && $0.entries == 4 })
  }

  @Test(arguments: ["linear", "without-clustering"], [2, 3, 8])
  func ranksShareTheWork(_ name: String, _ size: Int) throws {
    let alone = try check(name)
    for shared in try RankThreads.run(size, { try Self.check(name, ranks: $0) }) {
      #expect(shared.passes)
      #expect(shared.lines.map(\.deviation) == alone.lines.map(\.deviation))
    }
  }

  @Test func dropoutTakesPart() throws {
    #expect(try check("paper").loss != check("paper", usesDropout: false).loss)
  }

  static let damages: [(name: String, values: @Sendable (inout [Float]) -> Void)] = [
    ("a bias without gradient", { for index in $0.indices { $0[index] = 0 } }),
    ("a factor of 1.001", { for index in $0.indices { $0[index] *= 1.001 } }),
    ("the last entry missing", { $0[$0.count - 1] = 0 }),
    ("one bit", { $0[3] = $0[3].nextUp }),
    ("no number", { $0[0] = .nan }),
  ]

  @Test(arguments: damages.indices)
  func wrongGradientsFail(_ index: Int) throws {
    let name = ["encoder.layer.0.intermediate.dense.bias", "heads.label.0.weight"][index % 2]
    func damage(_ gradients: inout [TensorGradient]) {
      for place in gradients.indices where gradients[place].entry.name == name {
        Self.damages[index].values(&gradients[place].values)
      }
    }
    let check = try check("paper", damage: damage)
    #expect(!check.passes, "\(Self.damages[index].name)")
    #expect(check.failures.map(\.name) == [name])
  }

  /// What is wrong on one rank as well has the right bits: it must fail by the slopes.
  @Test func aWrongFactorFailsByItsSlope() throws {
    func damage(_ gradients: inout [TensorGradient]) {
      for place in gradients.indices {
        for index in gradients[place].values.indices { gradients[place].values[index] *= 1.001 }
      }
    }
    let check = try check("reference", damage: damage)
    let wrong = check.lines.filter { $0.deviation > 1e-4 }
    // All but the biases of keys, whose gradient is 0.
    #expect(wrong.count == check.lines.count - 2)
  }

  private func check(
    _ name: String, usesDropout: Bool = true,
    damage: (inout [TensorGradient]) -> Void = { _ in }
  ) throws -> GradientCheck {
    try Self.check(name, usesDropout: usesDropout, ranks: SingleRank(), damage: damage)
  }

  private static func check(
    _ name: String, usesDropout: Bool = true, ranks: some Collectives,
    damage: (inout [TensorGradient]) -> Void = { _ in }
  ) throws -> GradientCheck {
    let fixture = try CurveFixture(name)
    var settings = fixture.settings
    settings.usesDropout = usesDropout
    return try GradientCheck(
      fixture.model(), settings, fixture.batch, entries: 4, tolerance: 1e-4,
      resources: Resources(threads: 2), ranks: ranks, damage: damage)
  }
}
