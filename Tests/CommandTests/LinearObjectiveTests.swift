import Foundation
import Safetensors
import TestSupport
import Testing

/// `--objective linear`: the paper's plain baselines, from training to predictions.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct LinearObjectiveTests {
  private func train(_ run: URL, ranks: Int?) throws {
    try succeed(
      [
        "train", "--objective", "linear", "--steps", "6", "--quiet", "--output", run.path,
      ], ranks: ranks)
  }

  @Test func aModelIsTheSameAtAnyNumberOfRanksAndPredicts() throws {
    try withTemporaryFolder { folder in
      try train(folder / "alone", ranks: nil)
      let model = folder / "alone/model"
      for ranks in [2, 4] {
        try train(folder / "\(ranks)", ranks: ranks)
        #expect(try (folder / "\(ranks)/model").files == model.files, "\(ranks) ranks")
      }
      let heads = try SafetensorsFile(contentsOf: model / "taco.safetensors")
      #expect(try heads.tensor("heads.linear.0.weight").shape == [64, 64])
      #expect(try heads.tensor("heads.linear.2.weight").shape == [27, 64])
      #expect(try heads.tensor("labels.embeddings").shape == [0, 27])
      #expect(try (folder / "alone/config.yaml").text.contains("objective: linear\n"))
      let metrics = try (folder / "alone/metrics.jsonl").metrics
      #expect(!metrics[0].contains("ccl") && !metrics[0].contains("clusters"))
      let card = try (model / "README.md").text
      #expect(card.contains("fine-tuned by taco-dist's objective linear for 27 emotions"))
      #expect(card.contains("that its classifier gives the highest score"))
      #expect(!card.contains("labels' embeddings"))

      let texts = Utterances.plain.joined(separator: "\n")
      let predicted = try succeed(["predict", model.path, "--top-k", "27"], input: texts)
      let together = try succeed(["predict", model.path, "--top-k", "27"], ranks: 3, input: texts)
      #expect(predicted.output == together.output)
      #expect(predicted.output.split(separator: "\n").count == Utterances.plain.count + 1)
      #expect(try succeed(["evaluate", model.path]).output.contains("accuracy"))
      // The stored configuration gives the same run again.
      let again = folder / "again"
      try succeed(
        [
          "train", "--config", (folder / "alone/config.yaml").path, "--quiet", "--output",
          again.path,
        ])
      #expect(try (again / "model").files == model.files)
    }
  }

  /// Without a tower over the labels there is nothing to share a head with; a recipe's own value is no choice.
  @Test func sharedHeadsAreRefused() throws {
    let outcome = try taco(["train", "--objective", "linear", "--heads", "shared", "--steps", "1"])
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains("--heads is shared; give nothing: the objective linear has no tower"))
    _ = try withTemporaryFolder { folder in
      try succeed([
        "train", "--objective", "linear", "--recipe", "reference", "--steps", "1", "--quiet",
        "--output",
        (folder / "run").path,
      ])
    }
  }

  @Test func aTraceHasOneTower() throws {
    try withTemporaryFolder { folder in
      try (folder / "data.csv").write(Utterances.csv())
      func trace(_ ranks: Int?) throws -> URL {
        let file = folder / "\(ranks ?? 1).safetensors"
        try succeed(
          [
            "trace", "--objective", "linear", "--data", (folder / "data.csv").path, "--labels",
            "goemotions", "--output", file.path,
          ], ranks: ranks)
        return file
      }
      let file = try SafetensorsFile(contentsOf: trace(nil))
      #expect(try file.tensor("scores").shape == [Utterances.plain.count, 27])
      #expect(try file.tensor("gradient.heads.linear.2.bias").shape == [27])
      #expect(
        file.names.filter { !$0.hasPrefix("parameter.") && !$0.hasPrefix("gradient.") }.sorted()
          == [
            "cls.instances", "labels", "loss.ce", "loss.total", "scores",
          ])
      #expect(try Data(contentsOf: trace(3)) == Data(contentsOf: trace(nil)))
    }
  }

  @Test(arguments: ["ldl", "ccl", "clustering", "descriptions"])
  func partsOfTheMethodCannotBeLeftOut(part: String) throws {
    let outcome = try taco(["train", "--objective", "linear", "--without", part])
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains(
        "--without is \(part); give none: the objective linear has no such part"))
  }
}
