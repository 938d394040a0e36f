public import Objectives
public import Tensors

/// LCL: cross-entropy and a contrastive loss in which a second network says how much each other label matters to a row.
///
/// The method of Suresh and Ong (2021), as their code has it. Both networks, each with an encoder of its own, read two
/// views of every utterance; over these 2B rows
///
///     loss = lambda CE(z) + (1 - lambda) LCL(f, softmax(g)) + lambda CE(g)
///
/// with z the classifier's scores, f the encoder's rows at length 1, g the weighting network's scores. The weighting
/// network serves training alone: labels are chosen by z.
public struct LabelAwareObjective: Objective {
  private let settings: LabelAwareSettings
  private let labelCount: Int

  /// The name of the weighting network, before those of its encoder's parameters.
  static let weighting = "weighting"

  /// Both views' rows of the run's encoder, then of the weighting network's.
  public let towers = [
    Tower(encodingsOf: .utterances), Tower(encodingsOf: .views),
    Tower(encodingsOf: .utterances, encoder: weighting),
    Tower(encodingsOf: .views, encoder: weighting),
  ]

  /// The objective of some settings.
  public init(_ settings: LabelAwareSettings, labelCount: Int) {
    (self.settings, self.labelCount) = (settings, labelCount)
  }

  /// Where dropout stands.
  private enum Site: UInt32 {
    case dense, scores, weightingInput, weightingHidden
  }

  /// The factors of dropout in a batch.
  struct Masks {
    /// In the classifier.
    var classifier = ClassifierHead.Masks()
    /// In the weighting network.
    var weighting = ClassifierHead.Masks()
  }

  /// The classifier's, as `nn.Linear` starts, then the weighting network's, as transformers starts ELECTRA's head.
  public var parameters: [OwnParameter] {
    ClassifierHead.parameters("classifier.", labels: labelCount, start: .linear)
      + ClassifierHead.parameters("\(Self.weighting).", labels: labelCount, start: .normal(0.02))
  }

  /// Evaluates a batch.
  public func evaluate(
    _ batch: ObjectiveBatch, _ workers: some TileWorkers
  ) throws -> ObjectiveResult {
    try evaluate(batch, masks(batch))
  }

  /// Evaluates a batch with given factors of dropout.
  func evaluate(_ batch: ObjectiveBatch, _ masks: Masks) throws -> ObjectiveResult {
    try batch.validate(labelCount: labelCount)
    let count = batch.targets.count
    let shapes = batch.rows.map { [$0.rows, $0.columns] }
    guard shapes.count == towers.count, shapes.allSatisfy({ $0 == shapes[0] }) else {
      throw ObjectiveError(
        "rows of shapes \(shapes); two views of every utterance are wanted, from two encoders")
    }
    let (rows, others) = (
      batch.rows[0].above(batch.rows[1]), batch.rows[2].above(batch.rows[3])
    )
    let targets = batch.targets + batch.targets
    let own = batch.parameters
    let classifier = ClassifierHead(
      rows, .init(own[..<ClassifierHead.Parameters.count], hiddenSize: rows.columns), .relu,
      masks: masks.classifier, passes: batch.detached.map { $0.map { $0 != 0 } })
    let weighting = ClassifierHead(
      others, .init(own[ClassifierHead.Parameters.count...], hiddenSize: rows.columns), .gelu,
      masks: masks.weighting)

    let entropy = CrossEntropy(scores: classifier.scores, targets: targets)
    let other = CrossEntropy(scores: weighting.scores, targets: targets)
    let contrast = LabelAwareLoss(
      rows: rows, scores: weighting.scores, targets: targets, temperature: settings.temperature)
    let terms = [
      Self.classifierTerm(entropy.value, settings.lambda),
      Self.contrastTerm(contrast.value, 1 - settings.lambda),
      Self.weightingTerm(other.value, settings.lambda),
    ]

    let first = classifier.backward(entropy.gradient.scaled(by: terms[0].weight))
    var dOther = other.gradient.scaled(by: terms[2].weight)
    dOther.add(contrast.scoreGradient, scaledBy: terms[1].weight)
    let second = weighting.backward(dOther)
    var dRows = first.input
    dRows.add(contrast.rowGradient, scaledBy: terms[1].weight)
    var gradients = ObjectiveResult.Gradients(zerosFor: batch)
    gradients.rows = [dRows, second.input].flatMap {
      [$0.rows(0..<count), $0.rows(count..<2 * count)]
    }
    gradients.parameters = first.parameters + second.parameters
    var result = ObjectiveResult(
      total: terms.reduce(0) { $0 + $1.weight * $1.value }, terms: terms,
      statistics: [
        Self.weightStatistic(contrast.meanWeight),
        Self.emptyStatistic(Double(contrast.emptyCount) / Double(2 * count)),
      ], scores: classifier.scores.rows(0..<count), gradients: gradients)
    result.detached = classifier.passes.map { $0 ? 1 : 0 }
    return result
  }

  /// The classifier's scores.
  public func scores(
    _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
  ) -> DoubleMatrix {
    ClassifierHead(
      utterances,
      .init(
        parameters[..<ClassifierHead.Parameters.count], hiddenSize: utterances.columns), .relu
    ).scores
  }

  /// Dropout's factors for a batch.
  private func masks(_ batch: ObjectiveBatch) -> Masks {
    guard let dropout = batch.dropout, settings.dropout > 0 else { return Masks() }
    let (count, hidden) = (2 * batch.targets.count, batch.rows[0].columns)
    func mask(_ site: Site, _ columns: Int) -> DoubleMatrix {
      dropout.mask(site: site.rawValue, rows: count, columns: columns, rate: settings.dropout)
    }
    return Masks(
      classifier: .init(hidden: mask(.dense, hidden), scores: mask(.scores, labelCount)),
      weighting: .init(
        input: mask(.weightingInput, hidden), hidden: mask(.weightingHidden, hidden)))
  }

  private static func classifierTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm("ce", title: "cross-entropy", value: value, weight: weight)
  }
  private static func contrastTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm("lcl", title: "label-aware contrastive loss", value: value, weight: weight)
  }
  private static func weightingTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm(
      "ce_weighting", title: "the weighting network's cross-entropy", value: value, weight: weight)
  }
  private static func weightStatistic(_ value: Double) -> Statistic {
    Statistic("own_weight", title: "mean weight of the own label", value: value)
  }
  private static func emptyStatistic(_ value: Double) -> Statistic {
    Statistic("p_empty", title: "anchors without positives", value: value)
  }

  /// What people call losses and statistics.
  static var titles: [String: String] {
    let terms = [classifierTerm(0, 0), contrastTerm(0, 0), weightingTerm(0, 0)]
    let statistics = [weightStatistic(0), emptyStatistic(0)]
    return Dictionary(
      uniqueKeysWithValues: terms.map { ($0.name, $0.title) }
        + statistics.map { ($0.name, $0.title) })
  }
}

extension DoubleMatrix {
  /// These rows, then those of another one.
  fileprivate func above(_ other: DoubleMatrix) -> DoubleMatrix {
    DoubleMatrix(rows: rows + other.rows, columns: columns, values: values + other.values)
  }
}
