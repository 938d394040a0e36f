internal import Objectives
internal import Tensors

/// The rows of a batch by the names of the paper.
extension ObjectiveBatch {
  /// The utterance embeddings h_u, `[B, d]`.
  var instances: DoubleMatrix {
    get { rows[0] }
    set { rows[0] = newValue }
  }

  /// The label embeddings h_e, `[E, d]`.
  var labels: DoubleMatrix {
    get { rows[1] }
    set { rows[1] = newValue }
  }

  /// The label rows before the head, `[E, C]`; needed by `disentangledRows == .encoder` only.
  var labelEncodings: DoubleMatrix? {
    get { encodings[1] }
    set { encodings[1] = newValue }
  }

  /// A batch of utterances and labels.
  init(
    instances: DoubleMatrix, labels: DoubleMatrix, labelEncodings: DoubleMatrix? = nil,
    targets: [Int], clusters: [Int]? = nil, seed: UInt64 = 0, step: UInt64 = 0
  ) {
    self.init(
      rows: [instances, labels], encodings: [nil, labelEncodings], targets: targets,
      clusters: clusters, seed: seed, step: step)
  }

  /// Checks that the parts fit together and are enough for the settings.
  ///
  /// - Parameter settings: The settings that the batch is to be evaluated with.
  /// - Throws: `ObjectiveError` that names the first part that does not fit.
  func validate(for settings: TripleViewSettings) throws(ObjectiveError) {
    try validate(labelCount: labels.rows)
    guard instances.columns == labels.columns else {
      throw ObjectiveError(
        "utterance embeddings have \(instances.columns) columns, label embeddings "
          + "\(labels.columns); both heads must end in the same size")
    }
    guard settings.needsLabelEncodings else { return }
    guard let labelEncodings, labelEncodings.rows == labels.rows else {
      throw ObjectiveError(
        "the disentangled loss on encoder rows needs \(labels.rows) label encodings, found "
          + "\(labelEncodings?.rows ?? 0)")
    }
  }
}

extension ObjectiveResult.Gradients {
  /// The gradient by the utterance embeddings, `[B, d]`.
  var instances: DoubleMatrix {
    get { rows[0] }
    set { rows[0] = newValue }
  }

  /// The gradient by the label embeddings, `[E, d]`.
  var labels: DoubleMatrix {
    get { rows[1] }
    set { rows[1] = newValue }
  }

  /// The gradient by the label rows before the head, `[E, C]`; nil when they take no part.
  var labelEncodings: DoubleMatrix? {
    get { encodings[1] }
    set { encodings[1] = newValue }
  }
}
