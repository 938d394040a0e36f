import Foundation
import Tensors
import Testing

@testable import Training

/// AdamW and the schedule against PyTorch and transformers in double precision.
@Suite struct OptimizerTests {
  /// Written by `scripts/fixtures/optimizers`.
  struct Fixture: Decodable {
    struct Run: Decodable {
      let variant: AdamW.Variant
      let values: [[Double]]
      let first: [Double]
      let second: [Double]
    }
    struct Schedule: Decodable {
      let peak: Double
      let warmUp: Int
      let total: Int
      let rates: [Double]

      enum CodingKeys: String, CodingKey {
        case peak, total, rates
        case warmUp = "warm_up"
      }
    }
    let start: [Float]
    let gradients: [[Float]]
    let rates: [Double]
    let decay: Double
    let variants: [Run]
    let schedules: [Schedule]

    init() throws {
      let url = Bundle.module.bundleURL.appending(path: "Fixtures/optimizer.json")
      self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
    }
  }

  /// Values and both moments while training on a fixture's gradients.
  private struct State {
    let values: Storage
    let first: Storage
    let second: Storage

    init(_ start: [Float]) {
      (values, first, second) = (
        Storage(count: start.count), Storage(count: start.count), Storage(count: start.count)
      )
      values.vector.copy(from: start)
    }

    /// Updates the elements of each range on its own.
    func update(
      _ rule: AdamW, _ gradient: [Float], step: Int, rate: Double, _ parts: [Range<Int>]
    ) {
      let slope = Storage(count: gradient.count)
      slope.vector.copy(from: gradient)
      for part in parts {
        rule.update(
          values.vector[part], gradient: slope.vector[part], first: first.vector[part],
          second: second.vector[part], step: step, learningRate: rate)
      }
    }
  }

  /// Single precision rounds the value twice a step, by 6e-8 of it at most, and the move, of some 2e-3,
  /// about ten times.
  @Test func tenStepsEqualTheReference() throws {
    let fixture = try Fixture()
    #expect(fixture.variants.map(\.variant) == [.torch, .transformers, .adam])
    for run in fixture.variants {
      let rule = AdamW(variant: run.variant, weightDecay: fixture.decay)
      let state = State(fixture.start)
      for (step, gradient) in fixture.gradients.enumerated() {
        state.update(rule, gradient, step: step + 1, rate: fixture.rates[step], [0..<16])
        for (index, expected) in run.values[step].enumerated() {
          let error = abs(Double(state.values.vector[index]) - expected)
          #expect(error < 1e-6 * (abs(expected) + 0.01), "\(run.variant), step \(step), \(index)")
        }
      }
      for (found, expected) in [(state.first, run.first), (state.second, run.second)] {
        for (value, wanted) in zip(found.vector.array, expected) {
          #expect(abs(Double(value) - wanted) <= 2e-6 * abs(wanted))
        }
      }
    }
  }

  /// The forms differ where gradients are near epsilon, so that neither passes for the other.
  @Test func theVariantsDiffer() throws {
    let fixture = try Fixture()
    let last = fixture.variants.compactMap(\.values.last)
    #expect(abs(last[0][2] - last[1][2]) > 1e-3)
    #expect(abs(last[0][0] - last[2][0]) > 1e-3)
    #expect(AdamW.Variant.torch.defaultEpsilon == 1e-8)
    #expect(AdamW.Variant.transformers.defaultEpsilon == 1e-6)
  }

  @Test(arguments: AdamW.Variant.allCases)
  func partsGiveTheBitsOfTheWhole(variant: AdamW.Variant) throws {
    let fixture = try Fixture()
    let rule = AdamW(variant: variant, weightDecay: fixture.decay)
    let divisions: [[Range<Int>]] = [
      [0..<16], [0..<8, 8..<16], [0..<1, 1..<4, 4..<4, 4..<15, 15..<16],
      (0..<16).map { $0..<$0 + 1 },
    ]
    let results = divisions.map { parts in
      let state = State(fixture.start)
      for (step, gradient) in fixture.gradients.enumerated() {
        state.update(rule, gradient, step: step + 1, rate: fixture.rates[step], parts)
      }
      return [state.values, state.first, state.second].map(\.vector.array)
    }
    for result in results { #expect(result == results[0]) }
  }

  @Test func aConstantRateStaysAfterTheWarmUp() {
    let schedule = RateSchedule(peak: 1e-5, warmUpSteps: 2, totalSteps: 5, .constant)
    #expect((0..<5).map(schedule.rate(at:)) == [0, 0.5e-5, 1e-5, 1e-5, 1e-5])
  }

  @Test func theScheduleIsThatOfTransformers() throws {
    for expected in try Fixture().schedules {
      let schedule = RateSchedule(
        peak: expected.peak, warmUpSteps: expected.warmUp, totalSteps: expected.total)
      for (step, rate) in expected.rates.enumerated() {
        #expect(abs(schedule.rate(at: step) - rate) <= 1e-15 * expected.peak, "step \(step)")
      }
    }
  }
}
