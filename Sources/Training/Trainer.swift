public import Distribution
public import Evaluation
internal import Objectives
internal import Tensors

/// The texts of a run as token sequences.
public struct TokenizedData: Sendable {
  /// Some utterances and their labels.
  public struct Split: Sendable {
    /// `[CLS] utterance [SEP]` each.
    public let sequences: [[Int32]]
    /// The label of each.
    public let targets: [Int]
    /// The second view of each; none where these are not read.
    public let views: [[Int32]]

    /// A split.
    public init(sequences: [[Int32]], targets: [Int], views: [[Int32]] = []) {
      self.sequences = sequences
      self.targets = targets
      self.views = views
    }
  }

  /// The labels' sequences, in id order; none when there is no label tower.
  public let labels: [[Int32]]
  /// Makes the pairs of steps that have them; nil where the objective has no such steps.
  public let pairs: PairMaker?
  /// The labels' names, in id order.
  public let labelNames: [String]
  /// What is trained on.
  public let train: Split
  /// What decides which model is best.
  public let validation: Split
  /// What the best model is finally measured on.
  public let test: Split?

  /// The texts of a run.
  public init(
    labels: [[Int32]], pairs: PairMaker? = nil, labelNames: [String], train: Split,
    validation: Split, test: Split?
  ) {
    (self.labels, self.pairs) = (labels, pairs)
    self.labelNames = labelNames
    self.train = train
    self.validation = validation
    self.test = test
  }

  /// The batch of a step, counted from 0, with some rows of the training split.
  public func batch(_ rows: some Sequence<Int>, step: Int) -> StepBatch {
    StepBatch(
      utterances: rows.map { train.sequences[$0] }, targets: rows.map { train.targets[$0] },
      views: train.views.isEmpty ? [] : rows.map { train.views[$0] }, labels: labels, pairs: pairs,
      step: step)
  }
}

/// What a run tells as it goes; the same on all ranks, but for the seconds.
public enum TrainingEvent: Sendable {
  /// A step is done.
  case step(number: Int, epoch: Int, StepReport, learningRate: Double, seconds: Double)
  /// A split was evaluated; `isBest` when the model is to be kept.
  case evaluation(
    split: String, epoch: Int, step: Int, ClassificationReport, isBest: Bool, seconds: Double)
}

/// What a rank would like to happen after a step; the ranks agree on the strongest request.
public enum RunRequest: Int, Sendable, Comparable {
  /// To go on.
  case goOn
  /// To save a checkpoint and go on.
  case save
  /// To save a checkpoint and end.
  case stop

  /// Weaker before stronger.
  public static func < (left: RunRequest, right: RunRequest) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// Who watches a run, for logs, files and signals; every rank has one.
public protocol RunObserver {
  /// Called on every rank before something that takes its time, with words for it.
  func begin(_ activity: String)
  /// Called for every event, in order, on every rank.
  func report(_ event: TrainingEvent) throws
  /// Asked after every step and evaluation, on every rank.
  func request(after state: TrainingState) -> RunRequest
  /// Takes a checkpoint; called on every rank, with the snapshot on rank 0 alone.
  func save(_ snapshot: TrainingSnapshot?) throws
  /// Takes a step that failed; called on every rank before the error is thrown, with the step on rank 0 alone.
  func save(_ step: FailedStep?) throws
  /// Called on every rank at the end of a run that was resumed, with the best parameters in the model: what an
  /// earlier process kept of it may be gone since.
  ///
  /// - Parameter scores: Its scores on the validation split; collective.
  /// - Throws: What the scoring throws, or what the observer throws.
  func ensureBest(_ scores: () throws -> ClassificationReport) throws
}

/// Runs the epochs: steps, evaluation, patience, the best model.
///
/// It knows no file format. Every rank makes the same calls; all decisions are functions of numbers that
/// are equal on all ranks.
public final class Trainer<Ranks: Collectives> {
  private let model: TacoModel
  private let settings: TrainingSettings
  private let data: TokenizedData
  private let ranks: Ranks
  private let resources: Resources
  private let training: TrainingStep<Ranks>
  private let best: BestParameters<Ranks>
  private var state: TrainingState
  private var wasResumed = false

  /// A trainer of a model on some data.
  public init(
    _ model: TacoModel, _ settings: TrainingSettings, _ data: TokenizedData,
    resources: Resources, ranks: Ranks
  ) {
    self.model = model
    self.settings = settings
    self.data = data
    self.ranks = ranks
    self.resources = resources
    training = TrainingStep(model, settings, resources: resources, ranks: ranks)
    best = BestParameters(count: model.trained.count, ranks: ranks)
    state = TrainingState(patience: Patience(limit: settings.patience))
  }

  /// The number of steps that the run will have if patience does not end it.
  public var totalSteps: Int { settings.steps ?? settings.epochs * order.stepsPerEpoch }

  private var order: EpochOrder {
    EpochOrder(
      count: data.train.sequences.count, batchSize: settings.batchSize, seed: settings.seed)
  }

  private var needsEvaluation: Bool {
    let isBoundary = state.step % order.stepsPerEpoch == 0 || state.step >= totalSteps
    return isBoundary && state.step > state.evaluatedStep
  }

  /// Goes on from a saved run; every rank gives the same one.
  ///
  /// - Parameters:
  ///   - saved: As a run with these settings was kept.
  ///   - forgetsScores: Whether scores so far were of other rows or labels, and so can be no measure.
  /// - Throws: What reading it throws.
  public func resume(from saved: some SavedRun, forgetsScores: Bool = false) throws {
    try training.restore(from: saved, best: best)
    state = saved.state
    if forgetsScores { state.patience = Patience(limit: settings.patience) }
    wasResumed = true
  }

  /// Whether no step and no evaluation on the validation split is left.
  public var isFinished: Bool {
    !needsEvaluation && (state.step >= totalSteps || state.patience.isExhausted)
  }

  /// Trains and leaves the model with its best parameters; collective.
  ///
  /// - Parameter observer: This rank's.
  /// - Returns: False when a request to stop ended the run early.
  /// - Throws: `NonFiniteError`, `NonFiniteScoresError`, what the ranks' exchange throws, or what the observer throws.
  public func run(_ observer: some RunObserver) throws -> Bool {
    let schedule = RateSchedule(
      peak: settings.learningRate, warmUpSteps: settings.warmUpSteps, totalSteps: totalSteps,
      settings.schedule ?? .linear)
    var (epoch, permutation) = (-1, [Int]())
    while true {
      if needsEvaluation {
        try evaluateEpoch(observer)
      } else if isFinished {
        break
      } else {
        let (current, index) = state.step.quotientAndRemainder(dividingBy: order.stepsPerEpoch)
        if current != epoch {
          (epoch, permutation) = (current, order.permutation(ofEpoch: current))
        }
        try step(order.batch(index, of: permutation), epoch: current, schedule, observer)
      }
      let request = try agree(observer.request(after: state))
      if request >= .save {
        observer.begin("the checkpoint after step \(state.step)")
        try observer.save(training.snapshot(state, best: best))
      }
      if request == .stop { return false }
    }
    try best.copy(into: model.parameters[model.trained])
    if wasResumed {
      observer.begin("comparing the model on disk")
      try observer.ensureBest { try evaluate(data.validation, name: "valid") }
    }
    if let test = data.test {
      let clock = ContinuousClock.now
      observer.begin("the evaluation on the test split")
      try observer.report(
        .evaluation(
          split: "test", epoch: epochsDone, step: state.step, try evaluate(test, name: "test"),
          isBest: false, seconds: clock.elapsed))
    }
    return true
  }

  private var epochsDone: Int { (state.step + order.stepsPerEpoch - 1) / order.stepsPerEpoch }

  private func step(
    _ examples: ArraySlice<Int>, epoch: Int, _ schedule: RateSchedule,
    _ observer: some RunObserver
  ) throws {
    let clock = ContinuousClock.now
    observer.begin("step \(state.step + 1)")
    let rate = schedule.rate(at: state.step)
    let result = try run(examples, rate, observer)
    state.step += 1
    try observer.report(
      .step(
        number: state.step, epoch: epoch + 1, result, learningRate: rate, seconds: clock.elapsed))
  }

  /// One step; when it fails, a replay of it is left.
  private func run(
    _ examples: ArraySlice<Int>, _ rate: Double, _ observer: some RunObserver
  ) throws -> StepReport {
    let batch = data.batch(examples, step: state.step)
    do {
      return try training.run(batch, step: state.step, learningRate: rate)
    } catch let error as NonFiniteError {
      let failed = FailedStep(
        error.finding, step: state.step, rows: examples, batch,
        labelCount: data.labelNames.count, model)
      try observer.save(ranks.rank == 0 ? failed : nil)
      // The first rank to throw ends the job: not before the step is on disk.
      try ranks.barrier()
      throw error
    }
  }

  private func evaluateEpoch(_ observer: some RunObserver) throws {
    let clock = ContinuousClock.now
    observer.begin("the evaluation after step \(state.step)")
    try training.synchronize()
    let scores = try evaluate(data.validation, name: "valid")
    state.evaluatedStep = state.step
    let isBest = state.patience.record(scores.accuracy + scores.weightedF1)
    if isBest {
      state.bestStep = state.step
      best.keep(model.parameters[model.trained])
    }
    try observer.report(
      .evaluation(
        split: "valid", epoch: epochsDone, step: state.step, scores, isBest: isBest,
        seconds: clock.elapsed))
  }

  /// The strongest request of all ranks; collective.
  private func agree(_ request: RunRequest) throws -> RunRequest {
    var requests = [Double](repeating: 0, count: ranks.size)
    try [Double(request.rawValue)].withUnsafeBufferPointer { own in
      try requests.withUnsafeMutableBufferPointer { all in
        try ranks.allGather(own, counts: [Int](repeating: 1, count: ranks.size), into: all)
      }
    }
    return RunRequest(rawValue: Int(requests.max() ?? 0)) ?? .stop
  }

  private func evaluate(
    _ split: TokenizedData.Split, name: String
  ) throws -> ClassificationReport {
    let classifier = try Classifier(
      model, labels: data.labels, labelCount: data.labelNames.count, threads: resources.threads,
      ranks: ranks)
    do {
      return try ClassificationReport(
        truth: split.targets, scores: classifier.classify(split.sequences).scores,
        labelNames: data.labelNames)
    } catch let error as NonFiniteScores {
      // The last update may have made weights that no step has met yet.
      throw NonFiniteScoresError(
        split: name, step: state.step, count: error.count, total: error.total)
    }
  }
}

extension ContinuousClock.Instant {
  /// The seconds since this instant.
  public var elapsed: Double {
    let duration = ContinuousClock.now - self
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
