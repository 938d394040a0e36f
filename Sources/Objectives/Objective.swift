public import Tensors

/// What is trained: the towers that a step has, the losses of their rows, and how a label is scored.
///
/// An objective is a pure function of the gathered rows, in double precision, and knows nothing of ranks: so
/// every rank finds the same bits. Its gradients go back through the towers' networks and the encoder.
public protocol Objective: Sendable {
  /// The towers of a step, each over other rows or of another encoder; the first one's are the utterances, of the run's
  /// encoder, and what the scores are of.
  var towers: [Tower] { get }

  /// The task of those steps that have pairs instead of utterances; nil where every step has utterances.
  var pairs: PairTask? { get }

  /// Parameters of its own, which no row has: a learned temperature, say.
  var parameters: [OwnParameter] { get }

  /// Constant tables that it is a function of, such as label vectors; `ObjectiveSettings.contents` fills them.
  var tables: [OwnTable] { get }

  /// Evaluates the losses of a batch and all their gradients.
  ///
  /// - Parameters:
  ///   - batch: The gathered rows of the step; its parts fit the towers.
  ///   - workers: Those who compute what grows faster than the batch; they change no bit.
  /// - Returns: Losses, statistics, scores and gradients.
  /// - Throws: `ObjectiveError` for a batch that does not fit together; what the workers throw.
  func evaluate(_ batch: ObjectiveBatch, _ workers: some TileWorkers) throws -> ObjectiveResult

  /// The scores of utterances, by which a label is chosen.
  ///
  /// - Parameters:
  ///   - utterances: What the utterances' network gives, `[n, d]`.
  ///   - labels: What the labels' network gives, `[E, d]`; no rows without a tower over the labels.
  ///   - parameters: The values of its own parameters, in their order.
  /// - Returns: `[n, E]`.
  func scores(
    _ utterances: DoubleMatrix, labels: DoubleMatrix, parameters: [[Double]]
  ) -> DoubleMatrix

  /// What watches the steps of a run, for warnings; nil for nothing.
  func health(labelCount: Int) -> (any ObjectiveHealth)?
}

extension Objective {
  /// None.
  public var parameters: [OwnParameter] { [] }

  /// None.
  public var tables: [OwnTable] { [] }

  /// Every step has utterances.
  public var pairs: PairTask? { nil }

  /// Nothing.
  public func health(labelCount: Int) -> (any ObjectiveHealth)? { nil }

  /// Whether labels are encoded.
  public var encodesLabels: Bool { towers.contains { $0.rows == .labels } }

  /// Whether utterances are read in second views.
  public var readsViews: Bool { towers.contains { $0.rows == .views } }

  /// The names of the encoders that the towers ask for: the run's, which has none, and others in the order of the
  /// towers.
  public var encoders: [String?] {
    towers.map(\.encoder).reduce(into: [nil]) { if !$0.contains($1) { $0.append($1) } }
  }
}

/// Sums up what an objective did over some steps, and tells when a part of it does nothing or drowns the others.
public protocol ObjectiveHealth: Sendable {
  /// Adds a step.
  mutating func add(_ result: ObjectiveResult)
  /// Lines for people; none without steps.
  var summary: [String] { get }
  /// What is likely not meant, each with what to do; none without steps.
  var warnings: [String] { get }
}
