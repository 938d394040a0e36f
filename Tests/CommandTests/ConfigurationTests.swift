import Foundation
import TestSupport
import Testing

/// `--config FILE`: precedence, what a run stores, and mistakes in the file.
@Suite struct ConfigurationTests {
  @Test func theCommandLineWinsOverTheFileAndTheFileOverTheRecipe() throws {
    try withTemporaryFolder { folder in
      try (folder / "settings.yaml").write(
        """
        recipe: reference
        steps: 1
        batch-size: 8
        learning-rate: 3e-4
        alpha: 0.3
        dropout: false
        without: [ldl, descriptions]
        quiet: true
        """)
      let run = folder / "run"
      let outcome = try succeed([
        "train", "--config", (folder / "settings.yaml").path, "--batch-size", "4", "--alpha=0.2",
        "--without", "ccl", "--output", run.path,
      ])
      #expect(outcome.errors == "" && outcome.output == "")
      let stored = try (run / "config.yaml").text
      for line in [
        "batch-size: 4", "alpha: 0.2",  // command line
        "recipe: reference", "learning-rate: 0.0003", "dropout: false",  // file
        "optimizer: transformers", "heads: shared", "restarts: 10",  // recipe
      ] { #expect(stored.contains("\(line)\n"), "\(line) in \(stored)") }
      #expect(stored.contains("without:\n- ccl\n"), "\(stored)")
    }
  }

  @Test func theConfigurationOfARunReproducesIt() throws {
    try withTemporaryFolder { folder in
      let data = folder / "data"
      for split in ["train", "valid", "test"] {
        let rows = Utterances.csv(label: { $0 % 2 == 0 ? "glad" : "sad" })
        try (data / "\(split).csv").write(
          rows.replacingOccurrences(of: "text,label", with: "utterance,mood"))
      }
      try (folder / "moods.yaml").write("glad: Feeling well.\nsad: Feeling low.\n")
      let (first, second) = (folder / "first", folder / "second")
      try succeed([
        "train", "--data", data.path, "--labels", (folder / "moods.yaml").path, "--text-column",
        "utterance", "--label-column", "mood", "--recipe", "reference", "--heads", "separate",
        "--batch-size", "4", "--epochs", "2", "--seed", "18446744073709551615", "--warm-up", "1",
        "--temperature", "0.1", "--pooling", "mean", "--shards", "4", "--clusters", "elbow",
        "--without", "descriptions", "--quiet", "--output", first.path,
      ])
      try succeed([
        "train", "--config", (first / "config.yaml").path, "--quiet", "--output", second.path,
      ])
      #expect(try (first / "config.yaml").text == (second / "config.yaml").text)
      #expect(try (first / "metrics.jsonl").metrics == (second / "metrics.jsonl").metrics)
      #expect(try (first / "model").files == (second / "model").files)
    }
  }

  /// A setting that an option names and nobody passes on would be ignored in silence.
  @Test func everySettingReachesTheRun() throws {
    let given = [
      "recipe": "reference", "batch-size": "7", "epochs": "3", "steps": "1",
      "learning-rate": "0.25", "warm-up": "1", "weight-decay": "0.125", "optimizer": "torch",
      "patience": "5", "seed": "6", "shards": "2", "max-length": "31", "pooling": "first",
      "dropout": "false", "heads": "separate", "alpha": "0.75", "beta": "0.875",
      "temperature": "0.625", "contrastive-rows": "raw", "contrastive-scale": "one",
      "disentangled-rows": "embeddings", "disentangled-pairs": "all", "restarts": "3",
      "clusters": "elbow", "reduction": "allreduce", "gradient-clip": "2.5",
    ]
    // These exclude others, or want a processor or a library; tests of their own try them.
    let elsewhere: Set = [
      "model", "labels", "objective", "precision", "products", "gradient-exchange", "without",
    ]
    try withTemporaryFolder { folder in
      let run = folder / "run"
      let options = given.filter { $0.key != "dropout" }.map { "--\($0.key)=\($0.value)" }
      try succeed(["train", "--no-dropout", "--quiet", "--output", run.path] + options)
      let lines = try (run / "config.yaml").text.split(separator: "\n").map(String.init)
      for (name, value) in given { #expect(lines.contains("\(name): \(value)"), "\(lines)") }
      let known = elsewhere.union(given.keys)
      for line in lines { #expect(known.contains(String(line.prefix { $0 != ":" })), "\(line)") }
    }
  }

  @Test func withoutACommandTheFileIsForTrain() throws {
    try withTemporaryFolder { folder in
      try (folder / "c.yaml").write("steps: 1\noutput: here\nquiet: true\n")
      try succeed(["--config", "c.yaml"], in: folder)
      #expect(FileManager.default.fileExists(atPath: (folder / "here/model/taco.json").path))
    }
  }

  @Test(arguments: [
    (
      "steps: 2\nbatchsize: 3\n", 64,
      "c.yaml:2: 'batchsize': unknown option of 'train'; did you mean 'batch-size'?"
    ),
    ("steps: two\n", 64, "c.yaml:1: 'steps': The value 'two' is invalid for '--steps <steps>'"),
    ("seed: 1\nbatch-size: 0\n", 64, "c.yaml:2: 'batch-size': --batch-size is 0; give 1 to"),
    ("recipe: best\n", 64, "c.yaml:1: 'recipe': The value 'best' is invalid"),
    ("steps: 1: 2\n", 65, "c.yaml:1: broken YAML: "),
    ("- steps\n", 65, "c.yaml: a map of option names and values is wanted."),
  ])
  func aMistakeIsToldWithFileLineAndKey(text: String, status: Int32, message: String) throws {
    try withTemporaryFolder { folder in
      try (folder / "c.yaml").write(text)
      let outcome = try taco(["train", "--config", "c.yaml"], in: folder)
      #expect(outcome.status == status, "\(outcome)")
      #expect(outcome.errors.hasPrefix("Error: " + message), "\(outcome)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
    }
  }

  @Test func helpIsHelpBesideAFileToo() throws {
    try withTemporaryFolder { folder in
      try (folder / "c.yaml").write("recipe: paper\n")
      let outcome = try succeed(["train", "--config", "c.yaml", "--help"], in: folder)
      #expect(outcome.output.hasPrefix("OVERVIEW") && outcome.errors == "")
    }
  }

  @Test func aMissingFileIsTold() throws {
    let outcome = try taco(["train", "--config", "no such file"])
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("--config no such file: no such file."))
  }
}
