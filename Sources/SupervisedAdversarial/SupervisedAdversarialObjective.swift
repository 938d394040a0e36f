internal import ElementaryFunctions
public import Objectives
public import Tensors

/// SACL: cross-entropy or focal loss and a contrastive loss on the class log-probabilities, with a perturbed second
/// pass.
///
/// The method of Hu et al. (2023) for single utterances, on n of them:
/// `h = ReLU(W encoding + b)`, `log p = log_softmax(V Dropout(h) + c)`,
///
///     loss = -sum_i (1 - p_i)^g log p_i + w n PairLoss(log p)
///
/// with `(1 - p_i)^g` held constant. As in the authors' code both parts are sums over the batch, and w has another
/// value in the pass with perturbed parameters, which the run's `adversarial` setting adds. Their network over the
/// turns of a dialogue is not here: dialogues are read by the encoder.
public struct SupervisedAdversarialObjective: Objective {
  private let settings: SupervisedAdversarialSettings
  private let labelCount: Int
  /// The utterances' rows as the encoder gives them.
  public let towers = [Tower(encodingsOf: .utterances)]

  /// The objective of some settings.
  public init(_ settings: SupervisedAdversarialSettings, labelCount: Int) {
    (self.settings, self.labelCount) = (settings, labelCount)
  }

  /// The network after the encoder; biases start at 0.
  public var parameters: [OwnParameter] {
    ClassifierHead.parameters(output: "classifier", labels: labelCount, start: .linear)
  }

  /// Evaluates a batch.
  public func evaluate(
    _ batch: ObjectiveBatch, _ workers: some TileWorkers
  ) throws -> ObjectiveResult {
    let rows = batch.rows[0]
    return try evaluate(
      batch,
      mask: batch.dropout?.mask(
        site: 0, rows: rows.rows, columns: rows.columns, rate: settings.dropout))
  }

  /// Evaluates a batch with given factors of dropout, `[B, C]`; nil for ones.
  func evaluate(_ batch: ObjectiveBatch, mask: DoubleMatrix?) throws -> ObjectiveResult {
    try batch.validate(labelCount: labelCount)
    let rows = batch.rows[0]
    let given = batch.detached.map { Detached($0, elements: rows.values.count) }
    let head = ClassifierHead(
      rows, .init(batch.parameters[...], hiddenSize: rows.columns), .relu,
      masks: .init(hidden: mask), passes: given?.passes)
    let scores = head.scores
    let logProbabilities = scores.logSoftmax
    let focus =
      given?.focus ?? self.focus(batch.targets.enumerated().map { logProbabilities[$0, $1] })

    let count = Double(batch.targets.count)
    let weight = batch.pass == 0 ? settings.weight : settings.perturbedWeight
    let focal = CrossEntropy(scores: scores, targets: batch.targets, weights: focus)
    let pairs = PairLoss(
      rows: logProbabilities, targets: batch.targets, temperature: settings.temperature)
    var dScores = focal.gradient.scaled(by: count)
    dScores.add(
      logProbabilities.logSoftmaxBackward(pairs.gradient.scaled(by: weight * count)))
    let found = head.backward(dScores)
    var gradients = ObjectiveResult.Gradients(zerosFor: batch)
    gradients.rows[0] = found.input
    gradients.parameters = found.parameters
    let terms = [
      settings.focusing > 0
        ? Self.focalTerm(focal.value, count) : Self.crossEntropyTerm(focal.value, count),
      Self.pairTerm(pairs.value, weight * count),
    ]
    var result = ObjectiveResult(
      total: terms.reduce(0) { $0 + $1.weight * $1.value }, terms: terms,
      statistics: [Self.pairStatistic(pairs.pairCount)], scores: scores, gradients: gradients)
    result.detached = Detached(focus: focus, passes: head.passes).values
    return result
  }

  /// The network's scores, without dropout.
  public func scores(
    _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
  ) -> DoubleMatrix {
    ClassifierHead(
      utterances, .init(parameters[...], hiddenSize: utterances.columns), .relu
    ).scores
  }

  /// `(1 - p)^g` for the log-probability of each row's label.
  private func focus(_ logProbabilities: [Double]) -> [Double] {
    guard settings.focusing > 0 else { return logProbabilities.map { _ in 1 } }
    return logProbabilities.map { value in
      let rest = 1 - Elementary.exp(value)
      return rest > 0 ? Elementary.exp(settings.focusing * Elementary.log(rest)) : 0
    }
  }

  private static func crossEntropyTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm("ce", title: "cross-entropy", value: value, weight: weight)
  }
  private static func focalTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm("focal", title: "focal loss", value: value, weight: weight)
  }
  private static func pairTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm("scl", title: "supervised contrastive loss", value: value, weight: weight)
  }
  private static func pairStatistic(_ count: Int) -> Statistic {
    Statistic("pairs", title: "positive pairs", count: count)
  }

  /// What people call losses and statistics.
  static var titles: [String: String] {
    let terms = [crossEntropyTerm(0, 0), focalTerm(0, 0), pairTerm(0, 0)]
    let pairs = pairStatistic(0)
    return terms.reduce(into: [pairs.name: pairs.title]) { $0[$1.name] = $1.title }
  }
}

/// What gradients take for given: the focal factors, and what the ReLU lets through.
private struct Detached {
  /// The focal factors, `[B]`.
  let focus: [Double]
  /// What the ReLU lets through, `[B, C]`.
  let passes: [Bool]

  init(focus: [Double], passes: [Bool]) { (self.focus, self.passes) = (focus, passes) }

  /// Reads what `values` wrote.
  init(_ values: [Double], elements: Int) {
    passes = values.suffix(elements).map { $0 != 0 }
    focus = Array(values.dropLast(elements))
  }

  /// All of it as numbers.
  var values: [Double] { focus + passes.map { $0 ? 1 : 0 } }
}

extension DoubleMatrix {
  /// The logarithm of each row's softmax.
  fileprivate var logSoftmax: DoubleMatrix {
    var result = self
    for row in 0..<rows {
      let norm = logSumExp(self.row(row))
      for index in range(ofRow: row) { result.values[index] -= norm }
    }
    return result
  }

  /// The gradient by the scores from that by these log-probabilities: `g - softmax sum(g)` a row.
  fileprivate func logSoftmaxBackward(_ gradient: DoubleMatrix) -> DoubleMatrix {
    var result = gradient
    for row in 0..<rows {
      let sum = gradient.row(row).reduce(0, +)
      for index in range(ofRow: row) {
        result.values[index] -= Elementary.exp(values[index]) * sum
      }
    }
    return result
  }
}
