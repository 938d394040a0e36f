internal import ElementaryFunctions
public import Objectives
public import Tensors

/// BERT_CDP+MLM: emotions from utterances in some steps, in the others definitions: which belong to which utterance, and
/// the hidden tokens of both.
///
/// The method of Singh and others (2021, 2023): one encoder, `p = tanh(CLS W' + b)`, and three heads. Each step has one task,
///
///     with utterances:  loss = CE(Linear(Dropout(p)), label)
///     with pairs:       loss = CE(Linear(p), match 0 or mismatch 1) + CE(hidden tokens)
///
/// with the mean over the utterances, over the pairs and over the hidden tokens of the global batch. The pair is judged as
/// the encoder is given it, with tokens hidden. What degenerate batches give: without a hidden token that loss is 0.
public struct ClassDefinitionObjective: Objective {
  private let settings: ClassDefinitionSettings
  private let labelCount: Int
  /// The first tokens' rows, of utterances and of pairs.
  public let towers = [Tower(encodingsOf: .utterances), Tower(encodingsOf: .pairs)]

  /// The objective of some settings.
  public init(_ settings: ClassDefinitionSettings, labelCount: Int) {
    (self.settings, self.labelCount) = (settings, labelCount)
  }

  /// The steps that have pairs.
  public var pairs: PairTask? {
    PairTask(
      utteranceProbability: settings.taskProbability, maskProbability: settings.maskProbability,
      tokenHead: "mlm")
  }

  /// Pooler, classifier of emotions and classifier of pairs; the pooler starts from the encoder's where its file has one.
  public var parameters: [OwnParameter] {
    let labels = OwnParameter.Size.fixed(labelCount)
    // BERT's own starting values.
    let normal = OwnParameter.Start.normal(0.02)
    return [
      OwnParameter(
        "pooler.dense.weight", shape: [.hidden, .hidden], start: normal,
        storedName: "pooler.dense.weight"),
      OwnParameter(
        "pooler.dense.bias", shape: [.hidden], start: 0, storedName: "pooler.dense.bias"),
      OwnParameter("classifier.weight", shape: [labels, .hidden], start: normal),
      OwnParameter("classifier.bias", shape: [labels], start: 0),
      OwnParameter("seq_relationship.weight", shape: [2, .hidden], start: normal),
      OwnParameter("seq_relationship.bias", shape: [2], start: 0),
    ]
  }

  /// Evaluates a batch of utterances or of pairs.
  public func evaluate(
    _ batch: ObjectiveBatch, _ workers: some TileWorkers
  ) throws -> ObjectiveResult {
    try evaluate(batch, mask: nil)
  }

  /// Evaluates a batch with given factors of dropout before the classifier, `[B, C]`; nil for those of the batch.
  func evaluate(_ batch: ObjectiveBatch, mask: DoubleMatrix?) throws -> ObjectiveResult {
    batch.guesses == nil ? try utterances(batch, mask) : try pairs(batch)
  }

  /// The pooler's output times the classifier.
  public func scores(
    _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
  ) -> DoubleMatrix {
    let network = Network(parameters, hiddenSize: utterances.columns)
    return network.pooled(utterances).linear(network.classifier, bias: network.classifierBias)
  }

  private func utterances(
    _ batch: ObjectiveBatch, _ given: DoubleMatrix?
  ) throws -> ObjectiveResult {
    try batch.validate(labelCount: labelCount)
    let network = Network(batch.parameters, hiddenSize: batch.rows[0].columns)
    let pooled = network.pooled(batch.rows[0])
    let mask =
      given
      ?? batch.dropout?.mask(
        site: 0, rows: pooled.rows, columns: pooled.columns, rate: settings.dropout)
      ?? DoubleMatrix(rows: pooled.rows, columns: pooled.columns, repeating: 1)
    let dropped = pooled.times(elementwise: mask)
    let scores = dropped.linear(network.classifier, bias: network.classifierBias)
    let loss = CrossEntropy(scores: scores, targets: batch.targets)
    var gradients = ObjectiveResult.Gradients(zerosFor: batch)
    let dPooled = loss.gradient.times(network.classifier).times(elementwise: mask)
    gradients.rows[0] = network.backward(dPooled, pooled, batch.rows[0], &gradients.parameters)
    gradients.parameters[2] = loss.gradient.transposeTimes(dropped).values
    gradients.parameters[3] = loss.gradient.columnSums.values
    return ObjectiveResult(
      total: loss.value, terms: [Self.emotionTerm(loss.value)], scores: scores,
      gradients: gradients)
  }

  private func pairs(_ batch: ObjectiveBatch) throws -> ObjectiveResult {
    let rows = batch.rows[1]
    guard let guesses = batch.guesses, rows.rows > 0, batch.matches.count == rows.rows else {
      throw ObjectiveError(
        "\(batch.matches.count) matches for \(rows.rows) pairs; give one for each, at least one")
    }
    let network = Network(batch.parameters, hiddenSize: rows.columns)
    let pooled = network.pooled(rows)
    let scores = pooled.linear(network.relation, bias: network.relationBias)
    let targets = batch.matches.map { $0 ? 0 : 1 }
    let loss = CrossEntropy(scores: scores, targets: targets)
    var gradients = ObjectiveResult.Gradients(zerosFor: batch)
    gradients.rows[1] = network.backward(
      loss.gradient.times(network.relation), pooled, rows, &gradients.parameters)
    gradients.parameters[4] = loss.gradient.transposeTimes(pooled).values
    gradients.parameters[5] = loss.gradient.columnSums.values
    let terms = [Self.pairTerm(loss.value), Self.tokenTerm(guesses.mean)]
    let correct = targets.enumerated().count {
      let matches = scores[$0.offset, 0] >= scores[$0.offset, 1]
      return matches == ($0.element == 0)
    }
    return ObjectiveResult(
      total: loss.value + guesses.mean, terms: terms,
      statistics: [
        Statistic(
          "pair_accuracy", title: Self.titles["pair_accuracy"] ?? "",
          value: Double(correct) / Double(rows.rows)),
        Statistic("hidden_tokens", title: Self.titles["hidden_tokens"] ?? "", count: guesses.count),
        Statistic(
          "token_accuracy", title: Self.titles["token_accuracy"] ?? "",
          value: Double(guesses.correct) / Double(max(1, guesses.count))),
      ],
      scores: DoubleMatrix(rows: 0, columns: labelCount), gradients: gradients)
  }

  private static func emotionTerm(_ value: Double) -> LossTerm {
    LossTerm("ce", title: "cross-entropy", value: value, weight: 1)
  }
  private static func pairTerm(_ value: Double) -> LossTerm {
    LossTerm("cdp", title: "class definition prediction", value: value, weight: 1)
  }
  private static func tokenTerm(_ value: Double) -> LossTerm {
    LossTerm("mlm", title: "masked language model", value: value, weight: 1)
  }

  /// What people call losses and statistics.
  static var titles: [String: String] {
    let terms = [emotionTerm(0), pairTerm(0), tokenTerm(0)]
    return Dictionary(uniqueKeysWithValues: terms.map { ($0.name, $0.title) }).merging(
      [
        "pair_accuracy": "pairs judged right", "hidden_tokens": "hidden tokens",
        "token_accuracy": "hidden tokens guessed right",
      ]
    ) { first, _ in first }
  }
}

/// The objective's parameters as matrices, in the order of `ClassDefinitionObjective.parameters`.
private struct Network {
  let pooler: DoubleMatrix
  let poolerBias: DoubleMatrix
  let classifier: DoubleMatrix
  let classifierBias: DoubleMatrix
  let relation: DoubleMatrix
  let relationBias: DoubleMatrix

  init(_ parameters: [[Double]], hiddenSize: Int) {
    func matrix(_ index: Int) -> DoubleMatrix {
      let values = parameters[index]
      return DoubleMatrix(rows: values.count / hiddenSize, columns: hiddenSize, values: values)
    }
    func row(_ index: Int) -> DoubleMatrix {
      DoubleMatrix(rows: 1, columns: parameters[index].count, values: parameters[index])
    }
    (pooler, poolerBias) = (matrix(0), row(1))
    (classifier, classifierBias) = (matrix(2), row(3))
    (relation, relationBias) = (matrix(4), row(5))
  }

  /// tanh(rows W' + b), `[n, C]`.
  func pooled(_ rows: DoubleMatrix) -> DoubleMatrix {
    var result = rows.linear(pooler, bias: poolerBias)
    for index in result.values.indices {
      result.values[index] = Elementary.tanh(result.values[index])
    }
    return result
  }

  /// dL/drows from dL/dpooled; writes the pooler's gradients.
  func backward(
    _ dPooled: DoubleMatrix, _ pooled: DoubleMatrix, _ rows: DoubleMatrix,
    _ gradients: inout [[Double]]
  ) -> DoubleMatrix {
    var dSum = dPooled
    for index in dSum.values.indices {
      dSum.values[index] *= 1 - pooled.values[index] * pooled.values[index]
    }
    gradients[0] = dSum.transposeTimes(rows).values
    gradients[1] = dSum.columnSums.values
    return dSum.times(pooler)
  }
}
