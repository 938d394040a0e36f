import Foundation
import Safetensors
import TestSupport
import Testing

/// `--objective cdp-mlm`: two tasks, the same bytes at any number of ranks.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct DefinitionObjectiveTests {
  private static let options = [
    "--objective", "cdp-mlm", "--batch-size", "16", "--pooling", "first", "--gradient-clip", "1",
  ]

  private func train(
    _ run: URL, _ more: [String] = ["--steps", "8"], ranks: Int? = nil
  ) throws {
    try succeed(["train", "--quiet", "--output", run.path] + Self.options + more, ranks: ranks)
  }

  @Test func theRunIsTheSameAtAnyNumberOfRanksAndAfterAResume() throws {
    try withTemporaryFolder { folder in
      try train(folder / "alone")
      let (model, metrics) = (folder / "alone/model", folder / "alone/metrics.jsonl")
      let tasks = try metrics.metrics.map { $0.contains("\"cdp\":") }
      #expect(tasks.contains(true) && tasks.contains(false))
      let step = try SafetensorsFile(
        contentsOf: folder / "alone/checkpoints/step-8/parameters.safetensors")
      // All that trains is in checkpoints; what only trains is in no model.
      #expect(step.names.contains("heads.mlm.decoder.weight"))
      let stored = try SafetensorsFile(contentsOf: model / "taco.safetensors")
      #expect(!stored.names.contains { $0.contains("mlm") })
      #expect(try stored.tensor("objective.pooler.dense.weight").shape == [64, 64])
      for ranks in [2, 4, 8] {
        try train(folder / "\(ranks)", ranks: ranks)
        #expect(try (folder / "\(ranks)/model").files == model.files, "\(ranks) ranks")
        let found = try (folder / "\(ranks)/metrics.jsonl").metrics
        #expect(try found == metrics.metrics, "\(ranks) ranks")
      }
      // Shards that are encoded twice draw and hide the same.
      try train(folder / "waves", ["--steps", "8", "--memory-budget", "1M"], ranks: 2)
      #expect(try (folder / "waves/model").files == model.files)
      let run = folder / "resumed"
      let saving = ["--steps", "8", "--checkpoint-every", "3", "--keep", "9"]
      try train(run, saving, ranks: 2)
      for later in ["checkpoints/step-6", "checkpoints/step-8", "model"] {
        try FileManager.default.removeItem(at: run / later)
      }
      try train(run, saving + ["--resume"], ranks: 4)
      #expect(try (run / "model").files == model.files)
      for name in ["parameters", "first-moments", "second-moments"] {
        let file = "checkpoints/step-8/\(name).safetensors"
        #expect(try Data(contentsOf: run / file) == Data(contentsOf: folder / "alone/\(file)"))
      }
    }
  }

  @Test func itsNumbersAreShownAndItsModelPredicts() throws {
    try withTemporaryFolder { folder in
      let run = folder / "run"
      try train(run, ranks: 2)
      let texts = Utterances.plain.joined(separator: "\n")
      let predicted = try succeed(["predict", run.path, "--top-k", "27"], input: texts)
      let together = try succeed(["predict", run.path, "--top-k", "27"], ranks: 3, input: texts)
      #expect(predicted.output == together.output)
      #expect(try succeed(["evaluate", run.path]).output.contains("accuracy"))
      try succeed(["report", run.path, "--output", (folder / "report.html").path])
      let page = try (folder / "report.html").text
      for title in ["class definition prediction", "masked language model", "Pairs judged right"] {
        #expect(page.contains(title), "\(title)")
      }
      let steps = try succeed(["table", run.path, "--steps"]).output.split(separator: "\n")
      let names = steps[0].split(separator: ",", omittingEmptySubsequences: false)
      for name in ["ce", "cdp", "mlm", "pair_accuracy", "hidden_tokens"] {
        let column = try #require(names.firstIndex { $0 == name }, "\(name)")
        // A step has the numbers of its task and no others.
        let cells = steps.dropFirst().map {
          $0.split(separator: ",", omittingEmptySubsequences: false)[column]
        }
        #expect(cells.contains("") && !cells.allSatisfy { $0 == "" }, "\(name)")
      }
    }
  }

  @Test(arguments: ["0", "1"])
  func checkComparesItsGradientsAndATraceHasThem(probability: String) throws {
    try withTemporaryFolder { folder in
      try (folder / "data.csv").write(Utterances.csv())
      let data = ["--data", (folder / "data.csv").path, "--labels", "goemotions"]
      let options = data + Self.options + ["--task-probability", probability]
      let checked = try succeed(["check"] + options, ranks: 2).output
      #expect(checked.contains("heads.mlm.decoder.weight"))
      func trace(_ ranks: Int?) throws -> URL {
        let file = folder / "\(ranks ?? 1).safetensors"
        try succeed(["trace", "--output", file.path] + options, ranks: ranks)
        return file
      }
      let file = try SafetensorsFile(contentsOf: trace(nil))
      let hasPairs = probability == "0"
      for name in ["loss.cdp", "loss.mlm", "pairs.ids", "cls.pairs"] {
        #expect(file.names.contains(name) == hasPairs, "\(name)")
      }
      for name in ["loss.ce", "labels", "scores", "cls.instances"] {
        #expect(file.names.contains(name) == !hasPairs, "\(name)")
      }
      // The other task's heads have no gradient in a step.
      let decoder = try file.tensor("gradient.heads.mlm.decoder.weight").floats()
      let classifier = try file.tensor("gradient.objective.classifier.weight").floats()
      #expect(decoder.contains { $0 != 0 } == hasPairs)
      #expect(classifier.contains { $0 != 0 } == !hasPairs)
      #expect(try Data(contentsOf: trace(4)) == Data(contentsOf: trace(nil)))
    }
  }

  /// A batch of one row, and one whose tokens all stay.
  @Test(arguments: [["--batch-size", "1"], ["--mask-probability", "0"]])
  func degenerateBatchesTrain(options: [String]) throws {
    try withTemporaryFolder { folder in
      try train(
        folder / "run", ["--steps", "4", "--task-probability", "0"] + options, ranks: 2)
      let steps = try (folder / "run/metrics.jsonl").metrics.filter {
        $0.contains(#""event":"step""#)
      }
      #expect(steps.count == 4)
      #expect(!steps.contains { $0.contains("nan") || $0.contains("null") })
      let idle = steps.count { $0.contains(#""hidden_tokens":0,"#) }
      #expect(steps.count { $0.contains(#""mlm":0.0,"#) } == idle)
      #expect(idle == 4 || options[0] == "--batch-size")
    }
  }

  @Test func whatTeachesNothingIsTold() throws {
    try withTemporaryFolder { folder in
      let names = ["joy", "anger", "sadness"]
      for split in ["train", "valid"] {
        try (folder / "data/\(split).csv").write(Utterances.csv { names[$0 % 3] })
      }
      try (folder / "names.yaml").write(names.map { "\($0): \($0)\n" }.joined())
      try (folder / "one.yaml").write(
        names.map { "\($0): \($0 == "joy" ? "A feeling." : $0)\n" }.joined())
      func told(_ labels: String, _ options: [String]) throws -> String {
        try succeed(
          ["train", "--steps", "1", "--data", (folder / "data").path, "--labels", labels] + options,
          in: folder
        ).errors
      }
      let untrained = "note: task-probability is 0: no step is about emotions"
      let undefined = "note: definitions: the labels have none but their names"
      #expect(try told("names.yaml", Self.options).contains(undefined))
      #expect(
        try told("goemotions", Self.options + ["--task-probability", "0"]).contains(untrained))
      for (labels, options) in [
        ("goemotions", Self.options + ["--task-probability", "1"]), ("one.yaml", Self.options),
        ("names.yaml", Self.options + ["--task-probability", "1"]),
        ("names.yaml", ["--objective", "linear"]),
      ] {
        #expect(try !told(labels, options).contains("note: "), "\(labels) \(options)")
      }
    }
  }

  @Test func whatHasNoPairsIsRefused() throws {
    let dialogue = try taco(
      ["train", "--steps", "1", "--dialogue-column", "dialogue", "--past", "1"] + Self.options)
    #expect(dialogue.status == 64)
    #expect(dialogue.errors.contains("it pairs single texts with definitions"), "\(dialogue)")
    let outcome = try taco(["train", "--steps", "1", "--task-probability", "2"] + Self.options)
    #expect(outcome.status == 64 && outcome.errors.contains("a probability from 0 to 1"))
    let other = try taco(["train", "--steps", "1", "--task-probability", "0.5"])
    #expect(other.status == 64)
    #expect(other.errors.contains("the objective triple-view has no such setting"))
  }
}
