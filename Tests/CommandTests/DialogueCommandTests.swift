import Foundation
import TestSupport
import Testing

/// Dialogues from the command line: training, evaluation and prediction with the turns around an utterance.
@Suite struct DialogueCommandTests {
  private static let columns = [
    "--text-column", "Utterance", "--label-column", "Emotion", "--speaker-column", "Speaker",
    "--dialogue-column", "Dialogue_ID", "--turn-column", "Utterance_ID",
  ]

  /// A split as MELD has them; every fourth row has no label, and the rows of dialogues are mixed.
  private func meld(seed: Int, header: String? = nil) -> String {
    let emotions = ["joy", "anger", "sadness"]
    let texts = Utterances.plain.map { $0.replacingOccurrences(of: "\"", with: "'") }
    let rows = (0..<24).map { row in
      let number = (row * 7 + seed) % 24
      let (dialogue, turn) = (number % 4, number / 4)
      let emotion = row % 4 == 3 ? "" : emotions[(number + seed) % 3]
      return
        "\(row),\"\(texts[(number + seed) % texts.count])\",\(["Ann", "Bob"][turn % 2]),\(emotion),\(dialogue),\(turn)"
    }
    return (header ?? "Sr No.,Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID") + "\n"
      + rows.joined(separator: "\n") + "\n"
  }

  private func corpus(_ folder: URL) throws {
    for (seed, split) in ["train", "valid", "test"].enumerated() {
      try (folder / "data/\(split).csv").write(meld(seed: seed))
    }
    try (folder / "labels.json").write(
      #"{"joy": "Gladness.", "anger": "Rage.", "sadness": "Sorrow."}"#)
  }

  private func train(
    _ folder: URL, _ name: String, ranks: Int? = nil, _ more: [String] = []
  ) throws -> URL {
    let run = folder / name
    try succeed(
      [
        "train", "--data", (folder / "data").path, "--labels", (folder / "labels.json").path,
        "--steps", "6", "--batch-size", "8", "--quiet", "--output", run.path,
      ] + Self.columns + more, ranks: ranks)
    return run
  }

  private static let context = ["--past", "2", "--future", "1", "--max-length", "64"]

  @Test(
    .enabled(if: MPIRun.isAvailable, "mpirun is not on the path"),
    arguments: ["linear", "triple-view"])
  func theBytesAreThoseOfOneRank(objective: String) throws {
    try withTemporaryFolder { folder in
      try corpus(folder)
      let more = Self.context + ["--objective", objective]
      let alone = try train(folder, "alone", more)
      let metrics = try (alone / "metrics.jsonl").metrics
      for ranks in [1, 2, 4] {
        let run = try train(folder, "\(ranks)", ranks: ranks, more)
        #expect(try (run / "metrics.jsonl").metrics == metrics, "\(ranks) ranks")
        #expect(try (run / "model").files == (alone / "model").files, "\(ranks) ranks")
      }
      // Context decides the numbers: a run that ignored it would be the same at any rank count too.
      for (name, option) in [
        ("less", ["--past", "1"]), ("nobody", ["--speaker-column", ""]),
      ] {
        let other = try train(folder, name, more + option)
        #expect(try (other / "metrics.jsonl").metrics[0] != metrics[0], "\(name)")
      }
      let card = try (alone / "model/README.md").text
      #expect(card.contains("up to 2 turns of their dialogue before and 1\nafter them"))
      #expect(card.contains("`--speaker-column` (Speaker), `--dialogue-column` (Dialogue"))
      // The stored configuration gives the same run again.
      let again = folder / "again"
      try succeed(
        ["train", "--config", (alone / "config.yaml").path, "--quiet", "--output", again.path])
      #expect(try (again / "model").files == (alone / "model").files)
    }
  }

  @Test func noContextChangesNothing() throws {
    try withTemporaryFolder { folder in
      for split in ["train", "valid"] {
        try (folder / "data/\(split).csv").write(Utterances.csv())
      }
      var runs: [URL] = []
      for (name, more) in [("plain", []), ("zero", ["--past", "0", "--future", "0"])] {
        let run = folder / name
        try succeed(
          [
            "train", "--data", (folder / "data").path, "--labels", "goemotions", "--steps", "2",
            "--quiet", "--output", run.path,
          ] + more)
        runs.append(run)
      }
      #expect(try (runs[0] / "model").files == (runs[1] / "model").files)
      #expect(try (runs[0] / "config.yaml").text == (runs[1] / "config.yaml").text)
      #expect(try !(runs[0] / "config.yaml").text.contains("past"))
      #expect(try !(runs[0] / "model/taco.json").text.contains("dialogue"))
    }
  }

  @Test func evaluateAndPredictReadAsTrainingDid() throws {
    try withTemporaryFolder { folder in
      try corpus(folder)
      let run = try train(folder, "run", Self.context)
      let names = ["--text-column", "Utterance", "--label-column", "Emotion"]
      let test = (folder / "data/test.csv").path
      let usual = try succeed(["evaluate", run.path, "--data", test, "--json"] + names).output
      #expect(usual.contains("\"count\": 18"))
      // Other names of the same columns.
      try (folder / "renamed.csv").write(
        meld(seed: 2, header: "no,Utterance,who,Emotion,scene,line"))
      let other = [
        "--speaker-column", "who", "--dialogue-column", "scene", "--turn-column", "line",
      ]
      let renamed = (folder / "renamed.csv").path
      #expect(
        try succeed(["evaluate", run.path, "--data", renamed, "--json"] + names + other).output
          == usual)
      // The model reads dialogues by itself, unless it is told that there are none.
      try succeed(
        ["predict", run.path, test, "--text-column", "Utterance", "--turn-column", "Utterance_ID"])
      let single = (folder / "single").path
      try succeed(["train", "--steps", "1", "--quiet", "--output", single])
      for alone in [
        ["evaluate", run.path, "--data", renamed, "--dialogue-column", ""] + names,
        ["evaluate", single, "--data", test] + names,
        ["predict", single, test, "--text-column", "Utterance"],
        ["tokenize", "nano", test, "--text-column", "Utterance"],
      ] {
        let outcome = try taco(alone + ["--turn-column", "scene"])
        #expect(outcome.status == 64, "\(alone)")
        #expect(outcome.errors.contains("--turn-column is 'scene', but "), "\(outcome)")
      }
      let missing = try taco(["evaluate", run.path, "--data", renamed] + names)
      #expect(missing.status == 65)
      #expect(
        missing.errors.contains("no column 'Speaker'")
          && missing.errors.contains("--speaker-column"))

      // Rows without labels are predicted; a row's context is that of its dialogue, wherever it stands.
      let text = ["--text-column", "Utterance", "--top-k", "3"]
      let predicted = try succeed(["predict", run.path, test] + text).output
      #expect(predicted.split(separator: "\n").count == 25)
      #expect(try succeed(["predict", run.path, renamed] + text + other).output == predicted)
      if MPIRun.isAvailable {
        #expect(try succeed(["predict", run.path, test] + text, ranks: 3).output == predicted)
      }
      let alone = try succeed(
        ["predict", run.path, test, "--dialogue-column", "", "--speaker-column", ""] + text
      ).output
      #expect(alone != predicted)
      // Lines of text stand alone.
      let lines = meld(seed: 2).split(separator: "\n").dropFirst().map {
        $0.split(separator: "\"")[1]
      }.joined(separator: "\n")
      #expect(
        try succeed(["predict", run.path, "--top-k", "3"], input: lines).output
          == alone.replacing("Utterance,", with: "text,"))
      // Test rows are found again by the stored configuration.
      try succeed(["table", run.path, "--intervals"])
    }
  }

  @Test func tokenizeShowsTheContext() throws {
    try withTemporaryFolder { folder in
      try (folder / "a.csv").write("id,n,who,text\na,2,Bob,so sad\na,1,Ann,so glad\nb,1,Ann,ok\n")
      let model = (TokenizeTests.fixtures / "bytelevel").path
      func ids(_ options: [String], input: String? = nil) throws -> [[Int]] {
        let output = try succeed(["tokenize", model] + options, input: input).output
        return try output.split(separator: "\n").map {
          try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [Int])
        }
      }
      let found = try ids([
        (folder / "a.csv").path, "--speaker-column", "who", "--dialogue-column", "id",
        "--turn-column",
        "n", "--past", "1", "--future", "1",
      ])
      let parts = try ids([], input: "ANN: so glad\nBOB: so sad\nANN: ok\n").map {
        Array($0[1..<($0.count - 1)])
      }
      let separator = [2, 2]
      #expect(
        found == [
          [0] + parts[0] + separator + parts[1] + separator + [2],
          [0] + separator + parts[0] + separator + parts[1] + [2],
          [0] + separator + parts[2] + separator + [2],
        ])
    }
  }

  @Test(arguments: [
    (["--past", "2"], "--past is 2; give --dialogue-column too"),
    (["--future", "-1", "--dialogue-column", "id"], "--future is -1; give 0 to 1000000"),
    (["--speaker-column", "label"], "--label-column and --speaker-column are both 'label'"),
    (
      ["--dialogue-column", "id", "--turn-column", "id"],
      "--dialogue-column and --turn-column are both 'id'"
    ),
    (
      ["--dialogue-column", "", "--turn-column", "n"],
      "--turn-column is 'n', but --dialogue-column says"
    ),
    (
      ["--turn-column", "n"],
      "--turn-column is 'n', but without --dialogue-column there are no dialogues"
    ),
    (["--speaker-names", "title"], "upper"),
  ])
  func badUsageIsNamed(options: [String], text: String) throws {
    let outcome = try taco(["train", "--data", "nowhere", "--labels", "goemotions"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(text), "\(outcome.errors)")
  }
}
