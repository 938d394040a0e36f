import Objectives
import Tensors
import Testing

@testable import TripleView

/// Every gradient against central differences of the value.
@Suite struct FiniteDifferenceTests {
  /// The numbers B, E, d and C.
  private static let shapes = [
    [1, 2, 3, 2], [2, 3, 2, 4], [5, 4, 3, 2], [7, 2, 5, 3], [3, 9, 4, 6], [8, 5, 6, 4],
  ]

  @Test(arguments: shapes.indices)
  func gradientsAreSlopes(position: Int) throws {
    let shape = Self.shapes[position]
    let stream = UInt32(position * 10)
    let batch = ObjectiveBatch(
      instances: randomMatrix(shape[0], shape[2], stream: stream),
      labels: randomMatrix(shape[1], shape[2], stream: stream + 1),
      labelEncodings: randomMatrix(shape[1], shape[3], stream: stream + 2),
      targets: randomNumbers(shape[0], below: shape[1], stream: stream),
      clusters: randomNumbers(shape[0], below: 3, stream: stream + 1))
    for settings in TripleViewSettings.everyMix {
      let gradients = try evaluateTripleView(batch, settings: settings).gradients
      let slopes = try (
        slopes(of: batch, settings, gradients.instances) { $0.instances.values[$1] += $2 },
        slopes(of: batch, settings, gradients.labels) { $0.labels.values[$1] += $2 },
        slopes(of: batch, settings, gradients.labelEncodings) {
          $0.labelEncodings?.values[$1] += $2
        }
      )
      #expect(relativeDifference(gradients.instances.values, slopes.0) < 1e-6, "\(settings)")
      #expect(relativeDifference(gradients.labels.values, slopes.1) < 1e-6, "\(settings)")
      #expect(
        relativeDifference(gradients.labelEncodings?.values ?? [], slopes.2) < 1e-6, "\(settings)")
    }
  }

  /// The fourth-order central differences by each entry that the gradient has.
  private func slopes(
    of batch: ObjectiveBatch, _ settings: TripleViewSettings, _ gradient: DoubleMatrix?,
    move: (inout ObjectiveBatch, Int, Double) -> Void
  ) throws -> [Double] {
    let step = 3e-5
    return try (gradient?.values.indices ?? 0..<0).map { index in
      let totals = try [-2, -1, 1, 2].map { steps in
        var moved = batch
        move(&moved, index, steps * step)
        return try evaluateTripleView(moved, settings: settings).total
      }
      return (8 * (totals[2] - totals[1]) - (totals[3] - totals[0])) / (12 * step)
    }
  }
}
