import ArgumentParser
import EmotionData
import Evaluation
import Foundation
import MessagePassing
import Runs
import Training

/// `sweep`: many runs from one file, one after another or as a Slurm array.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Train many runs: seeds x variants x hyper-parameters.",
    discussion: """
      The file is YAML: 'train' holds options of every run, 'variants' named sets of options, 'grid' \
      lists of values, of which every combination is run, and 'random' a count and ranges to draw \
      from. Each run gets a folder of its name in --output and a row in results.csv. Starting the same \
      sweep again goes on where it ended. In a Slurm array: --index $SLURM_ARRAY_TASK_ID.
      """)

  @Argument(help: "The sweep file.", transform: Path.parse)
  var file: Path

  @Option(
    help: "The folder of all runs, wanted to start any; may hold this sweep's earlier runs.",
    transform: Path.parse)
  var output: Path?

  @Option(help: "Do one run alone, counted from 0.")
  var index: Int?

  @Flag(help: "Print index, state and name of every run, and start none.")
  var list = false

  @Option(help: "What starts each run, such as 'mpirun -np 8'. (default: nothing, one rank)")
  var launcher: String?

  @OptionGroup var formulas: FormulaOptions

  func validate() throws {
    guard list || output != nil else {
      throw ValidationError(
        "--output is missing: the folder of all runs, such as runs/study. (--list needs none.)")
    }
  }

  func run() throws {
    if let started = LauncherInfo.current, started.size > 1 {
      throw DataProblem(
        "sweep is started once, not by \(started.name) on \(started.size) ranks. It starts its runs "
          + "itself: taco-dist sweep \(file) --launcher 'mpirun -np \(started.size)' ...",
        code: ExitStatus.usage)
    }
    let plan = try SweepPlan(file: file.text)
    if let index, !plan.runs.indices.contains(index) {
      throw DataProblem(
        "--index \(index): the sweep has \(plan.runs.count) runs, 0 to \(plan.runs.count - 1).",
        code: ExitStatus.usage)
    }
    try checkOptions(plan)
    let folder = output.map { SweepFolder($0.url, plan, formulas) }
    if list {
      for (place, run) in plan.runs.enumerated() {
        print("\(place)\t\(folder?.state(of: run).rawValue ?? "planned")\t\(run.name)")
      }
      return
    }
    guard let folder else { return }
    try folder.prepare()
    let code = try start(plan, folder)
    guard code == 0 else { throw ExitCode(code) }
  }

  /// One run after another; a failed one does not keep the others from starting.
  private func start(_ plan: SweepPlan, _ folder: SweepFolder) throws -> Int32 {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
    let child = SweepChild()
    var failed = 0
    let chosen = index.map { [$0] } ?? Array(plan.runs.indices)
    // Before the first run starts: what is done must be what the file and the data say now.
    try requireUnchanged(chosen.map { plan.runs[$0] }, folder)
    for place in chosen {
      let run = plan.runs[place]
      guard folder.state(of: run) != .done else {
        printError("run \(place + 1) of \(plan.runs.count): \(visible(run.name)): done before")
        continue
      }
      printError("run \(place + 1) of \(plan.runs.count): \(visible(run.name))")
      let options = try folder.writeOptions(of: run)
      try folder.markFailed(run, code: nil)
      let code = try child.run(
        program,
        ["train", "--config", options.path, "--output", folder.place(of: run).path, "--resume"],
        launcher: launcher)
      let isInterrupted = code == Interruption.exitCode || child.wasInterrupted
      let isDone = code == 0 && folder.hasResult(run)
      if isDone { try folder.markDone(run) }
      if !isDone, !isInterrupted { try folder.markFailed(run, code: code) }
      try folder.writeResults()
      if isInterrupted {
        printError("interrupted; the same command goes on")
        return Interruption.exitCode
      }
      if !isDone {
        let cause =
          code == 0
          ? ": exit code 0, but no result in \(folder.place(of: run).relativePath); is --launcher right?"
          : " with exit code \(code)"
        printError("run \(visible(run.name)) failed\(cause)")
        failed += 1
      }
    }
    try folder.writeResults()
    printError("results in \(folder.results.relativePath)")
    printError("table:  taco-dist table \(folder.url.relativePath)")
    guard failed == 0 else {
      printError("\(counted(failed, "run")) failed; the same command tries again")
      return ExitStatus.failure
    }
    return 0
  }

  /// Refuses runs that were started with other options, or are done with other data.
  private func requireUnchanged(_ runs: [SweepPlan.Run], _ folder: SweepFolder) throws {
    var known: [String: Fingerprints?] = [:]
    for run in runs {
      try folder.requireSameOptions(run)
      guard folder.state(of: run) == .done else { continue }
      let command = try TrainCommand.parse(configuration(of: run).expand([]))
      let texts = command.texts
      let key = [
        command.data?.text, texts.labels?.text, texts.rows.textColumn, texts.rows.labelColumn,
        texts.rows.labelKind.rawValue, "\(texts.rows.files.quotes)",
        texts.format.rawValue,
      ].map { $0 ?? "" }.joined(separator: "\u{0}")
      let data =
        known[key] ?? (try? command.texts.dataSet(command.data?.text)).map { Fingerprints($0) }
      known[key] = data
      try folder.requireSameData(run, data)
    }
  }

  private func configuration(of run: SweepPlan.Run) throws -> ConfigurationFile {
    try ConfigurationFile(run.options, path: file.text, .ofTrain)
  }

  /// Refuses, before the first run starts, options that `train` would, and runs that differ in nothing.
  private func checkOptions(_ plan: SweepPlan) throws {
    var known: [String: String] = [:]
    for run in plan.runs {
      let configuration = try configuration(of: run)
      let identity: String
      do {
        identity = try TrainCommand.parse(configuration.expand([])).identity()
      } catch {
        let place = plan.variedOptions.isEmpty ? file.text : "\(file): run \(run.name)"
        throw configuration.explain(error)
          ?? DataProblem("\(place): \(TacoDist.message(for: error))", code: ExitStatus.usage)
      }
      if let twin = known.updateValue(run.name, forKey: identity) {
        throw DataProblem(
          "\(file): '\(twin)' and '\(run.name)' are the same run: all of their settings are equal. Leave "
            + "one of them out, or draw with another seed or fewer times.", code: ExitStatus.usage)
      }
    }
  }
}

/// One process at a time, which hears the signals that the sweep hears.
private final class SweepChild {
  private let signals: [any DispatchSourceSignal]
  private let state: State

  /// Touched by the signals' queue and by the sweep.
  private final class State: @unchecked Sendable {
    private let lock = NSLock()
    private var identifier: pid_t?
    private var arrived = false

    func started(_ process: pid_t?) { lock.withLock { identifier = process } }
    func heard(_ number: Int32) {
      lock.withLock {
        arrived = true
        if let identifier { kill(identifier, number) }
      }
    }
    var wasInterrupted: Bool { lock.withLock { arrived } }
  }

  init() {
    let state = State()
    self.state = state
    signals = Interruption.signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { state.heard(number) }
      source.resume()
      return source
    }
  }

  var wasInterrupted: Bool { state.wasInterrupted }

  /// Starts a program and waits for its end.
  func run(_ program: String, _ arguments: [String], launcher: String?) throws -> Int32 {
    let process = Process()
    if let launcher {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "exec \(launcher) \"$@\"", "sh", program] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = arguments
    }
    process.standardInput = FileHandle.nullDevice
    try process.run()
    state.started(process.processIdentifier)
    process.waitUntilExit()
    state.started(nil)
    return process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }
}
