import Evaluation
import Foundation
import Runs
import Safetensors
import Training

/// The folder of a sweep: a folder a run, `options/` with what each was started with, `results.csv`.
struct SweepFolder {
  /// How far a run is.
  enum State: String {
    case planned, started, failed, done
  }

  /// The folder.
  let url: URL
  private let plan: SweepPlan
  private let formulas: FormulaOptions

  init(_ url: URL, _ plan: SweepPlan, _ formulas: FormulaOptions) {
    (self.url, self.plan, self.formulas) = (url, plan, formulas)
  }

  /// One row a run.
  var results: URL { URL(fileURLWithPath: url.relativePath + "/results.csv") }

  /// The run's folder.
  func place(of run: SweepPlan.Run) -> URL { url.appendingPathComponent(run.name) }

  private var options: URL { url.appendingPathComponent("options") }
  private func mark(of run: SweepPlan.Run, _ state: State = .done) -> URL {
    options.appendingPathComponent("\(run.name).\(state.rawValue)")
  }

  /// Makes the folder.
  func prepare() throws {
    try OutputFolder.requireMakeable(url.relativePath)
    let contents = try RunContents.names(in: url).filter { !$0.hasPrefix(".") }
    // What a sweep made has its options; a folder with anything else in it is somebody's.
    if !contents.contains("options") { try OutputFolder.requireNew(url.relativePath) }
    do {
      try FileManager.default.createDirectory(at: options, withIntermediateDirectories: true)
    } catch {
      throw OutputPath.problem(url.relativePath, "cannot be made: \(error.systemReason).")
    }
  }

  /// Tells from the files how far a run is.
  func state(of run: SweepPlan.Run) -> State {
    let manager = FileManager.default
    if manager.fileExists(atPath: mark(of: run).path), hasResult(run) { return .done }
    if manager.fileExists(atPath: mark(of: run, .failed).path) { return .failed }
    return hasFolder(run) ? .started : .planned
  }

  /// Whether a run's folder holds a model and its scores.
  func hasResult(_ run: SweepPlan.Run) -> Bool {
    guard ModelFolder.exists(at: place(of: run).appendingPathComponent("model")) else {
      return false
    }
    let history = history(of: run)
    return (history?.test ?? history?.best) != nil
  }

  private func history(of run: SweepPlan.Run) -> RunHistory? {
    let log = place(of: run).appendingPathComponent("metrics.jsonl")
    return (try? String(contentsOf: log, encoding: .utf8)).flatMap { try? RunHistory($0) }
  }

  private func hasFolder(_ run: SweepPlan.Run) -> Bool {
    FileManager.default.fileExists(atPath: place(of: run).path)
  }

  private func optionFile(of run: SweepPlan.Run) -> URL {
    options.appendingPathComponent("\(run.name).yaml")
  }

  /// Refuses a run that was started, or is done, with other options than the sweep file now has for it.
  func requireSameOptions(_ run: SweepPlan.Run) throws {
    let file = optionFile(of: run)
    // A run that failed before it had a folder has left nothing that other options could harm.
    guard state(of: run) == .done || hasFolder(run) else { return }
    guard let old = FileManager.default.contents(atPath: file.path) else {
      throw DataProblem(
        "\(place(of: run).relativePath): there is a run, but \(file.relativePath), its options, cannot be "
          + "read: is it this sweep's? Choose another --output.", code: ExitStatus.usage)
    }
    let text = String(decoding: old, as: UTF8.self)
    guard text != run.yaml else { return }
    let differences = Set(text.split(separator: "\n"))
      .symmetricDifference(run.yaml.split(separator: "\n")).sorted()
    throw DataProblem(
      "\(file.relativePath): the sweep file has changed since this run was started; these lines differ:\n  "
        + differences.joined(separator: "\n  ")
        + "\nChoose another --output, or remove the run's folder and its files in \(options.relativePath).",
      code: ExitStatus.usage)
  }

  /// Refuses a run that is done whose data or labels have changed since.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - data: Fingerprints of its data as it is now; nil where it is no longer there.
  /// - Throws: `DataProblem` that tells what has changed.
  func requireSameData(_ run: SweepPlan.Run, _ data: Fingerprints?) throws {
    let file = place(of: run).appendingPathComponent(RunFolder.fingerprintFile)
    guard let data, let contents = FileManager.default.contents(atPath: file.path),
      let before = try? JSONDecoder().decode(Fingerprints.self, from: contents)
    else { return }
    let changes = data.changes(since: before, "when the run was made")
    guard changes.isEmpty else {
      throw DataProblem(
        "\(place(of: run).relativePath): this run is done, but its input has changed since:\n  "
          + changes.map(\.text).joined(separator: "\n  ")
          + "\nBring the old input back, or choose another --output.")
    }
  }

  /// Writes what a run is started with.
  func writeOptions(of run: SweepPlan.Run) throws -> URL {
    try requireSameOptions(run)
    try write(run.yaml, to: optionFile(of: run))
    return optionFile(of: run)
  }

  /// Notes that a run failed, or with nil that it has been started again.
  func markFailed(_ run: SweepPlan.Run, code: Int32?) throws {
    let file = mark(of: run, .failed)
    guard let code else {
      // What was done before and is run again has lost its result.
      for file in [file, mark(of: run)] { try? FileManager.default.removeItem(at: file) }
      return
    }
    try write("\(code)\n", to: file)
  }

  /// Notes that a run came to its end.
  func markDone(_ run: SweepPlan.Run) throws { try write("", to: mark(of: run)) }

  /// Writes the rows of all runs, those of other tasks of a Slurm array among them.
  func writeResults() throws {
    func field(_ text: String) -> String { csvField(formulas.safe(text)) }
    var text = "index,name,state"
    for option in plan.variedOptions { text += "," + field(option) }
    text += ",steps,valid_accuracy,valid_weighted_f1,valid_macro_f1,accuracy,weighted_f1,macro_f1\n"
    for (index, run) in plan.runs.enumerated() {
      var cells = ["\(index)", field(run.name), state(of: run).rawValue]
      cells += plan.variedOptions.map { option in
        field(run.varied.last { $0.option == option }?.value ?? "")
      }
      let history = history(of: run)
      cells.append(history?.steps.last.map { "\($0.step)" } ?? "")
      for scores in [history?.best, history?.test] {
        cells += Metric.allCases.map { metric in scores.map { "\($0.value(metric))" } ?? "" }
      }
      text += cells.joined(separator: ",") + "\n"
    }
    try write(text, to: results)
  }

  private func write(_ text: String, to file: URL) throws {
    do {
      try AtomicFile.write(Data(text.utf8), to: file)
    } catch {
      throw OutputPath.problem(file.relativePath, "cannot be written: \(error.systemReason).")
    }
  }
}
