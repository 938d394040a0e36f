import Foundation
import Tensors
import TestSupport
import Testing

/// Whole short trainings, every file of the run folder compared byte by byte.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct WholeRunTests {
  /// Each with evaluations, checkpoints and an uneven last batch.
  static let runs: [[String]] = [
    // Waves, early stopping.
    ["--batch-size", "100", "--memory-budget", "300K", "--patience", "1", "--epochs", "4"],
    // More shards than rows: some are empty.
    ["--batch-size", "10", "--shards", "64", "--steps", "9", "--checkpoint-every", "4"],
    // The other recipe, clusters by the elbow method, a gradient that is clipped.
    [
      "--recipe", "reference", "--clusters", "elbow", "--steps", "6", "--warm-up", "2",
      "--gradient-clip", "0.5",
    ],
  ]

  /// Ranks, 0 for a start by hand, and the threads of each.
  static let starts = [[0, 3], [2, 1], [3, 1], [4, 2], [8, 1]]

  @Test(arguments: runs)
  func everyFileIsTheSame(options: [String]) throws {
    try withTemporaryFolder { folder in
      let reference = try Self.train(folder / "alone", [0, 1], options)
      #expect(reference.keys.contains { $0.hasSuffix("second-moments.safetensors") })
      #expect(reference.keys.contains("model/model.safetensors"))
      for start in Self.starts {
        let found = try Self.train(folder / "\(start[0])-\(start[1])", start, options)
        #expect(Self.differences(found, reference) == [], "\(start[0]) ranks, \(start[1]) threads")
      }
    }
  }

  /// The names of the files that are not the same, or not in both.
  private static func differences(_ a: [String: Data], _ b: [String: Data]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }

  /// The files of a run by name; of the log, what may not differ.
  private static func train(
    _ run: URL, _ start: [Int], _ options: [String]
  ) throws -> [String: Data] {
    try succeed(
      ["train", "--quiet", "--threads", "\(start[1])", "--keep", "9", "--output", run.path]
        + options, ranks: start[0] == 0 ? nil : start[0])
    var files = try run.files
    // Its events carry the time of day.
    files["events.out.tfevents.taco-dist"] = nil
    let metrics = try (run / "metrics.jsonl").metrics
    #expect(metrics.count > 5)
    files["metrics.jsonl"] = Data(metrics.joined(separator: "\n").utf8)
    return files
  }

  /// The ways without the promise still train, on every rank the same.
  @Test(arguments: [["--reduction", "allreduce"], ["--gradient-exchange", "bf16"]])
  func otherExchangesTrain(options: [String]) throws {
    try withTemporaryFolder { folder in
      var losses: [Double] = []
      for (name, options) in [("ordered", []), ("other", options)] {
        let run = folder / name
        try succeed(
          ["train", "--quiet", "--steps", "5", "--no-dropout", "--guard-every", "1"]
            + ["--output", run.path] + options, ranks: 4)
        let line = try #require(
          try (run / "metrics.jsonl").metrics.last { $0.contains(#""event":"step""#) })
        struct Step: Decodable { let loss: Double }
        losses.append(try JSONDecoder().decode(Step.self, from: Data((line + "}").utf8)).loss)
      }
      #expect(losses[0] != losses[1] || options.contains("allreduce"))
      #expect(abs(losses[0] - losses[1]) < 0.02 * losses[0], "\(losses)")
    }
  }

  @Test func waysThatDoNotGoTogetherAreRefused() throws {
    let outcome = try taco(
      ["train", "--reduction", "allreduce", "--gradient-exchange", "bf16", "--steps", "1"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--gradient-exchange is bfloat16; give float32"))
  }

  /// Rounded products train nearly the same, on any ranks exactly so, and are part of the run's identity.
  @Test(.enabled(if: ProductPrecision.bfloat16.isAvailable, "the processor has no AVX512-BF16"))
  func roundedProductsTrain() throws {
    try withTemporaryFolder { folder in
      let options = ["--steps", "5", "--no-dropout"]
      let rounded = options + ["--precision", "bfloat16"]
      let exact = try Self.train(folder / "exact", [1, 1], options)
      let one = try Self.train(folder / "one", [1, 1], rounded)
      let four = try Self.train(folder / "four", [4, 1], rounded)
      #expect(one == four)
      func weights(_ files: [String: Data]) -> Data? { files["model/model.safetensors"] }
      #expect(weights(one) != nil && weights(one) != weights(exact))
      let configuration = String(decoding: try #require(one["config.yaml"]), as: UTF8.self)
      #expect(configuration.contains("precision: bfloat16"))
      func loss(_ files: [String: Data]) throws -> Double {
        struct Step: Decodable { let loss: Double }
        let lines = String(decoding: files["metrics.jsonl"] ?? Data(), as: UTF8.self)
          .split(separator: "\n")
        let line = try #require(lines.last { $0.contains(#""event":"step""#) })
        return try JSONDecoder().decode(Step.self, from: Data((line + "}").utf8)).loss
      }
      let (found, expected) = (try loss(one), try loss(exact))
      #expect(found != expected && abs(found - expected) < 0.02 * expected)
    }
  }
}
