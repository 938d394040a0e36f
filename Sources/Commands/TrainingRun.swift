import ArgumentParser
import Evaluation
import Foundation
import MessagePassing
import Runs
import Settings
import Training
import Verification

/// When checkpoints are taken besides the ends of the epochs.
enum CheckpointInterval: Equatable, CustomStringConvertible {
  case steps(Int)
  case seconds(Double)

  /// What a host that goes down in a long epoch may cost.
  static let usual = CheckpointInterval.seconds(15 * 60)

  /// As it is given.
  var description: String {
    switch self {
    case .steps(let steps): "\(steps)"
    case .seconds(let seconds):
      seconds.truncatingRemainder(dividingBy: 60) == 0
        ? "\(Int(seconds) / 60)m" : "\(seconds)s"
    }
  }

  /// Reads `500`, `90s` or `10m`.
  ///
  /// - Throws: `ValidationError` for anything else.
  static func parse(_ argument: String) throws -> CheckpointInterval {
    let factors: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    if let unit = argument.last, let factor = factors[unit] {
      let number = try? RealNumber.parse(String(argument.dropLast()))
      if let number, number > 0, number <= 1e9 { return .seconds(number * factor) }
    } else if let number = Int(argument), number > 0 {
      return .steps(number)
    }
    throw ValidationError("give steps, such as 500, or a time, such as 90s, 10m or 2h.")
  }
}

/// One rank's part of a run beside the training: display, log, files and signals.
final class TrainingRun: RunObserver {
  private let folder: RunFolder?
  private let display: ProgressDisplay?
  private let interval: CheckpointInterval
  private let totalSteps: Int
  private let session: Session
  private let profile: ProfileWriter?
  private let card: ModelCard
  private let bestModel: () throws -> ModelFolder
  private var savedStep = 0
  private var saved = ContinuousClock.now

  /// - Parameters:
  ///   - folder: On rank 0 alone.
  ///   - display: On rank 0 alone.
  ///   - interval: When to save besides the ends of the epochs.
  ///   - totalSteps: The steps of the whole run.
  ///   - card: What the best model's README.md tells.
  ///   - session: Where the run takes place.
  ///   - profile: Looks at some steps, or nil.
  ///   - bestModel: The model as it is now, ready to be written; collective.
  init(
    _ folder: RunFolder?, _ display: ProgressDisplay?, interval: CheckpointInterval,
    totalSteps: Int, card: ModelCard, _ session: Session, profile: ProfileWriter? = nil,
    bestModel: @escaping () throws -> ModelFolder
  ) {
    self.folder = folder
    self.display = display
    self.interval = interval
    self.totalSteps = totalSteps
    self.session = session
    self.profile = profile
    self.card = card
    self.bestModel = bestModel
  }

  func begin(_ activity: String) { session.begin(activity) }

  func report(_ event: TrainingEvent) throws {
    display?.show(event, totalSteps: totalSteps)
    try folder?.log(event)
    if case .step = event { try profile?.step(session) }
    guard case .evaluation(let split, _, _, let scores, let isBest, _) = event else { return }
    if isBest {
      let model = try bestModel()
      try folder?.save(model, card: card.text(model, validation: scores))
    } else if split == "test" {
      try folder?.addToCard(test: scores)
    }
  }

  func ensureBest(_ scores: () throws -> ClassificationReport) throws {
    let model = try bestModel()
    let isKept = folder.map { model.isKept(in: $0.model) } ?? true
    guard try session.ranks.allReduce(Int64(isKept ? 1 : 0), .minimum) == 0 else { return }
    let card = card.text(model, validation: try scores())
    guard let folder else { return }
    display?.endLine()
    printError(
      "warning: \(folder.model.relativePath): missing, damaged or not the run's best model; written again "
        + "from the checkpoint")
    try folder.save(model, card: card)
  }

  func request(after state: TrainingState) -> RunRequest {
    if Interruption.received != 0 { return .stop }
    if state.evaluatedStep == state.step { return .save }
    switch interval {
    case .steps(let steps): return state.step % steps == 0 ? .save : .goOn
    // One clock decides: the ranks agree on the strongest request.
    case .seconds(let seconds): return folder != nil && saved.elapsed >= seconds ? .save : .goOn
    }
  }

  func save(_ snapshot: TrainingSnapshot?) throws {
    saved = .now
    guard let snapshot else { return }
    try folder?.save(snapshot)
  }

  func save(_ step: FailedStep?) throws {
    guard let step, let folder else { return }
    display?.endLine()
    do {
      let file = try Replay(step).write(
        in: folder.url, configuration: folder.configuration,
        checkpoint: folder.latestCheckpoint()
      ).relativePath
      printError("the step is kept: taco-dist trace --replay \(file) --output trace.safetensors")
    } catch {
      // What ended the run is to be told, not that its replay could not be written.
      printError("the step cannot be kept for a replay: \(error)")
    }
  }
}
