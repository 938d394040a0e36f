public import Tensors

/// What an objective is a function of: the gathered rows of one step, in global order.
public struct ObjectiveBatch: Sendable {
  /// What each tower's network gives, `[n, outputSize]`, in the order of the towers.
  public var rows: [DoubleMatrix]

  /// The encoder's rows `[n, C]` of each tower that wants them.
  public var encodings: [DoubleMatrix?]

  /// The values of the objective's own parameters, in their order.
  public var parameters: [[Double]]

  /// The objective's constant tables, in their order.
  public var tables: [DoubleMatrix]

  /// The label of each utterance, B numbers in 0..<E.
  public var targets: [Int]

  /// The cluster of each utterance, any B numbers; nil lets the objective find them.
  public var clusters: [Int]?

  /// Whether each pair's definition is that of the utterance's label; empty in a step without pairs.
  public var matches: [Bool] = []

  /// What the guesses of hidden tokens came to; nil in a step without pairs.
  public var guesses: TokenGuesses?

  /// What `ObjectiveResult.detached` was, to be taken instead of what would be found; nil lets the objective find it.
  public var detached: [Double]?

  /// What drops elements in the objective's own layers; nil where dropout is off, as in evaluation.
  public var dropout: OwnDropout?

  /// Which pass over the rows: 0, or 1 for the one with perturbed parameters.
  public var pass: Int

  /// The seed of the run, for what is random.
  public var seed: UInt64

  /// The step of the run, for what is random.
  public var step: UInt64

  /// Makes a batch; objectives check that its parts fit together.
  public init(
    rows: [DoubleMatrix], encodings: [DoubleMatrix?], parameters: [[Double]] = [],
    tables: [DoubleMatrix] = [], targets: [Int], clusters: [Int]? = nil,
    detached: [Double]? = nil, dropout: OwnDropout? = nil, pass: Int = 0, seed: UInt64 = 0,
    step: UInt64 = 0
  ) {
    (self.rows, self.encodings, self.parameters) = (rows, encodings, parameters)
    (self.tables, self.detached, self.dropout) = (tables, detached, dropout)
    (self.targets, self.clusters, self.pass) = (targets, clusters, pass)
    (self.seed, self.step) = (seed, step)
  }

  /// Checks that there is a target, one of `labelCount` labels, for every one of the first tower's rows.
  ///
  /// - Throws: `ObjectiveError` that names what does not fit.
  public func validate(labelCount count: Int) throws(ObjectiveError) {
    let rows = rows[0]
    guard rows.rows > 0, count > 0, rows.columns > 0 else {
      throw ObjectiveError("an empty batch: \(rows.rows) utterances, \(count) labels")
    }
    guard targets.count == rows.rows, (clusters?.count ?? rows.rows) == rows.rows else {
      throw ObjectiveError(
        "\(rows.rows) utterances, \(targets.count) targets, \(clusters?.count ?? rows.rows) "
          + "clusters; give one of each an utterance")
    }
    if let row = targets.firstIndex(where: { !(0..<count).contains($0) }) {
      throw ObjectiveError("target \(targets[row]) of row \(row) is not in 0..<\(count)")
    }
  }
}

/// A batch whose parts do not fit together.
public struct ObjectiveError: Error, CustomStringConvertible {
  /// What is wrong, and what to do.
  public let description: String

  /// An error with this message.
  public init(_ description: String) {
    self.description = description
  }
}
