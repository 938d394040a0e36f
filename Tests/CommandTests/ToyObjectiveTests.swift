import Foundation
import Safetensors
import TestSupport
import Testing

/// An objective that no module knows, which `Tests/ToyObjective` adds to a program of its own.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct ToyObjectiveTests {
  private static let options = [
    "--objective", "margin", "--margin", "0.5", "--batch-size", "16", "--quiet",
  ]

  @discardableResult
  private func toy(_ arguments: [String], ranks: Int? = nil) throws -> String {
    let run = try #require(MPIRun("toy-dist"), "toy-dist is not built")
    let outcome = try run(arguments, ranks: ranks)
    try #require(outcome.status == 0, "\(arguments): \(outcome)")
    return outcome.output
  }

  private func train(_ run: URL, _ more: [String] = ["--steps", "6"], ranks: Int? = nil) throws {
    try toy(["train", "--output", run.path] + Self.options + more, ranks: ranks)
  }

  @Test func theRunIsTheSameAtAnyNumberOfRanksAndAfterAResume() throws {
    try withTemporaryFolder { folder in
      try train(folder / "alone")
      let (model, metrics) = (folder / "alone/model", folder / "alone/metrics.jsonl")
      for ranks in [2, 4] {
        try train(folder / "\(ranks)", ranks: ranks)
        #expect(try (folder / "\(ranks)/model").files == model.files, "\(ranks) ranks")
        let found = try (folder / "\(ranks)/metrics.jsonl").metrics
        #expect(try found == metrics.metrics, "\(ranks) ranks")
      }
      // What the program learned beside the networks is one number, and it moved.
      let learned = try SafetensorsFile(contentsOf: model / "taco.safetensors")
        .tensor("objective.scale").floats()
      #expect(learned.count == 1 && learned[0] != 1)

      let run = folder / "resumed"
      try train(run, ["--steps", "6", "--checkpoint-every", "3"])
      try FileManager.default.removeItem(at: run / "checkpoints/step-6")
      try train(run, ["--steps", "6", "--checkpoint-every", "3", "--resume"], ranks: 2)
      #expect(try (run / "model").files == model.files)
    }
  }

  @Test func logsReportsAndTracesTellItsNumbers() throws {
    try withTemporaryFolder { folder in
      let run = folder / "run"
      try train(run)
      let line = try (run / "metrics.jsonl").metrics[0]
      for name in ["\"hinge\":", "\"inside\":", "\"scale\":1.0"] { #expect(line.contains(name)) }
      #expect(!line.contains("\"ce\":") && !line.contains("clusters"))
      let events = try Data(contentsOf: run / "events.out.tfevents.taco-dist")
      for tag in ["loss/squared-hinge", "objective/pairs-inside-the-margin"] {
        #expect(events.range(of: Data(tag.utf8)) != nil, "\(tag)")
      }
      let configuration = try (run / "config.yaml").text
      #expect(
        configuration.contains("objective: margin\n") && configuration.contains("margin: 0.5\n"))
      #expect(!configuration.contains("alpha"))

      try toy(["report", run.path, "--output", (folder / "report.html").path])
      let page = try (folder / "report.html").text
      for title in ["squared hinge", "Pairs inside the margin", "Learned scale"] {
        #expect(page.contains(title), "\(title)")
      }
      #expect(try toy(["table", run.path, "--steps"]).contains(",hinge,"))
      let predicted = try toy(["predict", (run / "model").path, texts(in: folder).path])
      #expect(predicted.split(separator: "\n").count == Utterances.plain.count + 1)
    }
  }

  @Test func checkComparesItsGradientsAndATraceHasThem() throws {
    try withTemporaryFolder { folder in
      try (folder / "data.csv").write(Utterances.csv())
      let data = ["--data", (folder / "data.csv").path, "--labels", "goemotions"]
      let options = Self.options.filter { $0 != "--quiet" }
      let checked = try toy(["check"] + data + options, ranks: 2)
      #expect(checked.contains("objective.scale"))
      func trace(_ ranks: Int?) throws -> URL {
        let file = folder / "\(ranks ?? 1).safetensors"
        try toy(["trace", "--output", file.path] + data + options, ranks: ranks)
        return file
      }
      let file = try SafetensorsFile(contentsOf: trace(nil))
      #expect(try file.tensor("loss.hinge").floats()[0] > 0)
      #expect(try file.tensor("gradient.objective.scale").floats()[0] != 0)
      #expect(try Data(contentsOf: trace(4)) == Data(contentsOf: trace(nil)))
    }
  }

  @Test func helpAndErrorsKnowItsSettings() throws {
    #expect(try toy(["train", "--help"]).contains("--margin"))
    let run = try #require(MPIRun("toy-dist"))
    for (arguments, message) in [
      (["--objective", "margin", "--margin", "-1"], "--margin is -1.0; give 0.0 to 100.0"),
      (
        ["--objective", "margin", "--margin", "wide"], "--margin <margin>': it is no decimal number"
      ),
      (["--margin", "1"], "the objective triple-view has no such setting"),
      (["--objective", "margin", "--alpha", "1"], "the objective margin has no such setting"),
      (["--objective", "margin", "--without", "ccl"], "has no such part to leave out"),
    ] {
      let outcome = try run(["train", "--steps", "1"] + arguments, ranks: nil)
      #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome)")
    }
  }

  /// A model of an objective that a program does not have is refused by name.
  @Test func theUsualProgramNamesWhatItDoesNotHave() throws {
    try withTemporaryFolder { folder in
      try train(folder / "run", ["--steps", "1"])
      let outcome = try taco(["predict", (folder / "run/model").path], input: "a\n")
      #expect(outcome.status == 65)
      #expect(
        outcome.errors.contains("the objective 'margin' is none of this program's: triple-view"))
    }
  }

  private func texts(in folder: URL) throws -> URL {
    let file = folder / "texts.txt"
    try file.write(Utterances.plain.joined(separator: "\n"))
    return file
  }
}
