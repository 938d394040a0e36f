public import Tensors

/// What the objective is a function of: the gathered rows of one step, in global order.
public struct ObjectiveBatch: Sendable {
  /// The utterance embeddings h_u, `[B, d]`; for the linear objective the scores, `[B, E]`.
  public var instances: DoubleMatrix

  /// The label embeddings h_e, `[E, d]`; for the linear objective there are none, `[0, E]`.
  public var labels: DoubleMatrix

  /// The label rows before the head, `[E, C]`; needed by `disentangledRows == .encoder` only.
  public var labelEncodings: DoubleMatrix?

  /// The label of each utterance, B numbers in 0..<E.
  public var targets: [Int]

  /// The cluster of each utterance, any B numbers; nil lets k-means find them.
  public var clusters: [Int]?

  /// The seed of the run, for k-means.
  public var seed: UInt64

  /// The step of the run, for k-means.
  public var step: UInt64

  /// Makes a batch; `evaluateObjective` checks that its parts fit together.
  public init(
    instances: DoubleMatrix, labels: DoubleMatrix, labelEncodings: DoubleMatrix? = nil,
    targets: [Int], clusters: [Int]? = nil, seed: UInt64 = 0, step: UInt64 = 0
  ) {
    self.instances = instances
    self.labels = labels
    self.labelEncodings = labelEncodings
    self.targets = targets
    self.clusters = clusters
    self.seed = seed
    self.step = step
  }

  /// Checks that the parts fit together and are enough for the settings.
  ///
  /// - Parameter settings: the settings that the batch is to be evaluated with.
  /// - Throws: `ObjectiveError` that names the first part that does not fit.
  public func validate(for settings: ObjectiveSettings) throws(ObjectiveError) {
    let batch = instances.rows
    let count = settings.kind == .linear ? instances.columns : labels.rows
    guard batch > 0, count > 0, instances.columns > 0 else {
      throw ObjectiveError("an empty batch: \(batch) utterances, \(count) labels")
    }
    guard instances.columns == labels.columns else {
      throw ObjectiveError(
        "utterance embeddings have \(instances.columns) columns, label embeddings "
          + "\(labels.columns); both heads must end in the same size")
    }
    guard targets.count == batch, (clusters?.count ?? batch) == batch else {
      throw ObjectiveError(
        "\(batch) utterances, \(targets.count) targets, \(clusters?.count ?? batch) clusters; "
          + "give one of each an utterance")
    }
    if let row = targets.firstIndex(where: { !(0..<count).contains($0) }) {
      throw ObjectiveError("target \(targets[row]) of row \(row) is not in 0..<\(count)")
    }
    guard settings.needsLabelEncodings else { return }
    guard let labelEncodings, labelEncodings.rows == count else {
      throw ObjectiveError(
        "the disentangled loss on encoder rows needs \(count) label encodings, found "
          + "\(labelEncodings?.rows ?? 0)")
    }
  }
}
