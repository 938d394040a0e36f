import Foundation
import Safetensors
import TestSupport
import Testing

/// `--adversarial` and `--objective sacl`: a second pass with perturbed parameters, the same bytes at any number of ranks.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct AdversarialTests {
  private static let sacl = ["--objective", "sacl", "--batch-size", "16"]

  private func train(_ run: URL, _ options: [String], ranks: Int? = nil) throws {
    try succeed(["train", "--quiet", "--output", run.path] + options, ranks: ranks)
  }

  @Test(arguments: [
    sacl + ["--focal-gamma", "1"],
    ["--adversarial", "0.5", "--batch-size", "16", "--memory-budget", "1M"],
    ["--adversarial", "2", "--objective", "linear", "--freeze", "1"],
    ["--adversarial", "0.5", "--adapter", "lora", "--adapter-rank", "2", "--recipe", "reference"],
  ])
  func theRunIsTheSameAtAnyNumberOfRanksAndAfterAResume(options: [String]) throws {
    try withTemporaryFolder { folder in
      let options = options + ["--steps", "4"]
      try train(folder / "alone", options)
      let (model, metrics) = (folder / "alone/model", folder / "alone/metrics.jsonl")
      for ranks in [2, 4, 8] {
        try train(folder / "\(ranks)", options, ranks: ranks)
        #expect(try (folder / "\(ranks)/model").files == model.files, "\(ranks) ranks")
        let found = try (folder / "\(ranks)/metrics.jsonl").metrics
        #expect(try found == metrics.metrics, "\(ranks) ranks")
      }
      let run = folder / "resumed"
      try train(run, options + ["--checkpoint-every", "2"], ranks: 2)
      try FileManager.default.removeItem(at: run / "checkpoints/step-4")
      try train(run, options + ["--checkpoint-every", "2", "--resume"], ranks: 4)
      #expect(try (run / "model").files == model.files)
      // The stored configuration gives the same run again.
      let again = folder / "again"
      try train(again, ["--config", (folder / "alone/config.yaml").path])
      #expect(try (again / "model").files == model.files)
    }
  }

  /// The pass costs and changes something, and 0 is none at all.
  @Test func thePassCanBeLeftOut() throws {
    try withTemporaryFolder { folder in
      let options = ["--steps", "2", "--batch-size", "16"]
      try train(folder / "plain", options)
      try train(folder / "none", options + ["--adversarial", "0"])
      try train(folder / "some", options + ["--adversarial", "0.5"])
      let weights = "model/model.safetensors"
      let plain = try Data(contentsOf: folder / "plain/\(weights)")
      #expect(try Data(contentsOf: folder / "none/\(weights)") == plain)
      #expect(try Data(contentsOf: folder / "some/\(weights)") != plain)
      #expect(try !(folder / "none/metrics.jsonl").text.contains("adversarial"))
      #expect(try (folder / "some/metrics.jsonl").text.contains(#""adversarial":"#))
      try train(folder / "sacl", Self.sacl + ["--steps", "1", "--adversarial", "0"])
      // Values that nobody gave are no wishes.
      try train(folder / "again", ["--config", (folder / "sacl/config.yaml").path])
      let zeros = ["--no-dropout", "--head-dropout", "0"]
      try train(folder / "zeros", Self.sacl + ["--steps", "1"] + zeros)
      #expect(try (folder / "sacl/config.yaml").text.contains("adversarial: 0.0\n"))
      #expect(try !(folder / "sacl/metrics.jsonl").text.contains("adversarial"))
    }
  }

  @Test func checkTraceAndReportsKnowIt() throws {
    try withTemporaryFolder { folder in
      try (folder / "data.csv").write(Utterances.csv())
      let data = ["--data", (folder / "data.csv").path, "--labels", "goemotions"]
      for options in [Self.sacl, ["--adversarial", "0.5", "--batch-size", "16"]] {
        let checked = try succeed(["check"] + data + options, ranks: 2).output
        #expect(checked.contains("PASS") && checked.contains(", adversarial) "), "\(checked)")
        func trace(_ ranks: Int?) throws -> URL {
          let file = folder / "\(ranks ?? 1).safetensors"
          try succeed(["trace", "--output", file.path] + data + options, ranks: ranks)
          return file
        }
        let file = try SafetensorsFile(contentsOf: trace(nil))
        #expect(try file.tensor("loss.adversarial").floats()[0] > 0)
        #expect(try Data(contentsOf: trace(4)) == Data(contentsOf: trace(nil)))
        // The rows are those of the parameters as they are.
        let plain = folder / "plain.safetensors"
        let none = ["--adversarial", "0"]
        let without = options.filter { !["--adversarial", "0.5"].contains($0) } + none
        try succeed(["trace", "--output", plain.path] + data + without)
        let (one, two) = (file, try SafetensorsFile(contentsOf: plain))
        for name in [
          "cls.instances", "scores", "loss.ce", "parameter.embeddings.word_embeddings.weight",
        ] {
          #expect(try one.tensor(name).floats() == two.tensor(name).floats(), "\(name)")
        }
        let gradient = "gradient.encoder.layer.1.output.dense.weight"
        #expect(try one.tensor(gradient).floats() != two.tensor(gradient).floats())
      }
      let run = folder / "run"
      try train(run, Self.sacl + ["--steps", "3"], ranks: 2)
      try succeed(["report", run.path, "--output", (folder / "report.html").path])
      let page = try (folder / "report.html").text
      for title in ["dversarial loss", "upervised contrastive loss", "ositive pairs"] {
        #expect(page.contains(title), "\(title)")
      }
      #expect(
        try succeed(["table", run.path, "--steps"]).output.contains(",ce,scl,adversarial,"))
      let texts = Utterances.plain.joined(separator: "\n")
      let alone = try succeed(["predict", (run / "model").path], input: texts)
      let together = try succeed(["predict", (run / "model").path], ranks: 3, input: texts)
      #expect(alone.output == together.output)
    }
  }

  /// Beside one another systems go by their names; what was given to one is told, what follows from its method is not.
  @Test func tablesNameSystemsByWhatWasGiven() throws {
    try withTemporaryFolder { folder in
      try train(folder / "runs/sacl", ["--objective", "sacl", "--steps", "1"])
      try train(folder / "runs/taco", ["--steps", "1"])
      func rows() throws -> [String] {
        try succeed(["table", (folder / "runs").path]).output.split(separator: "\n").dropFirst()
          .map { String($0).components(separatedBy: "  ")[0] }
      }
      #expect(try rows().prefix(2) == ["SACL", "TACO"])
      try train(
        folder / "runs/sacl2", ["--objective", "sacl", "--steps", "1", "--weight-decay", "0.5"])
      #expect(
        try rows().prefix(3) == ["SACL, weight-decay 0.001", "SACL, weight-decay 0.5", "TACO"])
      try FileManager.default.removeItem(at: folder / "runs/sacl")
      #expect(try rows().prefix(2) == ["SACL, weight-decay 0.5", "TACO"])
    }
  }

  @Test func whatCannotBePerturbedIsRefused() throws {
    for (options, message) in [
      (["--freeze", "2", "--adversarial", "1"], "--adversarial is 1.0; give 0, or freeze fewer"),
      (["--freeze", "2", "--objective", "sacl"], "--adversarial is 1.0; give 0, or freeze fewer"),
      (["--adversarial", "-1"], "--adversarial"), (["--adversarial", "inf"], "--adversarial"),
      (["--focal-gamma", "1"], "the objective triple-view has no such setting"),
      (
        Self.sacl + ["--adversarial", "0", "--adversarial-contrastive-weight", "0.2"],
        "--adversarial-contrastive-weight is 0.2; give nothing where adversarial is 0: there is no second pass"
      ),
      (
        Self.sacl + ["--no-dropout", "--head-dropout", "0.3"], "--head-dropout is 0.3; give nothing"
      ),
      (
        ["--objective", "cdp-mlm", "--no-dropout", "--head-dropout", "0.3"],
        "--head-dropout is 0.3; give nothing beside no-dropout, which turns all dropout off"
      ),
      (
        ["--objective", "lcl", "--no-dropout", "--head-dropout", "0.3"],
        "--head-dropout is 0.3; give"
      ),
      (
        ["--objective", "hypemo", "--no-dropout", "--head-dropout", "0.3"],
        "--head-dropout is 0.3; give nothing"
      ),
    ] {
      let outcome = try taco(["train", "--steps", "1"] + options, ranks: 2)
      #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome)")
    }
  }

  /// What an objective's paper trains with holds where nothing else is given, and for nano what suits it.
  @Test func objectivesBringTheirTrainingSettings() throws {
    try withTemporaryFolder { folder in
      try train(folder / "run", ["--objective", "hypemo", "--steps", "1", "--tree-epochs", "5"])
      let stored = try (folder / "run/config.yaml").text
      for line in [
        "optimizer: adam", "weight-decay: 0.01", "schedule: constant", "batch-size: 100",
      ] {
        #expect(stored.contains("\(line)\n"), "\(line)")
      }
      #expect(stored.contains("learning-rate: 0.003\n"))
      let given = [
        "--objective", "hypemo", "--steps", "1", "--tree-epochs", "5", "--optimizer", "torch",
        "--batch-size", "8",
      ]
      try train(folder / "given", given)
      let other = try (folder / "given/config.yaml").text
      #expect(other.contains("optimizer: torch\n") && other.contains("batch-size: 8\n"))
    }
  }
}
