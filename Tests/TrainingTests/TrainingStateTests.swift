import Foundation
import Testing

@testable import Training

/// What stands in a checkpoint about how far the run is.
@Suite struct TrainingStateTests {
  private func state(_ values: [Int], best: Double, limit: Int = 4) throws -> TrainingState {
    let text = """
      {"step": \(values[0]), "evaluatedStep": \(values[1]), "bestStep": \(values[2]),
       "patience": {"limit": \(limit), "best": \(best), "worse": \(values[3])}}
      """
    return try JSONDecoder().decode(TrainingState.self, from: Data(text.utf8))
  }

  @Test(
    arguments: [
      // Before, at and after evaluations; at the end of the patience; after scores were forgotten.
      ([0, 0, 0, 0], -1), ([3, 0, 0, 0], -1), ([4, 4, 4, 0], 0), ([9, 8, 4, 1], 1.25),
      ([20, 20, 4, 4], 2), ([9, 8, 8, 0], -1), ([9, 8, 4, 0], -1),
    ] as [([Int], Double)])
  func whatARunLeavesIsPlausible(values: [Int], best: Double) throws {
    #expect(try state(values, best: best).implausibility == nil)
  }

  @Test(
    arguments: [
      ([-1, 0, 0, 0], -1.0, 4, "the step is -1"),
      ([4, 5, 4, 1], 1, 4, "the last evaluation was after"),
      ([4, -1, 0, 0], -1, 4, "the last evaluation was after step -1"),
      ([9, 4, 5, 0], 1, 4, "the best evaluation was after step 5"),
      ([9, 4, -4, 0], 1, 4, "the best evaluation was after step -4"),
      ([9, 4, 0, 0], -1, 4, "none of its evaluations is the best"),
      ([9, 8, 8, 0], 1, 0, "the patience is 0"), ([9, 8, 8, 0], 1, -3, "the patience is -3"),
      ([9, 8, 8, 0], 2.5, 4, "the best score is 2.5"),
      ([9, 8, 8, 0], -0.5, 4, "the best score is -0.5"),
      ([9, 0, 0, 0], 1, 4, "there is a best score of no evaluation"),
      ([9, 8, 4, -1], 1, 4, "-1 evaluations were worse, beyond 0 to 4"),
      ([99, 98, 4, 5], 1, 4, "5 evaluations were worse, beyond 0 to 4"),
      ([9, 8, 6, 3], 1, 4, "3 evaluations were worse in 2 steps"),
      ([9, 8, 4, 0], 1, 4, "no evaluation was worse in the 4 steps"),
      ([9, 8, 4, 2], -1, 4, "2 evaluations were worse than none"),
      ([.max, .max, .min, 0], 1, 4, "the best evaluation was after step"),
      ([9, 8, 4, .min], 1, .min, "the patience is"),
    ] as [([Int], Double, Int, String)])
  func whatNoRunLeavesIsNamed(values: [Int], best: Double, limit: Int, message: String) throws {
    let found = try state(values, best: best, limit: limit).implausibility
    #expect(found?.hasPrefix(message) ?? false, "\(found ?? "plausible")")
  }
}
