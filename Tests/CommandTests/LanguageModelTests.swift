import Foundation
import TestSupport
import Testing

/// `prompt` and `evaluate --answers`: from a file to requests, and from answers to scores.
@Suite struct LanguageModelTests {
  private static let texts = ["so glad", "so cross", "so \"low\",\nreally", "glad again"]
  private static let truth = ["joy", "anger", "sadness", "joy"]

  private func corpus(_ folder: URL) throws -> [String] {
    try (folder / "data.csv").write(Utterances.csv(Self.texts) { Self.truth[$0] })
    // Two of the examples read as a row does.
    let examples = Self.texts.prefix(2) + (0..<6).map { "example \($0)" }
    try (folder / "examples.csv").write(
      Utterances.csv(Array(examples)) { ["joy", "anger", "sadness"][$0 % 3] })
    try (folder / "labels.json").write(
      #"{"joy": "Gladness.", "anger": "Rage.", "sadness": "Sorrow."}"#)
    return [
      "--data", (folder / "data.csv").path, "--labels", (folder / "labels.json").path,
    ]
  }

  private func messages(_ output: String) throws -> [(id: String, model: String, content: String)] {
    try output.split(separator: "\n").map { line in
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["method"] as? String == "POST")
      #expect(object["url"] as? String == "/v1/chat/completions")
      let body = try #require(object["body"] as? [String: Any])
      #expect(body["temperature"] as? Int == 0)
      #expect(Set(body.keys) == ["model", "messages", "temperature"])
      let message = try #require((body["messages"] as? [[String: String]])?.first)
      #expect(message["role"] == "user")
      return (
        try #require(object["custom_id"] as? String), try #require(body["model"] as? String),
        try #require(message["content"])
      )
    }
  }

  @Test func requestsHaveTheirRows() throws {
    try withTemporaryFolder { folder in
      let data = try corpus(folder)
      let text = try succeed(["prompt"] + data).output
      let requests = text.components(separatedBy: "\n\n")
      #expect(requests.count == 4)
      #expect(
        requests[0].contains(
          "from the following 3 emotions: \u{2018}joy\u{2019}, \u{2018}anger\u{2019}"))
      #expect(requests[2].hasSuffix("{so \"low\", really},\nEMOTION:"))
      let batch = try messages(
        succeed(["prompt", "--format", "openai", "--model-name", "own/llama"] + data).output)
      #expect(batch.map(\.id) == ["row-1", "row-2", "row-3", "row-4"])
      #expect(batch.map(\.model) == Array(repeating: "own/llama", count: 4))
      #expect(batch.map(\.content) == requests.map { $0.trimmingCharacters(in: .newlines) })
      let file = folder / "requests.jsonl"
      let output = try succeed(["prompt", "--format", "openai", "--output", file.path] + data)
        .output
      #expect(output == "")
      #expect(try messages(file.text).map(\.model) == Array(repeating: "gpt-3.5-turbo", count: 4))
    }
  }

  @Test func demonstrationsAreDrawnBySeedAndRow() throws {
    try withTemporaryFolder { folder in
      let data = try corpus(folder)
      let examples = ["--examples", (folder / "examples.csv").path, "--format", "openai"]
      func shown(_ options: [String]) throws -> [[Substring]] {
        try messages(succeed(["prompt"] + data + examples + options).output).map { message in
          message.content.split(separator: "\n").filter { $0.contains("S TEXT: {") }.dropLast()
            .map { $0.drop { $0 != "{" } }
        }
      }
      let usual = try shown(["--shots", "3"])
      #expect(usual.allSatisfy { Set($0).count == 3 })
      #expect(try shown(["--shots", "3", "--seed", "0"]) == usual)
      #expect(try shown(["--shots", "3", "--seed", "1"]) != usual)
      #expect(Set(usual).count > 1, "each row has its own")
      // More are the same and others after them.
      #expect(try shown(["--shots", "5"]).map { Array($0.prefix(3)) } == usual)
      // A row is never shown its own text, nor the label beside it.
      let all = try shown(["--shots", "7"])
      #expect(!all[0].contains("{so glad},") && all[1].contains("{so glad},"))
      #expect(!all[1].contains("{so cross},") && all[0].contains("{so cross},"))
      let same = try shown(["--shots", "2", "--same-shots"])
      #expect(same[2] == same[3])
      let outcome = try taco(["prompt", "--shots", "8"] + data + examples)
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains("--shots 8, but only 7 rows can be shown before row-1"))
      if MPIRun.isAvailable {
        let alone = try succeed(["prompt", "--shots", "3"] + data + examples).output
        #expect(
          try succeed(["prompt", "--shots", "3"] + data + examples, ranks: 2).output == alone)
      }
    }
  }

  private func answer(_ row: Int, _ text: String) -> String {
    #"{"custom_id":"row-\#(row)","response":{"status_code":200,"body":{"choices":[{"message":{"content":"\#(text)"}}]}}}"#
      + "\n"
  }

  @Test func answersAreScoredLikeAModel() throws {
    try withTemporaryFolder { folder in
      let data = try corpus(folder)
      try (folder / "lines.txt").write("Joy.\nsadness or anger\n\nit is joy\n")
      try (folder / "batch.jsonl").write(
        answer(4, "it is joy") + answer(2, "sadness or anger") + answer(3, "no idea")
          + answer(1, "JOY"))
      func evaluate(_ file: String, _ more: [String] = []) throws -> String {
        try succeed(["evaluate", "--answers", (folder / file).path] + data + more).output
      }
      let text = try evaluate("lines.txt")
      #expect(text == (try evaluate("batch.jsonl")))
      #expect(text.contains("accuracy 0.5000, weighted-F1 0.5000, macro-F1 0.3333"))
      #expect(
        text.contains(
          "2 of 4 answers name one label; 1 name none, 1 name several, 0 are missing: 2 count as wrong"
        ))
      let json = try #require(
        JSONSerialization.jsonObject(
          with: Data(evaluate("lines.txt", ["--json", "--intervals"]).utf8))
          as? [String: Any])
      #expect(json["accuracy"] as? Double == 0.5)
      #expect(
        (json["answers"] as? [String: Int]) == ["one": 2, "none": 1, "several": 1, "missing": 0])
      let intervals = try #require(json["intervals"] as? [String: [Double]])
      #expect(intervals.keys.sorted() == ["accuracy", "macro_f1", "weighted_f1"])
      let accuracy = try #require(intervals["accuracy"])
      #expect(accuracy[0] <= 0.5 && 0.5 <= accuracy[1] && accuracy[0] < accuracy[1])

      try (folder / "part.jsonl").write(answer(1, "joy"))
      let missing = try taco(["evaluate", "--answers", (folder / "part.jsonl").path] + data)
      #expect(missing.status == 65)
      #expect(missing.errors.contains("3 of 4 rows have no answer: row-2 (missing)"))
      #expect(
        try evaluate("part.jsonl", ["--missing-as-wrong"]).contains(
          "1 of 4 answers name one label; 0 name none, 0 name several, 3 are missing"))
    }
  }

  /// The sample corpus's test rows, answered by a model of our own: the scores are that model's, and equal.
  @Test func answersStandBesideAModel() throws {
    let run = try SmallRun.shared.get().folder.path
    try withTemporaryFolder { folder in
      let prompts = try succeed(["prompt"]).output.components(separatedBy: "\n\n")
      let texts = prompts.map { $0.split(separator: "{").dropFirst().joined(separator: "{") }
        .map { $0.components(separatedBy: "},\nEMOTION:")[0] }
      let predicted = try succeed(
        ["predict", run, "--format", "jsonl"], input: texts.joined(separator: "\n")
      ).output.split(separator: "\n").map { line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return try #require(object?["label"] as? String)
      }
      try (folder / "answers.txt").write(predicted.map { "EMOTION: \($0);\n" }.joined())
      let answers = ["--answers", (folder / "answers.txt").path]
      let beside = try succeed(["evaluate", "--baseline", run] + answers).output
      #expect(beside.contains("difference +0.00  [+0.00, +0.00]"))
      #expect(beside.contains("right alone on 0 rows, baseline alone on 0"))
      let model = try succeed(["evaluate", run, "--intervals"]).output
      let own = try succeed(["evaluate", "--intervals"] + answers).output
      let removed = own.split(separator: "\n").filter { !$0.contains("answers name one label") }
      #expect(removed == model.split(separator: "\n"))
      if MPIRun.isAvailable {
        #expect(try succeed(["evaluate", "--baseline", run] + answers, ranks: 2).output == beside)
      }
    }
  }

  @Test(arguments: [
    (["prompt", "--shots", "-1"], "--shots is -1; give 0 to 1000"),
    (["prompt", "--data", "a.csv", "--shots", "1"], "--shots needs --examples"),
    (["prompt", "--same-shots"], "--same-shots needs --shots"),
    (["prompt", "--model-name", "x"], "--model-name needs --format openai"),
    (["prompt", "--labels", "edos"], "--data is missing"),
    (["evaluate"], "give a model, or --answers"),
    (["evaluate", "run", "--answers", "a.txt"], "the model run excludes --answers"),
    (["evaluate", "run", "--labels", "goemotions"], "--labels needs --answers"),
    (["evaluate", "run", "--missing-as-wrong"], "--missing-as-wrong needs --answers"),
  ])
  func badUsageIsNamed(arguments: [String], text: String) throws {
    let outcome = try taco(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(text), "\(outcome.errors)")
  }
}
