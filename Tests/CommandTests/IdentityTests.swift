import Foundation
import TestSupport
import Testing

/// A run goes on only as the run that it was: the same data, labels, tokenizer and weights.
@Suite struct IdentityTests {
  private static let labels = """
    {"joy": "A feeling of great happiness.", "anger": "A strong feeling of annoyance."}
    """

  private static func rows(_ count: Int, label: (Int) -> Int = { $0 % 2 }) -> String {
    Utterances.csv((0..<count).map { "utterance number \($0), so to say" }) { "\(label($0))" }
  }

  private func makeData(in folder: URL) throws {
    for split in ["train", "valid", "test"] {
      try (folder / "data/\(split).csv").write(Self.rows(split == "train" ? 32 : 8))
    }
    try (folder / "labels.json").write(Self.labels)
  }

  private func train(_ folder: URL, _ more: String...) throws -> MPIRun.Outcome {
    try taco(
      [
        "train", "--quiet", "--batch-size", "8", "--epochs", "2", "--data", "data", "--labels",
        "labels.json", "--output", "run",
      ] + more, in: folder)
  }

  struct Change: CustomTestStringConvertible {
    let testDescription: String
    let file: String
    let contents: String

    static let all = [
      Change(testDescription: "training split", file: "data/train.csv", contents: rows(40)),
      Change(
        testDescription: "training split", file: "data/train.csv",
        contents: rows(32) { $0 == 7 ? 0 : $0 % 2 }),
      Change(testDescription: "validation split", file: "data/valid.csv", contents: rows(7)),
      Change(testDescription: "test split", file: "data/test.csv", contents: rows(9)),
      Change(
        testDescription: "labels", file: "labels.json",
        contents: labels.replacingOccurrences(of: "great", with: "some")),
    ]
  }

  @Test(arguments: Change.all)
  func changedInputIsRefusedUnlessItIsAccepted(_ change: Change) throws {
    try withTemporaryFolder { folder in
      try makeData(in: folder)
      #expect(try train(folder).status == 0)
      try (folder / change.file).write(change.contents)
      let before = try (folder / "run").files
      let outcome = try train(folder, "--resume")
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errors.contains("\n  \(change.testDescription): "), "\(outcome)")
      #expect(outcome.errors.contains("--accept-changed-data"), "\(outcome)")
      #expect(try (folder / "run").files == before)
      let accepted = try train(folder, "--resume", "--accept-changed-data")
      // The run is finished: there is nothing to learn other labels from.
      guard change.testDescription != "labels" else {
        #expect(accepted.status == 65, "\(accepted)")
        return
      }
      #expect(accepted.status == 0, "\(accepted)")
      #expect(accepted.errors.contains("warning: accepted: \(change.testDescription)"))
      // From now on it is this run's input.
      #expect(try train(folder, "--resume").status == 0)
    }
  }

  @Test func fewerRowsThanTheCheckpointsStepAreRefused() throws {
    try withTemporaryFolder { folder in
      try makeData(in: folder)
      #expect(try train(folder).status == 0)
      try (folder / "data/train.csv").write(Self.rows(16))
      let run = try #require(MPIRun("taco-dist"))
      let outcome = try run(
        [
          "train", "--quiet", "--batch-size", "8", "--epochs", "2", "--data", "data", "--labels",
          "labels.json", "--output", "run", "--resume", "--accept-changed-data",
        ], ranks: nil, timeout: 30, in: folder)
      #expect(outcome.status == 65 && !outcome.timedOut, "\(outcome)")
      #expect(outcome.errors.contains("step 8") && outcome.errors.contains("only 4 steps"))
    }
  }

  @Test func otherStartingWeightsAreRefused() throws {
    let model = try SmallRun.shared.get().folder / "model"
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(at: model, to: folder / "model")
      let arguments = [
        "train", "--quiet", "--steps", "2", "--model", "model", "--output", "run",
      ]
      try succeed(arguments, in: folder)
      let weights = folder / "model/model.safetensors"
      var bytes = try Data(contentsOf: weights)
      bytes[bytes.count - 3] ^= 1
      try bytes.write(to: weights)
      let outcome = try taco(arguments + ["--resume"], in: folder)
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errors.contains("starting weights: "), "\(outcome)")
    }
  }

  @Test func aSweepTellsWhatHasChanged() throws {
    try withTemporaryFolder { folder in
      try makeData(in: folder)
      let train = "data: data, labels: labels.json, batch-size: 8"
      try (folder / "s.yaml").write("train: {\(train), steps: 2}\ngrid: {seed: [0]}\n")
      let arguments = ["sweep", "s.yaml", "--output", "out"]
      try succeed(arguments, in: folder)
      #expect(try succeed(arguments, in: folder).errors.contains("done before"))

      try (folder / "data/train.csv").write(Self.rows(40))
      let data = try taco(arguments, in: folder)
      #expect(data.status == 65 && data.errors.contains("training split: 32 rows"), "\(data)")
      try (folder / "data/train.csv").write(Self.rows(32))
      try succeed(arguments, in: folder)

      try (folder / "s.yaml").write("train: {\(train), steps: 3}\ngrid: {seed: [0]}\n")
      let options = try taco(arguments, in: folder)
      #expect(options.status == 64, "\(options)")
      #expect(options.errors.contains("steps: 2") && options.errors.contains("steps: 3"))
      #expect(!options.errors.contains("done before"))
    }
  }
}
