import Foundation
import Safetensors
import TestSupport
import Testing

/// `--objective hypemo`: from a tree to predictions, the same bytes at any number of ranks.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct HyperbolicObjectiveTests {
  private static let options = [
    "--objective", "hypemo", "--batch-size", "16", "--tree-epochs", "30",
  ]

  @discardableResult
  private func train(
    _ run: URL, _ more: [String] = ["--steps", "6"], ranks: Int? = nil
  ) throws -> String {
    try succeed(
      ["train", "--quiet", "--output", run.path] + Self.options + more, ranks: ranks
    ).output
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
      let run = folder / "resumed"
      try train(run, ["--steps", "6", "--checkpoint-every", "3"], ranks: 2)
      try FileManager.default.removeItem(at: run / "checkpoints/step-6")
      try train(run, ["--steps", "6", "--checkpoint-every", "3", "--resume"], ranks: 4)
      #expect(try (run / "model").files == model.files)
      // The vectors are no part of what is trained.
      let kept = try SafetensorsFile(
        contentsOf: run / "checkpoints/step-6/parameters.safetensors")
      #expect(!kept.names.contains("objective.label_vectors"))
      let stored = try SafetensorsFile(contentsOf: model / "taco.safetensors")
      #expect(try stored.tensor("objective.label_vectors").shape == [27, 100])
      #expect(try stored.tensor("objective.dense.weight").shape == [64, 64])

      let texts = Utterances.plain.joined(separator: "\n")
      let predicted = try succeed(["predict", model.path, "--top-k", "27"], input: texts)
      let together = try succeed(["predict", model.path, "--top-k", "27"], ranks: 3, input: texts)
      #expect(predicted.output == together.output)
      #expect(predicted.output.split(separator: "\n").count == Utterances.plain.count + 1)
      #expect(try succeed(["evaluate", model.path]).output.contains("accuracy"))
      try succeed(
        ["report", run.path, "--output", (folder / "report.html").path])
      let page = try (folder / "report.html").text
      for title in ["weighted cross-entropy", "Hyperbolic distance"] {
        #expect(page.contains(title), "\(title)")
      }
      #expect(try succeed(["table", run.path, "--steps"]).output.contains(",wce,nll,pull,"))
      // The stored configuration gives the same run again.
      let again = folder / "again"
      try succeed(
        ["train", "--config", (run / "config.yaml").path, "--quiet", "--output", again.path])
      #expect(try (again / "model").files == model.files)
    }
  }

  /// The labels' vectors stand in the run folder: a run that goes on takes them from there, and never damaged ones.
  @Test func theRunKeepsItsLabelVectors() throws {
    try withTemporaryFolder { folder in
      let run = folder / "run"
      let file = run / "tables.safetensors"
      let options = ["--steps", "6", "--checkpoint-every", "3"]
      try train(run, options, ranks: 2)
      let (bytes, model) = try (Data(contentsOf: file), (run / "model").files)
      let kept = try SafetensorsFile(contentsOf: file)
      let values = try kept.floats("label_vectors")
      #expect(
        try values
          == SafetensorsFile(contentsOf: run / "model/taco.safetensors")
          .floats("objective.label_vectors"))
      func resume() throws -> MPIRun.Outcome {
        try? FileManager.default.removeItem(at: run / "checkpoints/step-6")
        return try taco(
          ["train", "--quiet", "--resume", "--output", run.path] + Self.options + options, ranks: 2)
      }
      // Missing, of another tree, damaged: made again.
      var other = bytes
      let place = try #require(other.range(of: Data("\"source\":\"".utf8))).upperBound
      other[place] = other[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
      for (found, isTold) in [(nil, false), (other, false), (bytes.dropLast(), true)] {
        try FileManager.default.removeItem(at: file)
        try found?.write(to: file)
        let outcome = try resume()
        #expect(outcome.status == 0)
        let told = outcome.errors.components(separatedBy: "tables.safetensors: damaged").count - 1
        #expect(told == (isTold ? 1 : 0), "\(outcome)")
        #expect(try Data(contentsOf: file) == bytes && (run / "model").files == model)
      }
      var flipped = bytes
      flipped[flipped.count - 7] ^= 1
      try flipped.write(to: file)
      #expect(try resume().errors.contains("its values are not those that were written"))
      #expect(try Data(contentsOf: file) == bytes)
      // They are what is taken: others, whole and of this tree, are not those that the run was started with.
      let strange = values.map { $0 / 2 }
      var writer = SafetensorsWriter(metadata: [
        "source": try #require(kept.metadata["source"]),
        "values": SHA256.digest(of: strange.withUnsafeBytes { Data($0) }),
      ])
      try writer.add("label_vectors", shape: [27, 100], values: strange)
      try writer.write(to: file)
      let refused = try resume()
      #expect(refused.status == 65 && refused.errors.contains("label_vectors"), "\(refused)")
    }
  }

  /// The branch's parameters have a rate of their own: at 0 they stay where they start, the others move.
  @Test func theBranchHasItsOwnRate() throws {
    try withTemporaryFolder { folder in
      func parameters(_ name: String, _ options: [String]) throws -> SafetensorsFile {
        try train(folder / name, ["--steps", "2"] + options, ranks: 2)
        return try SafetensorsFile(contentsOf: folder / "\(name)/model/taco.safetensors")
      }
      let usual = try parameters("usual", [])
      let still = try parameters("still", ["--hyperbolic-rate", "0"])
      // After the first step the factor makes the rate 0: one step was made.
      let once = try parameters(
        "once", ["--hyperbolic-rate-every", "1", "--hyperbolic-rate-factor", "0"])
      let bias = try still.tensor("objective.hyperbolic.bias").floats()
      #expect(bias.allSatisfy { $0 == 0 })
      let moved = try usual.tensor("objective.hyperbolic.bias").floats()
      // Adam's first steps are as long as its rate.
      #expect(moved.contains { abs($0) > 0.011 } && moved.allSatisfy { abs($0) < 0.0201 })
      let first = try once.tensor("objective.hyperbolic.bias").floats()
      #expect(first.contains { abs($0) > 0.0099 } && first.allSatisfy { abs($0) < 0.0101 })
      let (a, b) = try (
        usual.tensor("objective.dense.bias").floats(), still.tensor("objective.dense.bias").floats()
      )
      #expect(
        a.allSatisfy { abs($0) < 0.0061 } && a.contains { $0 != 0 } && !b.allSatisfy { $0 == 0 })
    }
  }

  @Test func checkComparesItsGradientsAndATraceHasThem() throws {
    try withTemporaryFolder { folder in
      try (folder / "data.csv").write(Utterances.csv())
      let data = ["--data", (folder / "data.csv").path, "--labels", "goemotions"]
      let checked = try succeed(["check"] + data + Self.options, ranks: 2).output
      #expect(checked.contains("objective.hyperbolic.weight"))
      #expect(!checked.contains("label_vectors"))
      func trace(_ ranks: Int?) throws -> URL {
        let file = folder / "\(ranks ?? 1).safetensors"
        try succeed(["trace", "--output", file.path] + data + Self.options, ranks: ranks)
        return file
      }
      let file = try SafetensorsFile(contentsOf: trace(nil))
      #expect(try file.tensor("loss.wce").floats()[0] > 0)
      #expect(
        try file.tensor("gradient.objective.hyperbolic.bias").floats().contains { $0 != 0 })
      #expect(
        file.names.contains("parameter.objective.label_vectors")
          && !file.names.contains("gradient.objective.label_vectors"))
      #expect(try Data(contentsOf: trace(4)) == Data(contentsOf: trace(nil)))
    }
  }

  /// A tree of one's own, and what is wrong with others, told once with file and line.
  @Test func treesAreReadAndBadOnesNamed() throws {
    try withTemporaryFolder { folder in
      let file = folder / "tree.tsv"
      let labels = folder / "labels.json"
      try labels.write(#"{"joy": "Being glad.", "fear": "Being afraid.", "saudade": "Longing."}"#)
      for split in ["train", "valid"] {
        try (folder / "data/\(split).csv").write(
          "text,label\nhow nice,joy\noh no,fear\nI miss it,saudade\nso good,joy\n")
      }
      let options = [
        "--data", (folder / "data").path, "--labels", labels.path, "--steps", "1",
      ]
      let without = try taco(["train"] + Self.options + options)
      #expect(without.status == 64)
      #expect(
        without.errors.contains("--label-tree is not given") && without.errors.contains("'saudade'")
      )

      try file.write("joy\tgood\nsaudade\tgood\nsaudade\tbad\nfear\tbad\n")
      let tree = ["--label-tree", file.path]
      try train(folder / "run", options + tree, ranks: 2)
      #expect(try (folder / "run/config.yaml").text.contains("label-tree: \(file.path)\n"))
      // Another tree is another run.
      try file.write("joy\tgood\nsaudade\tbad\nfear\tbad\n")
      let other = try taco(
        ["train", "--output", (folder / "run").path, "--resume"] + Self.options + options + tree)
      #expect(other.status == 65 && other.errors.contains("label_vectors"), "\(other)")

      for (text, message) in [
        ("joy\tgood\nfear\tbad\nbad\tfear\nsaudade\tgood\n", "tree.tsv:3: a cycle"),
        ("joy\tgood\nfear\tbad\n", "tree.tsv: the label 'saudade' is not in the tree"),
        ("joy\tgood\nfear\tbad\nsaudade good\n", "tree.tsv:3: 'saudade good' is not child, TAB"),
      ] {
        try file.write(text)
        for ranks in [nil, 2] {
          let outcome = try taco(["train"] + Self.options + options + tree, ranks: ranks)
          #expect(outcome.status == 65 && outcome.errors.contains(message), "\(outcome)")
          #expect(outcome.errors.components(separatedBy: "tree.tsv").count == 2, "\(outcome)")
        }
      }
      let missing = try taco(
        ["train"] + Self.options + options + ["--label-tree", (folder / "none").path])
      #expect(missing.status == 65 && missing.errors.contains("none: no such file"), "\(missing)")
    }
  }

  @Test func otherObjectivesKnowNothingOfIt() throws {
    let outcome = try taco(["train", "--steps", "1", "--gamma", "1"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("the objective triple-view has no such setting"))
    #expect(try succeed(["train", "--help"]).output.contains("--label-tree"))
  }
}
