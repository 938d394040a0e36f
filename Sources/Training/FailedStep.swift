public import Tensors

/// A step that failed, in memory: all that computing it again takes.
public struct FailedStep: Sendable {
  /// What went wrong.
  public let finding: String
  /// The step, from 0.
  public let step: Int
  /// The batch's rows of the training split, from 0.
  public let rows: [Int]
  /// The batch.
  public let batch: StepBatch
  /// How many labels there are.
  public let labelCount: Int
  /// Where the parameters stand.
  public let layout: ParameterLayout
  private let parameters: Storage

  /// A failed step, with copies of the parameters that it had.
  init(
    _ finding: String, step: Int, rows: some Sequence<Int>, _ batch: StepBatch, labelCount: Int,
    _ model: TacoModel
  ) {
    (self.finding, self.step, self.batch) = (finding, step, batch)
    (self.rows, self.labelCount, layout) = (Array(rows), labelCount, model.layout)
    parameters = Storage(count: model.layout.count)
    parameters.vector.copy(from: model.parameters)
  }

  /// Calls `body` with the parameters before the step.
  public func withParameters<R>(_ body: (Vector) throws -> R) rethrows -> R {
    try withExtendedLifetime(parameters) { try body(parameters.vector) }
  }
}
