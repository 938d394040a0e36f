import Foundation
import TestSupport
import Testing

/// The environment variable that forces kernels, `--products`, and threads beyond the shards.
@Suite struct KernelTests {
  @Test func aKernelThatIsNoneIsRefusedInOneLine() throws {
    let outcome = try taco(["train", "--steps", "1"], environment: ["TACO_KERNELS": "sse"])
    #expect(outcome.status == 64)
    #expect(
      outcome.errors
        == "Error: TACO_KERNELS is 'sse'; it may be avx2, avx512, avx512bf16, or be left out for the best one\n"
    )
  }

  @Test(arguments: [
    (["--products", "mkl"], "The value 'mkl' is invalid for '--products"),
    (["--products", "openblas", "--precision", "bfloat16"], "precision"),
  ])
  func contradictionsAreRefused(options: [String], message: String) throws {
    let outcome = try taco(["train", "--steps", "1"] + options)
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome)")
  }

  /// Another engine is another run: it says so in its configuration, and a resume finds out.
  @Test func openBLASIsAnotherEngineOfTheSameMethod() throws {
    try withTemporaryFolder { folder in
      func losses(_ name: String, _ options: [String]) throws -> [Double] {
        let run = folder / name
        let train = ["train", "--steps", "3", "--quiet", "--threads", "1", "--output", run.path]
        let outcome = try taco(train + options)
        if outcome.errors.contains("OpenBLAS cannot be loaded") { return [] }
        #expect(outcome.status == 0, "\(outcome)")
        #expect(
          try String(contentsOf: run / "config.yaml", encoding: .utf8)
            .contains("products: \(options.last ?? "own")"))
        return try (run / "metrics.jsonl").metrics.compactMap { line in
          line.firstMatch(of: #/"event":"step".*?"loss":([\d.]+)/#).flatMap {
            Double($0.1)
          }
        }
      }
      let own = try losses("own", [])
      let vendor = try losses("vendor", ["--products", "openblas"])
      #expect(own.count == 3)
      for (own, vendor) in zip(own, vendor) { #expect(abs(own - vendor) < 1e-4 * own) }
    }
  }

  /// More threads than shards, and teams of unequal size; whatever OpenBLAS would pick.
  @Test(arguments: [(1, 2), (2, 5), (8, 12)])
  func threadsInsideAShardChangeNoBit(shards: Int, threads: Int) throws {
    try withTemporaryFolder { folder in
      func train(_ name: String, _ threads: Int, _ environment: [String: String]) throws -> [String:
        Data]
      {
        let run = folder / name
        let outcome = try taco(
          [
            "train", "--steps", "4", "--quiet", "--shards", "\(shards)", "--threads", "\(threads)",
            "--output", run.path,
          ], environment: environment)
        #expect(outcome.status == 0, "\(outcome)")
        return try (run / "model").files
      }
      let reference = try train("one", 1, [:])
      let environment = ["OPENBLAS_CORETYPE": "Prescott", "TACO_KERNELS": "avx2"]
      #expect(try train("many", threads, environment) == reference)
    }
  }
}
