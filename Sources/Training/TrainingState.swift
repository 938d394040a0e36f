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
  var implausibility: String? {
    let (best, worse) = (patience.best, patience.worse)
    // Scores are forgotten where the data has changed: then there is none, though there were evaluations.
    let hasScore = best >= 0
    let rules: [(holds: Bool, text: String)] = [
      (step >= 0, "the step is \(step)"),
      (
        (0...max(0, step)).contains(evaluatedStep),
        "the last evaluation was after step \(evaluatedStep), beyond 0 to \(step)"
      ),
      (
        (0...max(0, evaluatedStep)).contains(bestStep),
        "the best evaluation was after step \(bestStep), beyond 0 to \(evaluatedStep)"
      ),
      ((evaluatedStep == 0) == (bestStep == 0), "one of its evaluations is the best, or none is"),
      (patience.limit >= 1, "the patience is \(patience.limit)"),
      (best == -1 || (0...2).contains(best), "the best score is \(best), beyond 0 to 2"),
      (!hasScore || bestStep > 0, "there is a best score of no evaluation"),
      (
        (0...patience.limit).contains(worse),
        "\(worse) evaluations were worse, beyond 0 to \(patience.limit)"
      ),
      (
        worse <= evaluatedStep - bestStep,
        "\(worse) evaluations were worse in \(evaluatedStep - bestStep) steps"
      ),
      (
        !hasScore || (worse > 0) == (bestStep < evaluatedStep),
        "\(worse) evaluations were worse between the best one after step \(bestStep) and the last one after "
          + "step \(evaluatedStep)"
      ),
      (hasScore || worse == 0, "\(worse) evaluations were worse than none"),
    ]
    return rules.first { !$0.holds }?.text
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
