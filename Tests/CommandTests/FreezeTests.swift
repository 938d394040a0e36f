import Foundation
import Safetensors
import TestSupport
import Testing

/// `--freeze N`: the embeddings and the N lowest layers stay as they are, and cost nothing that training costs.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct FreezeTests {
  private static let options = [
    "--freeze", "1", "--batch-size", "16", "--steps", "6", "--checkpoint-every", "3", "--keep", "2",
    "--quiet",
  ]

  private func train(_ run: URL, _ more: [String] = [], ranks: Int? = nil) throws {
    try succeed(["train", "--output", run.path] + Self.options + more, ranks: ranks)
  }

  /// Whether a parameter of `nano` is frozen.
  private func isFrozen(_ name: String) -> Bool {
    name.hasPrefix("embeddings.") || name.hasPrefix("encoder.layer.0.")
  }

  @Test func onlyWhatIsTrainedMovesAndTheRunIsTheSameAtAnyNumberOfRanks() throws {
    try withTemporaryFolder { folder in
      try train(folder / "alone")
      let model = folder / "alone/model"
      for ranks in [2, 4] {
        try train(folder / "\(ranks)", ranks: ranks)
        #expect(try (folder / "\(ranks)/model").files == model.files, "\(ranks) ranks")
      }
      try train(folder / "waves", ["--memory-budget", "100K"], ranks: 2)
      #expect(try (folder / "waves/model").files == model.files)

      let start = try trace(folder)
      let end = try SafetensorsFile(contentsOf: model / "model.safetensors")
      #expect(end.names.contains { isFrozen($0) } && end.names.contains { !isFrozen($0) })
      for name in end.names {
        let before = try start.tensor("parameter.\(name)").floats()
        #expect(try (end.tensor(name).floats() == before) == isFrozen(name), "\(name)")
      }
    }
  }

  @Test func checkpointsAndTrafficHoldNothingFrozen() throws {
    try withTemporaryFolder { folder in
      let run = folder / "run"
      try train(run, ranks: 2)
      let checkpoint = run / "checkpoints/step-6"
      for part in ["parameters", "first-moments", "second-moments", "best"] {
        let names = try SafetensorsFile(contentsOf: checkpoint / "\(part).safetensors").names
        #expect(!names.isEmpty && !names.contains { isFrozen($0) }, "\(part)")
      }
      let whole = folder / "whole"
      try succeed(
        ["train", "--output", whole.path]
          + Self.options.filter { !["--freeze", "1"].contains($0) },
        ranks: 2)
      #expect(try bytesSent(run) < bytesSent(whole) / 2)

      // A run that ended goes on, with other ranks, to the same bytes.
      let model = try (run / "model").files
      try FileManager.default.removeItem(at: checkpoint)
      try train(run, ["--resume"], ranks: 4)
      #expect(try (run / "model").files == model)
    }
  }

  @Test func gradientsOfWhatIsTrainedAreThoseOfAWholeStep() throws {
    try withTemporaryFolder { folder in
      let whole = try trace(folder)
      for ranks in [nil, 4] {
        let frozen = try trace(folder, ["--freeze", "1"], ranks: ranks)
        let names = frozen.names.filter { $0.hasPrefix("gradient.") }
        #expect(names.count > 10)
        for name in names {
          #expect(!isFrozen(String(name.dropFirst("gradient.".count))), "\(name)")
          #expect(try frozen.tensor(name).floats() == whole.tensor(name).floats(), "\(name)")
        }
      }
      let checked = try succeed(
        ["check", "--data", (folder / "data.csv").path, "--labels", "goemotions", "--freeze", "1"],
        ranks: 2)
      #expect(!checked.output.contains("encoder.layer.0."))
    }
  }

  @Test func allLayersCanBeFrozenAndNoMore() throws {
    try withTemporaryFolder { folder in
      try succeed(
        ["train", "--output", (folder / "heads").path, "--steps", "2", "--quiet", "--freeze", "2"],
        ranks: 2)
      for (count, message) in [
        ("3", "--freeze is 3; give 1 to 2, the encoder's layers"),
        ("0", "--freeze is 0; give 1 to"),
        ("-1", "--freeze is -1; give 1 to"), ("x", "--freeze"),
      ] {
        let outcome = try taco(["train", "--steps", "1", "--freeze", count], in: folder)
        #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome)")
      }
    }
  }

  private func trace(
    _ folder: URL, _ more: [String] = [], ranks: Int? = nil
  ) throws -> SafetensorsFile {
    try (folder / "data.csv").write(Utterances.csv())
    let file = folder / "trace-\(more.count)-\(ranks ?? 0).safetensors"
    try succeed(
      [
        "trace", "--data", (folder / "data.csv").path, "--labels", "goemotions", "--output",
        file.path,
      ] + more, ranks: ranks)
    return try SafetensorsFile(contentsOf: file)
  }

  private func bytesSent(_ run: URL) throws -> Int {
    let line = try #require(try (run / "metrics.jsonl").text.split(separator: "\n").first)
    let number = try #require(line.firstMatch(of: /"bytes_sent":(\d+)/)).1
    return try #require(Int(number))
  }
}
