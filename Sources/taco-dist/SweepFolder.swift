import Evaluation
import Foundation

/// The folder of a sweep: a folder a run, `options/` with what each was started with, `results.csv`.
struct SweepFolder {
  /// How far a run is.
  enum State: String {
    case planned, started, failed, done
  }

  /// The folder.
  let url: URL
  private let plan: SweepPlan

  init(_ url: URL, _ plan: SweepPlan) {
    (self.url, self.plan) = (url, plan)
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
    try OutputPath.checkFolder(url.relativePath)
    do {
      try FileManager.default.createDirectory(at: options, withIntermediateDirectories: true)
    } catch {
      throw OutputPath.problem(url.relativePath, "cannot be made: \(error.systemReason).")
    }
  }

  /// Tells from the files how far a run is.
  func state(of run: SweepPlan.Run) -> State {
    let manager = FileManager.default
    if manager.fileExists(atPath: mark(of: run).path) { return .done }
    if manager.fileExists(atPath: mark(of: run, .failed).path) { return .failed }
    return hasFolder(run) ? .started : .planned
  }

  private func hasFolder(_ run: SweepPlan.Run) -> Bool {
    FileManager.default.fileExists(atPath: place(of: run).path)
  }

  /// Writes what a run is started with; refuses options other than those it was started with before.
  func writeOptions(of run: SweepPlan.Run) throws -> URL {
    let file = options.appendingPathComponent("\(run.name).yaml")
    if let old = try? String(contentsOf: file, encoding: .utf8), old != run.yaml,
      hasFolder(run)
    {
      throw DataProblem(
        "\(file.relativePath): the sweep file has changed since this run was started. Choose another "
          + "--output, or remove the run's folder and this file.", code: ExitStatus.usage)
    }
    try write(run.yaml, to: file)
    return file
  }

  /// Notes that a run failed, or with nil that it has been started again.
  func markFailed(_ run: SweepPlan.Run, code: Int32?) throws {
    let file = mark(of: run, .failed)
    guard let code else {
      try? FileManager.default.removeItem(at: file)
      return
    }
    try write("\(code)\n", to: file)
  }

  /// Notes that a run came to its end.
  func markDone(_ run: SweepPlan.Run) throws { try write("", to: mark(of: run)) }

  /// Writes the rows of all runs, those of other tasks of a Slurm array among them.
  func writeResults() throws {
    var text = "index,name,state"
    for option in plan.variedOptions { text += "," + csvField(option) }
    text += ",steps,valid_accuracy,valid_weighted_f1,valid_macro_f1,accuracy,weighted_f1,macro_f1\n"
    for (index, run) in plan.runs.enumerated() {
      var cells = ["\(index)", csvField(run.name), state(of: run).rawValue]
      cells += plan.variedOptions.map { option in
        csvField(run.varied.last { $0.option == option }?.value ?? "")
      }
      let log = place(of: run).appendingPathComponent("metrics.jsonl")
      let history = (try? String(contentsOf: log, encoding: .utf8)).flatMap { try? RunHistory($0) }
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
      try Data(text.utf8).write(to: file, options: .atomic)
    } catch {
      throw OutputPath.problem(file.relativePath, "cannot be written: \(error.systemReason).")
    }
  }
}
