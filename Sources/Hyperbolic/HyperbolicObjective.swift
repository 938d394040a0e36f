public import Objectives
public import Tensors

/// HypEmo: cross-entropy weighted by the hyperbolic distance to the label's vector, and a branch drawn towards it.
///
/// The method of Chen, Wang and Shuai (2023), as their code has it but for its bugs:
/// `p = Dropout(ReLU(Dropout(Linear(CLS))))`, `scores = Linear(p)`; u is the branch's embedding of p
/// (`HyperbolicBranch`), v the label's vector, a constant:
///
///     loss = alpha mean(d(u, v) CE) + gamma (mean(NLL of the branch) - sum(<u, v>))
///
/// As in the authors' code, no gradient goes through the distance, and the inner products are summed over the global
/// batch, not averaged: their weight grows with the batch. What degenerate batches give: a zero hidden row is the
/// ball's centre, with a gradient; points never reach the border, so that every distance is finite.
public struct HyperbolicObjective: Objective {
  private let settings: HyperbolicSettings
  private let labelCount: Int
  /// The utterances' rows as the encoder gives them.
  public let towers = [Tower(encodingsOf: .utterances)]

  /// The objective of some settings.
  public init(_ settings: HyperbolicSettings, labelCount: Int) {
    (self.settings, self.labelCount) = (settings, labelCount)
  }

  /// Where the network's dropout stands.
  private enum Site: UInt32 {
    case dense, hidden, connect, decoder
  }

  /// The factors of dropout in a batch; nil for ones.
  struct Masks {
    /// Before the ReLU, `[B, C]`.
    var dense: DoubleMatrix?
    /// After it, `[B, C]`.
    var hidden: DoubleMatrix?
    /// On the branch's weight, `[d, C]`: DropConnect.
    var connect: DoubleMatrix?
    /// Before the branch's decoder, `[B, d]`.
    var decoder: DoubleMatrix?
  }

  /// The network's weights, then the branch's, which have a rule of their own; biases start at 0.
  public var parameters: [OwnParameter] {
    let (labels, size) = (
      OwnParameter.Size.fixed(labelCount), OwnParameter.Size.fixed(settings.size)
    )
    let rule = settings.rule
    return [
      OwnParameter("dense.weight", shape: [.hidden, .hidden], start: .linear),
      OwnParameter("dense.bias", shape: [.hidden], start: 0),
      OwnParameter("classifier.weight", shape: [labels, .hidden], start: .linear),
      OwnParameter("classifier.bias", shape: [labels], start: 0),
      OwnParameter(
        "hyperbolic.weight", shape: [size, .hidden], start: .xavier(gain: 2.0.squareRoot()),
        rule: rule),
      OwnParameter("hyperbolic.bias", shape: [size], start: 0, rule: rule),
      OwnParameter("decoder.weight", shape: [labels, size], start: .linear, rule: rule),
      OwnParameter("decoder.bias", shape: [labels], start: 0, rule: rule),
    ]
  }

  /// The labels' vectors, `[E, d]`.
  public var tables: [OwnTable] {
    [OwnTable("label_vectors", rows: labelCount, columns: settings.size)]
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
    let network = Network(batch.parameters, hiddenSize: batch.rows[0].columns)
    let vectors = batch.tables[0]
    var hidden = batch.rows[0].linear(network.dense, bias: network.denseBias)
    // ReLU and both of dropout's factors, none of which is negative, in one.
    var gate = DoubleMatrix(rows: hidden.rows, columns: hidden.columns, repeating: 1)
    for case let mask? in [masks.dense, masks.hidden] { gate = gate.times(elementwise: mask) }
    let given = batch.detached.map {
      Detached($0, count: hidden.rows, hiddenSize: hidden.columns, size: settings.size)
    }
    let passes = given?.passes ?? hidden.values.map { $0 > 0 }
    for (index, passes) in passes.enumerated() where !passes { gate.values[index] = 0 }
    hidden = hidden.times(elementwise: gate)
    let scores = hidden.linear(network.classifier, bias: network.classifierBias)
    let branch = HyperbolicBranch(
      hidden, network.branch, connect: masks.connect, decoderMask: masks.decoder,
      sides: given?.sides)

    let distances =
      given?.distances
      ?? batch.targets.enumerated().map {
        hyperbolicDistance(branch.embeddings.row($0), vectors.row($1))
      }
    let weighted = CrossEntropy(scores: scores, targets: batch.targets, weights: distances)
    let second = CrossEntropy(scores: branch.scores, targets: batch.targets)
    let products = batch.targets.enumerated().reduce(0) {
      $0 + dot(branch.embeddings.row($1.offset), vectors.row($1.element))
    }

    var dEmbeddings = DoubleMatrix(rows: hidden.rows, columns: settings.size)
    for (row, target) in batch.targets.enumerated() {
      for column in 0..<settings.size {
        dEmbeddings[row, column] = -settings.gamma * vectors[target, column]
      }
    }
    let dScores = weighted.gradient.scaled(by: settings.alpha)
    var (dHidden, dBranch) = branch.backward(
      second.gradient.scaled(by: settings.gamma), dEmbeddings)
    dHidden.add(dScores.times(network.classifier))
    let dDense = dHidden.times(elementwise: gate)
    var gradients = ObjectiveResult.Gradients(zerosFor: batch)
    gradients.rows[0] = dDense.times(network.dense)
    gradients.parameters =
      [
        dDense.transposeTimes(batch.rows[0]), dDense.columnSums, dScores.transposeTimes(hidden),
        dScores.columnSums, dBranch.weight, dBranch.bias, dBranch.decoder, dBranch.decoderBias,
      ].map(\.values)
    let terms = [
      Self.weightedTerm(weighted.value, settings.alpha),
      Self.branchTerm(second.value, settings.gamma),
      Self.pullTerm(-products, settings.gamma),
    ]
    var result = ObjectiveResult(
      total: terms.reduce(0) { $0 + $1.weight * $1.value }, terms: terms,
      statistics: statistics(distances, branch.embeddings), scores: scores, gradients: gradients)
    result.detached = Detached(distances: distances, passes: passes, sides: branch.sides).values
    return result
  }

  /// The first network's scores: the branch serves training alone.
  public func scores(
    _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
  ) -> DoubleMatrix {
    let network = Network(parameters, hiddenSize: utterances.columns)
    var hidden = utterances.linear(network.dense, bias: network.denseBias)
    for index in hidden.values.indices where !(hidden.values[index] > 0) {
      hidden.values[index] = 0
    }
    return hidden.linear(network.classifier, bias: network.classifierBias)
  }

  /// Dropout's factors for a batch.
  private func masks(_ batch: ObjectiveBatch) -> Masks {
    guard let dropout = batch.dropout, settings.dropout > 0 else { return Masks() }
    func mask(_ site: Site, _ rows: Int, _ columns: Int) -> DoubleMatrix {
      dropout.mask(site: site.rawValue, rows: rows, columns: columns, rate: settings.dropout)
    }
    let (count, hidden) = (batch.rows[0].rows, batch.rows[0].columns)
    return Masks(
      dense: mask(.dense, count, hidden), hidden: mask(.hidden, count, hidden),
      connect: mask(.connect, settings.size, hidden), decoder: mask(.decoder, count, settings.size))
  }

  /// How far the embeddings are from their labels and from the centre.
  private func statistics(_ distances: [Double], _ embeddings: DoubleMatrix) -> [Statistic] {
    let count = Double(distances.count)
    let norms = (0..<embeddings.rows).reduce(0) { $0 + norm(embeddings.row($1)) }
    return [
      Statistic("distance", title: "hyperbolic distance", value: distances.reduce(0, +) / count),
      Statistic("radius", title: "hyperbolic radius", value: norms / count),
    ]
  }

  private static func weightedTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm("wce", title: "weighted cross-entropy", value: value, weight: weight)
  }
  private static func branchTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm("nll", title: "hyperbolic cross-entropy", value: value, weight: weight)
  }
  private static func pullTerm(_ value: Double, _ weight: Double) -> LossTerm {
    LossTerm("pull", title: "pull to the label's vector", value: value, weight: weight)
  }

  /// What people call losses and statistics.
  static var titles: [String: String] {
    let terms = [weightedTerm(0, 0), branchTerm(0, 0), pullTerm(0, 0)]
    return Dictionary(uniqueKeysWithValues: terms.map { ($0.name, $0.title) }).merging(
      ["distance": "hyperbolic distance", "radius": "hyperbolic radius"]
    ) { first, _ in first }
  }
}

/// What gradients take for given: the distances, and on which side of its kinks everything is.
private struct Detached {
  /// The hyperbolic distances, `[B]`.
  let distances: [Double]
  /// What the network's ReLU lets through, `[B, C]`.
  let passes: [Bool]
  /// The branch's kinks.
  let sides: HyperbolicBranch.Sides

  init(distances: [Double], passes: [Bool], sides: HyperbolicBranch.Sides) {
    (self.distances, self.passes, self.sides) = (distances, passes, sides)
  }

  /// Reads what `values` wrote.
  init(_ values: [Double], count: Int, hiddenSize: Int, size: Int) {
    var rest = values[...]
    func take(_ count: Int) -> [Double] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    func takeSides(_ count: Int) -> [Bool] { take(count).map { $0 != 0 } }
    distances = take(count)
    passes = takeSides(count * hiddenSize)
    // The bias is one row.
    let cuts = [count, count, 1, count, count].map(takeSides)
    sides = HyperbolicBranch.Sides(cuts: cuts, passes: takeSides(count * size))
  }

  /// All of it as numbers.
  var values: [Double] {
    func numbers(_ sides: some Sequence<Bool>) -> [Double] { sides.map { $0 ? 1 : 0 } }
    return distances + numbers(passes) + numbers(sides.cuts.joined()) + numbers(sides.passes)
  }
}

/// The objective's parameters as matrices, in the order of `HyperbolicObjective.parameters`.
private struct Network {
  let dense: DoubleMatrix
  let denseBias: DoubleMatrix
  let classifier: DoubleMatrix
  let classifierBias: DoubleMatrix
  let branch: HyperbolicBranch.Parameters

  init(_ parameters: [[Double]], hiddenSize: Int) {
    func matrix(_ index: Int, columns: Int) -> DoubleMatrix {
      let values = parameters[index]
      return DoubleMatrix(rows: values.count / columns, columns: columns, values: values)
    }
    func row(_ index: Int) -> DoubleMatrix { matrix(index, columns: parameters[index].count) }
    (dense, denseBias) = (matrix(0, columns: hiddenSize), row(1))
    (classifier, classifierBias) = (matrix(2, columns: hiddenSize), row(3))
    branch = HyperbolicBranch.Parameters(
      weight: matrix(4, columns: hiddenSize), bias: row(5),
      decoder: matrix(6, columns: parameters[5].count), decoderBias: row(7))
  }
}
