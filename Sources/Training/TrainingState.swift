/// How far a run is: with parameters and moments, all that going on needs.
public struct TrainingState: Sendable, Codable, Equatable {
  /// The steps done.
  public var step = 0
  /// The step of the last evaluation.
  public var evaluatedStep = 0
  /// The step of the best evaluation.
  public var bestStep = 0
  /// The best scores so far.
  var patience: Patience
}

extension TrainingState {
  /// What no run comes to, in words; nil for a state that one may have left.
  package var implausibility: String? {
    let (best, worse) = (patience.best, patience.worse)
    // Scores are forgotten where the data has changed: then there is none, though there were evaluations.
    let hasScore = best >= 0
    // In this order: a later check relies on the earlier ones.
    if step < 0 { return "the step is \(step)" }
    if !(0...step).contains(evaluatedStep) {
      return "the last evaluation was after step \(evaluatedStep), beyond 0 to \(step)"
    }
    if !(0...evaluatedStep).contains(bestStep) {
      return "the best evaluation was after step \(bestStep), beyond 0 to \(evaluatedStep)"
    }
    if (evaluatedStep == 0) != (bestStep == 0) { return "none of its evaluations is the best" }
    if patience.limit < 1 { return "the patience is \(patience.limit)" }
    if best != -1, !(0...2).contains(best) { return "the best score is \(best), beyond 0 to 2" }
    if hasScore, bestStep == 0 { return "there is a best score of no evaluation" }
    if !(0...patience.limit).contains(worse) {
      return "\(worse) evaluations were worse, beyond 0 to \(patience.limit)"
    }
    if !hasScore, worse > 0 { return "\(worse) evaluations were worse than none" }
    let stepsSinceBest = evaluatedStep - bestStep
    if worse > stepsSinceBest {
      return "\(worse) evaluations were worse in \(stepsSinceBest) steps"
    }
    if hasScore, worse == 0, stepsSinceBest > 0 {
      return
        "no evaluation was worse in the \(stepsSinceBest) steps between the best and the last one"
    }
    return nil
  }

  /// The epochs without a better score after which the run ends.
  public var patienceLimit: Int { patience.limit }
}

/// Early stopping as the authors' code has it: a score as good as the best one counts as better.
struct Patience: Sendable, Codable, Equatable {
  let limit: Int
  /// Below every score before there is one.
  private(set) var best = -1.0
  private(set) var worse = 0

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
