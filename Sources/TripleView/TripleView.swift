public import Objectives
public import Tensors

/// TACO: cross-entropy, the clustering-guided contrastive loss and the disentangled loss (equations 2 to 7).
public struct TripleViewObjective: Objective {
  private let settings: TripleViewSettings
  /// Utterances, then labels.
  public let towers: [Tower]

  /// The objective of some settings; `heads` tells whether the towers share their network.
  public init(_ settings: TripleViewSettings, heads: Heads.Sharing) {
    self.settings = settings
    towers = [
      Tower(.utterances, head: "instance"),
      Tower(
        .labels, head: heads == .shared ? "instance" : "label",
        needsEncodings: settings.needsLabelEncodings),
    ]
  }

  /// Every batch that fits together has finite values and gradients when its numbers are finite; what
  /// degenerate ones give is said at each loss.
  public func evaluate(
    _ batch: ObjectiveBatch, _ workers: some TileWorkers
  ) throws -> ObjectiveResult {
    try evaluateTripleView(batch, settings: settings, workers: workers)
  }

  /// Equation 2.
  public func scores(
    _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
  ) -> DoubleMatrix {
    utterances.timesTranspose(of: labels)
  }

  /// Watches the views.
  public func health(labelCount: Int) -> (any ObjectiveHealth)? {
    ViewHealth(settings, labelCount: labelCount)
  }
}

/// Evaluates the three views of a batch: values and all gradients, in double precision.
///
/// - Parameters:
///   - batch: The gathered rows of the step.
///   - settings: The choices of the views.
///   - workers: Those who compute what grows faster than the batch; they change no bit.
/// - Returns: Losses, scores, clusters and gradients.
/// - Throws: `SettingError` for settings out of range, `ObjectiveError` for a batch that does not fit
///   together; what the workers throw.
func evaluateTripleView(
  _ batch: ObjectiveBatch, settings: TripleViewSettings,
  workers: some TileWorkers = LocalWorkers()
) throws -> ObjectiveResult {
  try settings.validate()
  try batch.validate(for: settings)

  let scores = batch.instances.timesTranspose(of: batch.labels)
  let crossEntropy = CrossEntropy(scores: scores, targets: batch.targets)
  var scoreGradient = crossEntropy.gradient
  var views = Views(anchors: scores.rows, crossEntropy: crossEntropy.value)
  var result = ObjectiveResult(
    total: crossEntropy.value, terms: [], scores: scores, gradients: .init(zerosFor: batch))
  if settings.usesContrastive {
    try result.addContrastive(batch, settings, workers, &views)
  }
  if settings.usesDisentangled {
    result.addDisentangled(batch, settings, scoreGradient: &scoreGradient, &views)
  }
  result.gradients.instances.add(scoreGradient.times(batch.labels))
  result.gradients.labels.add(scoreGradient.transposeTimes(batch.instances))
  (result.terms, result.statistics) = (views.terms, views.statistics)
  return result
}

extension ObjectiveResult {
  fileprivate mutating func addContrastive(
    _ batch: ObjectiveBatch, _ settings: TripleViewSettings, _ workers: some TileWorkers,
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
    _ batch: ObjectiveBatch, _ settings: TripleViewSettings, scoreGradient: inout DoubleMatrix,
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
  of rows: DoubleMatrix, _ batch: ObjectiveBatch, _ settings: TripleViewSettings,
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
