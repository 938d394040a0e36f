import Foundation
import TestSupport
import Testing

/// TFD from the command line: `--debias`, `--debias-weights`, `--find-debias` and `debias.json`.
@Suite struct DebiasCommandTests {
  private static let columns = [
    "--text-column", "text", "--speaker-column", "who", "--dialogue-column", "scene",
  ]

  /// A copy of the small model, so that what is stored with it disturbs no other test.
  private func model(in folder: URL) throws -> URL {
    let model = folder / "model"
    try FileManager.default.copyItem(at: SmallRun.shared.get().folder / "model", to: model)
    return model
  }

  private struct Answer: Decodable {
    struct Choice: Decodable {
      let label: String
      let score: Double
    }
    let top: [Choice]
  }

  /// The scores of texts by label name.
  private func scores(
    _ model: URL, _ texts: [String], _ more: [String] = [], ranks: Int? = nil
  ) throws -> [[String: Double]] {
    let output = try succeed(
      ["predict", model.path, "--format", "jsonl", "--top-k", "99"] + more, ranks: ranks,
      input: texts.joined(separator: "\n") + "\n"
    ).output
    return try output.split(separator: "\n").map { line in
      let answer = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
      return Dictionary(uniqueKeysWithValues: answer.top.map { ($0.label, $0.score) })
    }
  }

  @Test func scoresAreThoseOfTheFormula() throws {
    try withTemporaryFolder { folder in
      let model = try model(in: folder)
      let lexicon = folder / "words.txt"
      try lexicon.write("# mine\nGlad\nkind\n")
      let texts = ["I am so GLAD, you came", "that is very kind!", "nothing  here", "GLAD you"]
      let all = [
        "[MASK] [MASK] [MASK] [MASK] [MASK] [MASK]", "[MASK] [MASK] [MASK] [MASK]", "[MASK] [MASK]",
        "[MASK] [MASK]",
      ]
      let some = ["I am so [MASK], you came", "that is very [MASK]!", "nothing here", "[MASK] you"]
      let options = ["--debias-weights", "-0.5,0.25,0", "--lexicon", lexicon.path]
      let debiased = try scores(model, texts, options)
      let (plain, label, word) = (
        try scores(model, texts), try scores(model, all), try scores(model, some)
      )
      for row in texts.indices {
        #expect(debiased[row].count == 27)
        let differences = debiased[row].map { name, score in
          abs(
            (plain[row][name] ?? .nan) + 0.5 * (label[row][name] ?? .nan)
              - 0.25 * (word[row][name] ?? .nan) - score)
        }
        #expect(differences.allSatisfy { $0 < 1e-4 }, "row \(row): \(differences)")
      }
      #expect(debiased != plain)
      #expect(try scores(model, texts, ["--debias-weights", "0,0,0"]) == plain)
      #expect(try scores(model, texts, options + ["--stream"]) == debiased)
      if MPIRun.isAvailable {
        for ranks in [2, 4] { #expect(try scores(model, texts, options, ranks: ranks) == debiased) }
      }
    }
  }

  @Test(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
  func weightsAreFoundAndStoredAtAnyNumberOfRanks() throws {
    try withTemporaryFolder { folder in
      let model = try model(in: folder)
      let file = model / "debias.json"
      let found = try succeed(["evaluate", model.path, "--find-debias", "--json"]).output
      let stored = try file.text
      for ranks in [1, 2, 4] {
        try FileManager.default.removeItem(at: file)
        #expect(
          try succeed(["evaluate", model.path, "--find-debias", "--json"], ranks: ranks).output
            == found, "\(ranks) ranks")
        #expect(try file.text == stored, "\(ranks) ranks")
      }
      #expect(try model.files.keys.allSatisfy { !$0.hasSuffix(".tmp") })
      struct Report: Decodable {
        struct Scores: Decodable, Equatable {
          let weightedF1: Double
          enum CodingKeys: String, CodingKey { case weightedF1 = "weighted_f1" }
        }
        struct Debias: Decodable {
          let weights: [String: Double]
          let before, after: Scores
        }
        struct Stored: Decodable {
          struct Rows: Decodable {
            let rows: Int
            let before, after: Scores
          }
          let weights: [String: Double]
          let validation: Rows
        }
        let count: Int
        let weightedF1: Double
        let debias: Debias?
        enum CodingKeys: String, CodingKey {
          case count, debias
          case weightedF1 = "weighted_f1"
        }
      }
      func report(_ text: String) throws -> Report {
        try JSONDecoder().decode(Report.self, from: Data(text.utf8))
      }
      let one = try report(found)
      let debias = try #require(one.debias)
      let kept = try JSONDecoder().decode(Report.Stored.self, from: Data(stored.utf8))
      #expect(debias.after.weightedF1 > debias.before.weightedF1)
      #expect(one.weightedF1 == debias.after.weightedF1)
      #expect(debias.weights["speaker"] == 0)
      #expect(kept.weights == debias.weights && kept.validation.rows == one.count)
      #expect(kept.validation.before == debias.before && kept.validation.after == debias.after)

      // What was stored is used, and says the same as the weights spelled out.
      let weights = ["label", "word", "speaker"].map { "\(debias.weights[$0] ?? .nan)" }
        .joined(separator: ",")
      let used = try succeed(["evaluate", model.path, "--debias", "--json"], ranks: 2).output
      #expect(
        try succeed(["evaluate", model.path, "--debias-weights", weights, "--json"]).output == used)
      let plain = try succeed(["evaluate", model.path, "--json"]).output
      #expect(try report(plain).debias == nil && !plain.contains("debias"))
      #expect(try report(used).debias?.before.weightedF1 == report(plain).weightedF1)
      let text = Utterances.plain.joined(separator: "\n")
      let predicted = try succeed(
        ["predict", model.path, "--debias", "--broadcast-input"], ranks: 4, input: text
      ).output
      #expect(
        try succeed(["predict", model.path, "--debias-weights", weights], input: text).output
          == predicted)
      let compared = try succeed(
        ["evaluate", model.path, "--debias", "--baseline", model.path], ranks: 2
      ).output
      #expect(compared.contains("debiased by label ") && compared.contains("McNemar"))
    }
  }

  @Test func aModelThatReadsSpeakersHasThreeBiases() throws {
    try withTemporaryFolder { folder in
      for split in ["train", "valid"] {
        let rows = (0..<24).map { row in
          "\(Utterances.plain[row % 3]),\(row % 3),\(["Ann", "Bob"][row % 2]),\(row / 4)"
            .replacingOccurrences(of: "thanks, that", with: "thanks that")
        }
        try (folder / "data/\(split).csv").write(
          "text,label,who,scene\n" + rows.joined(separator: "\n") + "\n")
      }
      try (folder / "labels.json").write(
        #"{"joy": "Gladness.", "rage": "Anger.", "woe": "Sorrow."}"#)
      let run = folder / "run"
      try succeed(
        [
          "train", "--data", (folder / "data").path, "--labels", (folder / "labels.json").path,
          "--objective", "linear", "--steps", "4", "--batch-size", "8", "--past", "2", "--quiet",
          "--output", run.path,
        ] + Self.columns)
      let data = (folder / "data/valid.csv").path
      func output(_ weights: String, _ ranks: Int? = nil) throws -> String {
        try succeed(
          ["predict", run.path, data, "--top-k", "3", "--debias-weights", weights], ranks: ranks
        ).output
      }
      let speaker = try output("0,0,1")
      #expect(try speaker != output("1,0,0") && speaker != output("0,0,0"))
      if MPIRun.isAvailable { #expect(try output("0,0,1", 4) == speaker) }
      let found = try succeed(["evaluate", run.path, "--data", data, "--find-debias"]).output
      #expect(found.contains("debiased by label "))
      #expect(FileManager.default.fileExists(atPath: (run / "model/debias.json").path))
      #expect(try succeed(["predict", run.path, data, "--debias"]).status == 0)
    }
  }

  @Test func whatDoesNotFitIsRefusedByName() throws {
    try withTemporaryFolder { folder in
      let model = try model(in: folder)
      func refused(
        _ arguments: [String], _ status: Int32, _ message: String,
        at location: SourceLocation = #_sourceLocation
      ) throws {
        let outcome = try taco(arguments, input: "hello\n", in: folder)
        #expect(
          outcome.status == status && outcome.errors.contains(message), "\(outcome)",
          sourceLocation: location)
      }
      let (predict, evaluate) = (["predict", model.path], ["evaluate", model.path])
      try refused(predict + ["--debias"], 65, "no weights are stored with the model (debias.json)")
      try refused(
        predict + ["--debias-weights", "1,2"], 64, "give three numbers from -100 to 100")
      try refused(predict + ["--debias-weights", "1,nan,2"], 64, "give three numbers")
      try refused(
        predict + ["--debias-weights", "1,0,1"], 64,
        "reads no speakers, so there is no speaker bias")
      try refused(
        predict + ["--debias", "--debias-weights", "1,0,0"], 64,
        "--debias excludes --debias-weights")
      try refused(predict + ["--lexicon", "x"], 64, "--lexicon needs --debias, --debias-weights")
      try refused(evaluate + ["--find-debias", "--debias"], 64, "--find-debias excludes --debias")
      try refused(
        ["evaluate", "--answers", "a.txt", "--find-debias"], 64, "--answers excludes --find-debias")
      let weights = ["--debias-weights", "1,0,0", "--lexicon"]
      try refused(predict + weights + ["none.txt"], 65, "none.txt: no such file")
      try (folder / "words.txt").write("good\nvery good\n")
      try refused(
        predict + weights + ["words.txt"], 65, "words.txt:2: 'very good' is more than one")
      try (folder / "empty.txt").write("#\n")
      try refused(predict + weights + ["empty.txt"], 65, "empty.txt: has no word")

      // What is stored belongs to a model and a lexicon.
      try (folder / "words.txt").write("good\n")
      try succeed(evaluate + ["--find-debias", "--lexicon", "words.txt"], in: folder)
      try refused(predict + ["--debias"], 65, "found with another lexicon, one of 1 words")
      try succeed(predict + ["--debias", "--lexicon", "words.txt"], input: "hello\n", in: folder)
      let file = model / "debias.json"
      let text = try file.text
      try file.write(text.replacingOccurrences(of: "\"format\" : 1", with: "\"format\" : 2"))
      try refused(predict + ["--debias"], 65, "debias.json: format 2; this program knows format 1")
      try file.write(text.replacingOccurrences(of: "\"weights\"", with: "\"widths\""))
      try refused(predict + ["--debias"], 65, "debias.json: is damaged: 'weights' is missing")
      try file.write(String(text.prefix(40)))
      try refused(predict + ["--debias"], 65, "debias.json: is damaged: it is no JSON")
      try file.write(text)
      let heads = model / "taco.safetensors"
      var bytes = try Data(contentsOf: heads)
      bytes[bytes.count - 40] ^= 1
      try bytes.write(to: heads)
      let other = try taco(
        predict + ["--debias", "--lexicon", "words.txt"], input: "hello\n", in: folder)
      #expect(other.status == 65 && other.errors.contains("found for another model"), "\(other)")
    }
  }

  @Test func aTokenizerWithoutAMaskIsRefused() throws {
    try withTemporaryFolder { folder in
      let model = try model(in: folder)
      for name in ["tokenizer.json", "tokenizer_config.json"] {
        var contents = try #require(
          JSONSerialization.jsonObject(with: Data(contentsOf: model / name)) as? [String: Any])
        contents["mask_token"] = nil
        // BertTokenizer has the usual one even where no file names it.
        if contents["tokenizer_class"] != nil {
          contents["tokenizer_class"] = "PreTrainedTokenizerFast"
        }
        if let added = contents["added_tokens"] as? [[String: Any]] {
          contents["added_tokens"] = added.filter { $0["content"] as? String != "[MASK]" }
        }
        try JSONSerialization.data(withJSONObject: contents).write(to: model / name)
      }
      for arguments in [
        ["predict", model.path, "--debias-weights", "1,0,0"],
        ["evaluate", model.path, "--find-debias"],
      ] {
        let outcome = try taco(arguments, input: "hello\n")
        #expect(outcome.status == 65, "\(outcome)")
        #expect(outcome.errors.contains("\(model.path): its tokenizer has no mask token"))
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
      }
      try succeed(["predict", model.path], input: "hello\n")
    }
  }

  /// Adapters change nothing about it; what decides is whether the tokenizer has a mask.
  @Test func adaptersAndDecoders() throws {
    try withTemporaryFolder { folder in
      func train(_ name: String, _ more: [String]) throws -> URL {
        try succeed(
          [
            "train", "--adapter", "lora", "--adapter-rank", "4", "--steps", "2", "--quiet",
            "--output", (folder / name).path,
          ] + more)
        return folder / name
      }
      let adapted = try train("adapted", [])
      let found = try succeed(["evaluate", adapted.path, "--find-debias", "--json"]).output
      #expect(found.contains("\"debias\""))
      if MPIRun.isAvailable {
        #expect(
          try succeed(["evaluate", adapted.path, "--find-debias", "--json"], ranks: 4).output
            == found)
      }
      try succeed(["predict", adapted.path, "--debias"], input: "hello\n")

      let llama = try SmallLlama.folder(in: folder)
      let file = llama / "tokenizer.json"
      var tokenizer = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
      let added = try #require(tokenizer["added_tokens"] as? [[String: Any]])
      tokenizer["added_tokens"] = added.filter { $0["content"] as? String != "<mask>" }
      try JSONSerialization.data(withJSONObject: tokenizer).write(to: file)
      let decoder = try train("decoder", ["--model", llama.path])
      let outcome = try taco(["predict", decoder.path, "--debias-weights", "1,0,0"], input: "hi\n")
      #expect(
        outcome.status == 65 && outcome.errors.contains("its tokenizer has no mask token"),
        "\(outcome)")
    }
  }
}
