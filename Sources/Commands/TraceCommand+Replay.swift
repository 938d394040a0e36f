import EmotionData
import Foundation
import Runs
import Training
import Verification

extension TraceCommand {
  /// Computes a step that ended a run again: its own parameters, batch, step number and settings.
  ///
  /// - Parameter path: The `replay.json` that the run left.
  /// - Throws: `DataProblem` when the replay cannot be used.
  func run(replay path: Path) throws {
    let replay = try Replay(contentsOf: path.url)
    let command: TrainCommand
    do {
      // A program wrote it, so that what is wrong with it is bad data, no usage.
      let options = try YAMLOption.options(in: replay.configuration, source: path.text)
      let file = try ConfigurationFile(options, path: path.text, .ofTrain)
      command = try TrainCommand.parse(file.expand([]))
    } catch {
      throw DataProblem("\(path): its configuration: \(TrainCommand.message(for: error))")
    }
    let location = try ModelLocation((model ?? command.model).text)
    let settings = try command.settings(location)
    try checkOutput(reads: [path.text])
    Session.run(threads: options.threads, timeout: options.timeout) { session in
      var shared = Fingerprints()
      try shared.add(settings)
      try session.requireEqual(shared)
      try prepareSteps(settings, session)
      let (model, _) = try location.encoder().model(settings, labelCount: replay.labelCount)
      try replay.restore(model)
      shared.add("replay", note: "step \(replay.step + 1)", replay.digest)
      shared.add(weights: model)
      try session.requireEqual(shared)
      let step = TrainingStep(
        model, settings,
        resources: Resources(threads: session.threads, memoryBudget: memory.budget),
        ranks: session.ranks)
      let trace = try Trace(step, replay: replay, metadata: metadata(settings))
      guard session.isRoot else { return }
      printError("step \(replay.step + 1) in the run: \(replay.message)")
      printError("step \(replay.step + 1) again: \(trace.finding ?? "all is finite")")
      try write(trace)
    }
  }
}
