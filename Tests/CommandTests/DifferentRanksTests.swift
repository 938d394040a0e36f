import Foundation
import TestSupport
import Testing

/// Ranks that were started with other options, files or programs end at once and say what differs.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct DifferentRanksTests {
  private static let train = ["train", "--quiet", "--steps", "2"]

  /// Starts rank 0 with one command line and ranks 1 and 2 with another.
  private func start(
    _ first: [String], _ others: [String], program: String? = nil, in folder: URL
  ) throws -> MPIRun.Outcome {
    let run = try #require(MPIRun("taco-dist"))
    return try run(
      first + [":", "-np", "2", program ?? run.program.path] + others, ranks: 1, timeout: 60,
      in: folder)
  }

  private func expect(
    _ outcome: MPIRun.Outcome, _ status: Int32, _ part: String,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: location)
    #expect(outcome.errors.contains("\n  \(part)"), "\(outcome)", sourceLocation: location)
    #expect(outcome.seconds < 30 && !outcome.timedOut, "\(outcome)", sourceLocation: location)
  }

  @Test(arguments: [
    ("--alpha 0.3", "--alpha: 0.45 on rank 0, 0.3 on ranks 1 to 2"),
    ("--learning-rate 1e-3", "--learning-rate: 0.003 on rank 0, 0.001"),
    ("--no-dropout", "--dropout: true on rank 0, false on"), ("--seed 4", "--seed: 0 on rank 0"),
    ("--recipe reference", "--recipe: paper on rank 0"), ("--batch-size 32", "--batch-size: 64"),
    ("--without ldl", "--without: none on rank 0, ldl on"), ("--shards 16", "--shards: 8 on"),
    ("--guard-every 0", "--guard-every: 100 on"), ("--profile p", "--profile: not given on"),
    ("--broadcast-input", "--broadcast-input: false on"), ("--config c.yaml", "--beta: 0.5 on"),
  ])
  func otherOptionsAreNamed(_ options: String, _ part: String) throws {
    try withTemporaryFolder { folder in
      try (folder / "c.yaml").write("beta: 0.25\n")
      let outcome = try start(
        Self.train, Self.train + options.split(separator: " ").map(String.init), in: folder)
      expect(outcome, 64, part)
      #expect(try folder.files.keys.sorted() == ["c.yaml"])
    }
  }

  @Test(arguments: ["--help", "--version"])
  func aRankThatPrintsHelpEndsTheOthers(_ option: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try start(Self.train, [option], in: folder)
      expect(outcome, 64, "command: train on rank 0, help or version on ranks 1 to 2")
    }
  }

  @Test(arguments: ["--timeout 0", "--no-tensorboard", "--threads 2", "--memory-budget 2M"])
  func whatDecidesNoNumberMayDiffer(_ options: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try start(
        Self.train, Self.train + options.split(separator: " ").map(String.init), in: folder)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func otherFilesAreNamed() throws {
    try withTemporaryFolder { folder in
      for (name, count) in [("a", 8), ("b", 7)] {
        for split in ["train", "valid"] {
          try (folder / "\(name)/\(split).csv").write(
            Utterances.csv(Array(Utterances.plain.prefix(split == "train" ? count : 4))))
        }
      }
      let labels = ["--labels", "goemotions", "--data"]
      expect(
        try start(Self.train + labels + ["a"], Self.train + labels + ["b"], in: folder), 65,
        "training split: 8 rows on rank 0, 7 rows on ranks 1 to 2")
      // Only the contents count, not the way there.
      let same = try start(
        Self.train + labels + ["a"], Self.train + labels + [(folder / "a").path], in: folder)
      #expect(same.status == 0, "\(same)")
    }
  }

  @Test func otherModelsAreNamed() throws {
    let run = try SmallRun.shared.get().folder
    try withTemporaryFolder { folder in
      let manager = FileManager.default
      try manager.copyItem(at: run / "model", to: folder / "weights")
      try manager.copyItem(at: run / "model", to: folder / "rates")
      let weights = folder / "weights/model.safetensors"
      var bytes = try Data(contentsOf: weights)
      bytes[bytes.count - 1] ^= 1
      try bytes.write(to: weights)
      let configuration = folder / "rates/config.json"
      try configuration.write(
        configuration.text.replacingOccurrences(
          of: "\"hidden_dropout_prob\" : 0.1", with: "\"hidden_dropout_prob\" : 0.3"))
      try (folder / "a.txt").write("thanks\n")
      try (folder / "b.txt").write("thank you\n")
      let model = (run / "model").path
      func train(_ other: String, _ part: String) throws {
        let first = Self.train + ["--model", model]
        expect(try start(first, Self.train + ["--model", other], in: folder), 65, part)
      }
      try train("weights", "starting weights: ")
      try train("rates", "encoder configuration: bert, 2 layers (")
      expect(
        try start(["predict", model, "a.txt"], ["predict", "weights", "a.txt"], in: folder), 65,
        "model: weights: ")
      expect(
        try start(["predict", model, "a.txt"], ["predict", model, "b.txt"], in: folder), 65,
        "utterances: 1 row (")
      expect(
        try start(["evaluate", model], ["evaluate", "weights"], in: folder), 65,
        "model: weights: ")
      expect(
        try start(["check", "--batch-size", "4"], ["check", "--batch-size", "5"], in: folder), 64,
        "--batch-size: 4 on rank 0")
    }
  }

  @Test func otherProgramsAndCommandsAreNamed() throws {
    let program = try #require(MPIRun("taco-dist")).program
    try withTemporaryFolder { folder in
      expect(try start(Self.train, ["data"], in: folder), 64, "command: train on rank 0, data on")
      var bytes = try Data(contentsOf: program)
      bytes.append(0)
      let other = folder / "other"
      try bytes.write(to: other)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: other.path)
      expect(
        try start(Self.train, Self.train, program: other.path, in: folder), 1,
        "program: taco-dist ")
    }
  }
}
