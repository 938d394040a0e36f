public import Evaluation
internal import Tensors

/// The texts of a run as token sequences.
public struct TokenizedData: Sendable {
  /// Some utterances and their labels.
  public struct Split: Sendable {
    /// `[CLS] utterance [SEP]` each.
    public let sequences: [[Int32]]
    /// The label of each.
    public let targets: [Int]

    /// A split.
    public init(sequences: [[Int32]], targets: [Int]) {
      self.sequences = sequences
      self.targets = targets
    }
  }

  /// The labels' sequences, in id order.
  public let labels: [[Int32]]
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
    labels: [[Int32]], labelNames: [String], train: Split, validation: Split, test: Split?
  ) {
    self.labels = labels
    self.labelNames = labelNames
    self.train = train
    self.validation = validation
    self.test = test
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

/// Runs the epochs: steps, evaluation, patience, the best model.
///
/// It knows no file format. Every rank makes the same calls; all decisions are functions of numbers that are equal on all ranks.
public struct Trainer<Ranks: Collectives> {
  private let model: TacoModel
  private let settings: TrainingSettings
  private let data: TokenizedData
  private let ranks: Ranks
  private let resources: Resources

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
  }

  /// The number of steps that the run will have if patience does not end it.
  public var totalSteps: Int { settings.steps ?? settings.epochs * order.stepsPerEpoch }
  /// The number of steps an epoch has.
  public var stepsPerEpoch: Int { order.stepsPerEpoch }

  private var order: EpochOrder {
    EpochOrder(
      count: data.train.sequences.count, batchSize: settings.batchSize, seed: settings.seed)
  }

  /// Trains and leaves the model with its best parameters; collective.
  ///
  /// - Parameter report: Called for every event, in order.
  /// - Throws: `NonFiniteError`, what the ranks' exchange throws, or what `report` throws.
  public func run(_ report: (TrainingEvent) throws -> Void) throws {
    let training = TrainingStep(
      model, objective: settings.objective, optimizer: settings.adamW, seed: settings.seed,
      shards: settings.shards, usesDropout: settings.usesDropout, resources: resources,
      ranks: ranks)
    let schedule = LinearSchedule(
      peak: settings.learningRate, warmUpSteps: settings.warmUpSteps, totalSteps: totalSteps)
    let best = Storage(count: model.layout.count)
    var patience = Patience(limit: settings.patience)
    var step = 0
    var epoch = 0
    while step < totalSteps, !patience.isExhausted {
      let permutation = order.permutation(ofEpoch: epoch)
      for index in 0..<order.stepsPerEpoch where step < totalSteps {
        let clock = ContinuousClock.now
        let rate = schedule.rate(at: step)
        let result = try training.run(
          batch(order.batch(index, of: permutation)), step: step, learningRate: rate)
        step += 1
        try report(
          .step(
            number: step, epoch: epoch + 1, result, learningRate: rate, seconds: clock.elapsed))
      }
      epoch += 1
      let clock = ContinuousClock.now
      try training.synchronize()
      let scores = try evaluate(data.validation)
      let isBest = patience.record(scores.accuracy + scores.weightedF1)
      if isBest { best.vector.copy(from: model.parameters) }
      try report(
        .evaluation(
          split: "valid", epoch: epoch, step: step, scores, isBest: isBest, seconds: clock.elapsed))
    }
    model.parameters.copy(from: best.vector)
    if let test = data.test {
      let clock = ContinuousClock.now
      try report(
        .evaluation(
          split: "test", epoch: epoch, step: step, try evaluate(test), isBest: false,
          seconds: clock.elapsed))
    }
  }

  private func batch(_ examples: ArraySlice<Int>) -> StepBatch {
    StepBatch(
      utterances: examples.map { data.train.sequences[$0] },
      targets: examples.map { data.train.targets[$0] }, labels: data.labels)
  }

  private func evaluate(_ split: TokenizedData.Split) throws -> ClassificationReport {
    let scorer = Scorer(model, threads: resources.threads, ranks: ranks)
    let scores = try scorer.scores(
      split.sequences, labels: scorer.embed(data.labels, .label))
    return try ClassificationReport(
      truth: split.targets,
      scores: LabelScores(scores.values.map { Float($0) }, labelCount: data.labels.count),
      labelNames: data.labelNames)
  }
}

/// Early stopping as the authors' code has it: a score as good as the best one counts as better.
struct Patience {
  let limit: Int
  private(set) var best = -Double.infinity
  private var worse = 0

  init(limit: Int) {
    self.limit = limit
  }

  var isExhausted: Bool { worse >= limit }

  /// Notes an epoch's score; true when it is the best so far.
  mutating func record(_ score: Double) -> Bool {
    if score >= best {
      best = score
      worse = 0
      return true
    }
    worse += 1
    return false
  }
}

extension ContinuousClock.Instant {
  /// The seconds since this instant.
  public var elapsed: Double {
    let duration = ContinuousClock.now - self
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
