import Foundation
import TestSupport
import Testing

/// The promise of the program: the same bits at any number of ranks and threads.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct InvarianceTests {
  @Test func trainingIsTheSameAtAnyNumberOfRanksAndThreads() throws {
    try withTemporaryFolder { folder in
      func train(_ name: String, ranks: Int?, threads: Int) throws -> (
        metrics: [String], model: [String: Data]
      ) {
        let run = folder / name
        try succeed(
          [
            "train", "--steps", "20", "--quiet", "--threads", "\(threads)", "--output", run.path,
          ], ranks: ranks)
        return (try (run / "metrics.jsonl").metrics, try (run / "model").files)
      }
      let reference = try train("alone", ranks: nil, threads: 1)
      #expect(reference.metrics.count { $0.contains(#""event":"step""#) } == 20)
      #expect(
        reference.model.keys.sorted() == [
          "1_Pooling/config.json", "README.md", "config.json", "model.safetensors", "modules.json",
          "sentence_bert_config.json", "taco.json", "taco.safetensors", "tokenizer.json",
          "tokenizer_config.json",
        ])
      for (ranks, threads) in [(nil, 2), (1, 1), (2, 1), (3, 1), (4, 2), (8, 1)] as [(Int?, Int)] {
        let name = "\(ranks ?? 0) ranks, \(threads) threads"
        let run = try train(name, ranks: ranks, threads: threads)
        #expect(run.metrics == reference.metrics, "\(name)")
        #expect(run.model == reference.model, "\(name)")
      }
    }
  }

  /// Without this, runs that ignore their dropout or their seed would pass the test above.
  @Test(arguments: [["--seed", "1"], ["--no-dropout"]])
  func whatDecidesTheRunChangesIt(option: [String]) throws {
    try withTemporaryFolder { folder in
      for (name, options) in [("plain", []), ("changed", option)] {
        try succeed(
          ["train", "--steps", "2", "--quiet", "--output", (folder / name).path] + options)
      }
      let plain = try (folder / "plain/metrics.jsonl").metrics
      #expect(try (folder / "changed/metrics.jsonl").metrics[0] != plain[0])
    }
  }

  @Test(arguments: ["paper", "reference"])
  func tracesAreTheSameAtAnyNumberOfRanks(recipe: String) throws {
    try withTemporaryFolder { folder in
      try (folder / "data.csv").write(Utterances.csv())
      func trace(ranks: Int?, threads: Int) throws -> Data {
        let file = folder / "\(ranks ?? 0)-\(threads).safetensors"
        try succeed(
          [
            "trace", "--data", (folder / "data.csv").path, "--labels", "goemotions", "--recipe",
            recipe, "--steps-before", "1", "--threads", "\(threads)", "--output", file.path,
          ], ranks: ranks)
        return try Data(contentsOf: file)
      }
      let reference = try trace(ranks: nil, threads: 1)
      for (ranks, threads) in [(nil, 2), (2, 1), (4, 1)] as [(Int?, Int)] {
        #expect(try trace(ranks: ranks, threads: threads) == reference, "\(ranks ?? 0)")
      }
    }
  }

  /// A text's scores are its own: alone, between others or after them.
  @Test func predictionsDoNotDependOnTheirNeighbours() throws {
    let model = try SmallRun.shared.get().folder.path
    let texts = Utterances.plain.joined(separator: "\n")
    let together = try succeed(["predict", model, "-", "--top-k", "27"], input: texts)
    let alone = try succeed(["predict", model, "--stream", "--top-k", "27"], input: texts)
    #expect(alone.output == together.output)
  }

  /// mpirun gives its ranks a terminal, which is not where their output goes: no character may be changed for it.
  @Test(arguments: ["csv", "jsonl"])
  func textsStayWhatTheyAreUnderMPI(format: String) throws {
    let model = try SmallRun.shared.get().folder.path
    let texts =
      "right \u{200F}x\nisolate \u{2066}y\ncontrol \u{9B}z\ndelete \u{7F}\nred \u{1B}[31mtext\n"
    try withTemporaryFolder { folder in
      try (folder / "texts.txt").write(texts)
      let predict = ["predict", model, (folder / "texts.txt").path, "--format", format]
      let alone = try succeed(predict)
      #expect(try succeed(predict, ranks: 1).output == alone.output)
      #expect(try succeed(predict, ranks: 3).output == alone.output)
    }
  }

  @Test(arguments: [nil, 2, 4] as [Int?])
  func predictionsAndScoresAreTheSame(ranks: Int?) throws {
    let model = try SmallRun.shared.get().folder.path
    let texts = Utterances.plain.joined(separator: "\n")
    for arguments in [["predict", model, "--top-k", "27"], ["evaluate", model, "--json"]] {
      let reference = try succeed(arguments + ["--threads", "1"], input: texts)
      let outcome = try succeed(arguments + ["--threads", "2"], ranks: ranks, input: texts)
      #expect(outcome.output == reference.output)
      #expect(outcome.errors == "")
    }
  }
}
