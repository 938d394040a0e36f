public import Tensors

/// The losses of one batch, their weighted sum and its gradients.
public struct ObjectiveResult: Sendable {
  /// The gradients of the total by the rows that the objective was given.
  public struct Gradients: Sendable {
    /// The gradient by the utterance embeddings, `[B, d]`.
    public var instances: DoubleMatrix

    /// The gradient by the label embeddings, `[E, d]`.
    public var labels: DoubleMatrix

    /// The gradient by the label rows before the head, `[E, C]`; nil when they take no part.
    public var labelEncodings: DoubleMatrix?
  }

  /// The weighted sum of the losses (equation 7).
  public var total: Double

  /// The parts of the total, in the order of logs.
  public var terms: [LossTerm]

  /// How the objective fares, in the order of logs.
  public var statistics: [Statistic]

  /// The scores of equation 2, `[B, E]`.
  public var scores: DoubleMatrix

  /// The cluster of each utterance; empty when no clusters were needed.
  public var clusters: [Int] = []

  /// The gradients of the total.
  public var gradients: Gradients
}

/// Evaluates the objective of a batch: values and all gradients, in double precision.
///
/// A pure function of its arguments. Every batch that fits together has finite values and
/// gradients when its numbers are finite; what degenerate ones give is said at each loss.
///
/// - Parameters:
///   - batch: The gathered rows of the step.
///   - settings: The choices of the objective.
///   - workers: Those who compute what grows faster than the batch; they change no bit.
/// - Returns: Losses, scores, clusters and gradients.
/// - Throws: `ObjectiveError` for settings out of range or a batch that does not fit together; what
///   the workers throw.
public func evaluateObjective(
  _ batch: ObjectiveBatch, settings: ObjectiveSettings,
  workers: some TileWorkers = LocalWorkers()
) throws -> ObjectiveResult {
  try settings.validate()
  try batch.validate(for: settings)

  let isLinear = settings.kind == .linear
  let scores = isLinear ? batch.instances : batch.instances.timesTranspose(of: batch.labels)
  let crossEntropy = CrossEntropy(scores: scores, targets: batch.targets)
  var scoreGradient = crossEntropy.gradient
  var views = Views(anchors: scores.rows, crossEntropy: crossEntropy.value)
  var result = ObjectiveResult(
    total: crossEntropy.value, terms: [], statistics: [], scores: scores,
    gradients: .init(
      instances: DoubleMatrix(rows: batch.instances.rows, columns: batch.instances.columns),
      labels: DoubleMatrix(rows: batch.labels.rows, columns: batch.labels.columns)))
  if isLinear {
    result.gradients.instances = scoreGradient
  } else {
    if settings.usesContrastive {
      try result.addContrastive(batch, settings, workers, &views)
    }
    if settings.usesDisentangled {
      result.addDisentangled(batch, settings, scoreGradient: &scoreGradient, &views)
    }
    result.gradients.instances.add(scoreGradient.times(batch.labels))
    result.gradients.labels.add(scoreGradient.transposeTimes(batch.instances))
  }
  (result.terms, result.statistics) = (views.terms, views.statistics)
  return result
}

extension ObjectiveResult {
  fileprivate mutating func addContrastive(
    _ batch: ObjectiveBatch, _ settings: ObjectiveSettings, _ workers: some TileWorkers,
    _ views: inout Views
  ) throws {
    let unit: UnitRows? =
      switch settings.contrastiveRows {
      case .raw: nil
      case .normalized: UnitRows(batch.instances, epsilon: 1e-12)
      }
    let rows = unit?.rows ?? batch.instances
    if settings.usesClustering {
      clusters = try batch.clusters ?? findClusters(of: rows, batch, settings, workers)
      views.clusterCount = Set(clusters).count
      views.clusterPurity = purity(of: clusters, labels: batch.targets)
    }
    let loss = try ContrastiveLoss(
      rows: rows, targets: batch.targets, clusters: settings.usesClustering ? clusters : nil,
      temperature: settings.temperature, factor: settings.contrastiveFactor, workers: workers)
    views.contrastive = loss.value
    views.contrastiveWeight = settings.alpha
    total += settings.alpha * loss.value
    views.anchorsWithoutPositives = loss.anchorsWithoutPositives
    views.anchorsWithoutNegatives = loss.anchorsWithoutNegatives
    gradients.instances.add(
      unit?.gradient(loss.gradient) ?? loss.gradient, scaledBy: settings.alpha)
  }

  fileprivate mutating func addDisentangled(
    _ batch: ObjectiveBatch, _ settings: ObjectiveSettings, scoreGradient: inout DoubleMatrix,
    _ views: inout Views
  ) {
    let encodings = settings.needsLabelEncodings ? batch.labelEncodings : nil
    let loss = DisentangledLoss(
      scores: scores, rows: encodings ?? batch.labels, pairs: settings.disentangledPairs)
    views.disentangled = loss.value
    views.disentangledWeight = settings.beta
    total += settings.beta * loss.value
    views.weightSum = loss.denominator
    scoreGradient.add(loss.scoreGradient, scaledBy: settings.beta)
    if let encodings {
      var gradient = DoubleMatrix(rows: encodings.rows, columns: encodings.columns)
      gradient.add(loss.rowGradient, scaledBy: settings.beta)
      gradients.labelEncodings = gradient
    } else {
      gradients.labels.add(loss.rowGradient, scaledBy: settings.beta)
    }
  }
}

/// The share of rows that carry the most frequent label of their cluster.
private func purity(of clusters: [Int], labels: [Int]) -> Double {
  var counts: [Int: [Int: Int]] = [:]
  for (cluster, label) in zip(clusters, labels) {
    counts[cluster, default: [:]][label, default: 0] += 1
  }
  let majority = counts.values.reduce(0) { $0 + ($1.values.max() ?? 0) }
  return Double(majority) / Double(max(1, labels.count))
}

/// The clusters of the rows that the contrastive loss compares; no gradient flows through them.
private func findClusters(
  of rows: DoubleMatrix, _ batch: ObjectiveBatch, _ settings: ObjectiveSettings,
  _ workers: some TileWorkers
) throws -> [Int] {
  let labelCount = Set(batch.targets).count
  let (restarts, seed, step) = (settings.clusterRestarts, batch.seed, batch.step)
  let found =
    switch settings.clusterCount {
    case .labels:
      try KMeans(
        points: rows, count: labelCount, restarts: restarts, seed: seed, step: step,
        workers: workers)
    case .elbow:
      try KMeans(
        points: rows, elbowNear: labelCount, restarts: restarts, seed: seed, step: step,
        workers: workers)
    }
  return found.assignments
}
