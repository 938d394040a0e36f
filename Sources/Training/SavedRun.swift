internal import Distribution
public import Tensors

/// What is kept of a run, beside how far it is; each as large as what is trained.
public enum RunPart: String, Sendable, CaseIterable {
  /// What is trained.
  case parameters
  /// The optimizer's running means of gradients.
  case firstMoments = "first-moments"
  /// The optimizer's running means of squared gradients.
  case secondMoments = "second-moments"
  /// The trained parameters of the best evaluation so far.
  case best
}

/// A run at one step, wherever it is kept: what a trainer goes on from.
public protocol SavedRun {
  /// How far the run was.
  var state: TrainingState { get }
  /// Copies a part of the run.
  ///
  /// - Parameters:
  ///   - part: Which one.
  ///   - entries: What is trained, one after the other.
  ///   - values: Its places, `[trained.count]`.
  /// - Throws: An error that names what is missing or does not fit.
  func copy(_ part: RunPart, of entries: [ParameterLayout.Entry], into values: Vector) throws
}

/// A run at one step, in memory: copies, so that training goes on while they are written.
public struct TrainingSnapshot: Sendable {
  /// How far the run is.
  public let state: TrainingState
  /// What is trained, one after the other.
  public let entries: [ParameterLayout.Entry]
  private let parts: [RunPart: Storage]

  init(
    _ state: TrainingState, _ entries: [ParameterLayout.Entry], _ parts: [RunPart: Storage]
  ) {
    (self.state, self.entries, self.parts) = (state, entries, parts)
  }

  /// Calls `body` with a part of the run, `[trained.count]`.
  public func with<R>(_ part: RunPart, _ body: (Vector) throws -> R) rethrows -> R {
    guard let storage = parts[part] else { preconditionFailure("a snapshot has every part") }
    return try withExtendedLifetime(storage) { try body(storage.vector) }
  }
}

extension TrainingStep {
  /// Copies what is trained, with its moments, to rank 0; collective.
  ///
  /// - Parameters:
  ///   - state: How far the run is.
  ///   - best: The best parameters so far.
  /// - Returns: The copies on rank 0, nil elsewhere.
  /// - Throws: What the exchange throws.
  func snapshot(
    _ state: TrainingState, best: BestParameters<Ranks>
  ) throws -> TrainingSnapshot? {
    try synchronize()
    guard ranks.rank == 0 else {
      try optimizer.gather(first: nil, second: nil, ranks)
      try best.gather(into: nil)
      return nil
    }
    let count = model.trained.count
    let (parameters, first, second, kept) = (
      Storage(count: count), Storage(count: count), Storage(count: count), Storage(count: count)
    )
    parameters.vector.copy(from: model.parameters[model.trained])
    try optimizer.gather(first: first.vector, second: second.vector, ranks)
    try best.gather(into: kept.vector)
    return TrainingSnapshot(
      state, model.trainedEntries,
      [.parameters: parameters, .firstMoments: first, .secondMoments: second, .best: kept])
  }

  /// Takes the place of the step's parameters and moments in a saved run, but for what is frozen; of what ranks divide
  /// each takes its part.
  func restore(from saved: some SavedRun, best: BestParameters<Ranks>) throws {
    let whole = Storage(count: model.trained.count)
    try withExtendedLifetime(whole) {
      for part in RunPart.allCases {
        try saved.copy(part, of: model.trainedEntries, into: whole.vector)
        switch part {
        case .parameters: model.parameters[model.trained].copy(from: whole.vector)
        case .firstMoments: optimizer.restore(whole.vector, .first)
        case .secondMoments: optimizer.restore(whole.vector, .second)
        case .best: best.keep(whole.vector)
        }
      }
    }
  }
}
