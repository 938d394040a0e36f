import Foundation
import Safetensors
import TestSupport
import Testing

/// `--objective lcl`: two encoders and two views of every text, the same bytes at any number of ranks.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct LabelAwareObjectiveTests {
  private static let options = [
    "--objective", "lcl", "--batch-size", "10", "--gradient-clip", "0.5",
  ]
  private static let words = "embeddings.word_embeddings.weight"

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
      for ranks in [2, 4, 8] {
        try train(folder / "\(ranks)", ranks: ranks)
        #expect(try (folder / "\(ranks)/model").files == model.files, "\(ranks) ranks")
        let found = try (folder / "\(ranks)/metrics.jsonl").metrics
        #expect(try found == metrics.metrics, "\(ranks) ranks")
      }
      let run = folder / "resumed"
      try train(run, ["--steps", "6", "--checkpoint-every", "3"], ranks: 2)
      try FileManager.default.removeItem(at: run / "checkpoints/step-6")
      let told = try train(
        run, ["--steps", "6", "--checkpoint-every", "3", "--resume"], ranks: 4)
      #expect(!told.contains("written again"))
      #expect(try (run / "model").files == model.files)

      // The checkpoint has both encoders, the model the first one alone.
      let checkpoint = try SafetensorsFile(
        contentsOf: run / "checkpoints/step-6/parameters.safetensors")
      let kept = try SafetensorsFile(contentsOf: model / "model.safetensors")
      let first = try checkpoint.tensor(Self.words).floats()
      #expect(try checkpoint.tensor("weighting.\(Self.words)").floats() != first)
      #expect(!kept.names.contains { $0.hasPrefix("weighting.") })
      #expect(try kept.tensor(Self.words).floats() == first)

      let texts = Utterances.plain.joined(separator: "\n")
      let predicted = try succeed(["predict", model.path, "--top-k", "27"], input: texts)
      let together = try succeed(["predict", model.path, "--top-k", "27"], ranks: 3, input: texts)
      #expect(predicted.output == together.output)
      #expect(try succeed(["evaluate", model.path]).output.contains("accuracy"))
      try succeed(["report", run.path, "--output", (folder / "report.html").path])
      #expect(try (folder / "report.html").text.contains("label-aware contrastive loss"))
      #expect(try succeed(["table", run.path, "--steps"]).output.contains(",ce,lcl,ce_weighting,"))
      let again = folder / "again"
      try succeed(
        ["train", "--config", (run / "config.yaml").path, "--quiet", "--output", again.path])
      #expect(try (again / "model").files == model.files)
    }
  }

  /// What trains in parts or in waves has both encoders too.
  @Test func frozenLayersAndWavesAreThoseOfBothEncoders() throws {
    try withTemporaryFolder { folder in
      let frozen = ["--steps", "3", "--freeze", "1"]
      try train(folder / "frozen", frozen)
      try train(folder / "frozen2", frozen, ranks: 2)
      #expect(try (folder / "frozen2/model").files == (folder / "frozen/model").files)
      let checkpoint = try SafetensorsFile(
        contentsOf: folder / "frozen/checkpoints/step-3/parameters.safetensors")
      #expect(!checkpoint.names.contains { $0.contains("layer.0.") || $0.contains("embeddings") })
      #expect(checkpoint.names.contains { $0.hasPrefix("weighting.encoder.layer.1.") })
      try train(folder / "whole", ["--steps", "3"])
      try train(folder / "waves", ["--steps", "3", "--memory-budget", "300K"])
      #expect(try (folder / "waves/model").files == (folder / "whole/model").files)
    }
  }

  @Test func checkComparesBothEncodersAndATraceHasThem() throws {
    try withTemporaryFolder { folder in
      try (folder / "data.csv").write(Utterances.csv())
      let data = ["--data", (folder / "data.csv").path, "--labels", "goemotions"]
      let checked = try succeed(["check"] + data + Self.options, ranks: 2).output
      #expect(checked.contains("weighting.\(Self.words)"))
      func trace(_ ranks: Int?) throws -> URL {
        let file = folder / "\(ranks ?? 1).safetensors"
        try succeed(["trace", "--output", file.path] + data + Self.options, ranks: ranks)
        return file
      }
      let file = try SafetensorsFile(contentsOf: trace(nil))
      // The same start, but other dropout and another gradient.
      for name in ["weighting.cls.views", "weighting.cls.instances", "cls.views"] {
        #expect(
          try file.tensor(name).floats() != file.tensor("cls.instances").floats(), "\(name)")
      }
      let words = try file.tensor("parameter.\(Self.words)").floats()
      #expect(try file.tensor("parameter.weighting.\(Self.words)").floats() == words)
      #expect(
        try file.tensor("gradient.weighting.\(Self.words)").floats().contains { $0 != 0 })
      #expect(try Data(contentsOf: trace(4)) == Data(contentsOf: trace(nil)))
    }
  }

  /// The second view is `aug_text` where the data has it, or the column that is named, of the training split alone.
  @Test func viewsAreReadFromTheirColumn() throws {
    try withTemporaryFolder { folder in
      let data = folder / "data"
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      let rows = (0..<12).map { "a first text \($0 % 5),words of a second one \($0),\($0 % 3)" }
      try (data / "train.csv").write("text,aug_text,label\n" + rows.joined(separator: "\n"))
      try (data / "valid.csv").write("text,label\ngood,0\nbad,1\n")
      let set = ["--data", data.path, "--labels", "goemotions", "--steps", "2"]
      func losses(_ name: String, _ more: [String]) throws -> Data {
        try train(folder / name, set + more)
        return try Data(contentsOf: folder / "\(name)/model/model.safetensors")
      }
      let found = try losses("found", [])
      #expect(try losses("named", ["--view-column", "aug_text"]) == found)
      let none = try losses("none", ["--view-column", ""])
      #expect(none != found)

      #expect(try (folder / "named/config.yaml").text.contains("view-column: aug_text"))
      // None is a value of its own: left out, the file's column would come back.
      let stored = folder / "none/config.yaml"
      #expect(try stored.text.contains("view-column: ''\n"))
      try succeed(
        ["train", "--config", stored.path, "--quiet", "--output", (folder / "again").path])
      #expect(try (folder / "again/model").files == (folder / "none/model").files)

      // Objects of a file may each have a view or not.
      try FileManager.default.removeItem(at: data / "train.csv")
      let objects = (0..<12).map { row in
        #"{"text": "a first text \#(row)", "label": \#(row % 3)"#
          + (row < 5 ? #", "aug_text": "other words \#(row)"}"# : "}")
      }
      try (data / "train.jsonl").write(objects.joined(separator: "\n"))
      for (options, rest) in [
        ([], "; the other 7 are read twice, with other dropout"),
        (["--no-dropout"], "; both readings of the other 7 are the same, without dropout"),
      ] {
        let outcome = try succeed(["train"] + Self.options + set + options, in: folder)
        #expect(
          outcome.errors.contains("column 'aug_text', 5 of 12 training texts\(rest)\n"),
          "\(outcome)")
      }
      try FileManager.default.removeItem(at: data / "train.jsonl")
      try (data / "train.csv").write("text,aug_text,label\n" + rows.joined(separator: "\n"))

      let missing = try taco(["train"] + Self.options + set + ["--view-column", "other"])
      #expect(missing.status == 65)
      for part in ["train.csv:1", "no column 'other'", "'aug_text'", "--view-column"] {
        #expect(missing.errors.contains(part), "\(part)")
      }
      let unread = try taco(
        ["train", "--objective", "linear"] + set + ["--view-column", "aug_text"])
      #expect(unread.status == 64 && unread.errors.contains("reads no second views"))
      let same = try taco(["train"] + Self.options + set + ["--view-column", "text"])
      #expect(same.status == 64 && same.errors.contains("--text-column and --view-column"))
    }
  }

  @Test func adaptersAndOtherObjectivesOptionsAreRefused() throws {
    for (options, text) in [
      (["--adapter", "lora"], "trains two encoders whole"),
      (["--alpha", "0.3"], "no such setting"),
      (["--lambda", "1.5"], "a number from 0 to 1"),
    ] {
      let run = try taco(["train"] + Self.options + options)
      #expect(run.status == 64 && run.errors.contains(text), "\(options)")
    }
    let other = try taco(["train", "--objective", "linear", "--lambda", "0.3"])
    #expect(other.status == 64 && other.errors.contains("no such setting"))
  }
}
