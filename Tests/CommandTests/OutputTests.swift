import Foundation
import TestSupport
import Testing

/// `predict` and `evaluate`: forms of input and output.
@Suite struct OutputTests {
  let run: URL

  init() throws {
    run = try SmallRun.shared.get().folder
  }

  @Test func csvKeepsOrderAndQuotesWhatNeedsIt() throws {
    try withTemporaryFolder { folder in
      let texts = Utterances.plain + ["", "two\nlines", " blanks "]
      try (folder / "in.csv").write(Utterances.csv(texts))
      let output = try succeed(
        ["predict", run.path, (folder / "in.csv").path, "--output", (folder / "out.csv").path]
      ).output
      #expect(output == "")
      let rows = try (folder / "out.csv").text
      #expect(rows.hasPrefix("text,label,score\n"))
      let fields = texts.map { text in
        text.contains { ",\"\n".contains($0) }
          ? "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\"" : text
      }
      var rest = rows[...].dropFirst("text,label,score\n".count)
      for field in fields {
        #expect(rest.hasPrefix("\(field),"), "\(field)")
        let tail = rest.dropFirst(field.count + 1).prefix { $0 != "\n" }.split(separator: ",")
        #expect(tail.count == 2 && Float(tail[1]) != nil, "\(tail)")
        rest = rest.dropFirst(field.count + 1).drop { $0 != "\n" }.dropFirst()
      }
      #expect(rest.isEmpty)
    }
  }

  @Test func jsonLinesTellTheBestLabelsInOrder() throws {
    let texts = Utterances.plain + [""]
    let input = texts.joined(separator: "\n") + "\n"
    let output = try succeed(
      ["predict", (run / "model").path, "-", "--format", "jsonl", "--top-k", "3"], input: input
    ).output
    let lines = output.split(separator: "\n")
    #expect(lines.count == texts.count)
    for (line, text) in zip(lines, texts) {
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let top = try #require(object["top"] as? [[String: Any]])
      let scores = top.compactMap { $0["score"] as? Double }
      #expect(object["text"] as? String == text)
      #expect(object["label"] as? String == top[0]["label"] as? String)
      #expect(scores.count == 3 && scores == scores.sorted(by: >))
      #expect(Set(top.compactMap { $0["label"] as? String }).count == 3)
    }
  }

  @Test(arguments: [nil, 2] as [Int?])
  func linesOfStandardInputAreUtterancesEvenBlankOnes(ranks: Int?) throws {
    let output = try succeed(
      ["predict", run.path, "--top-k", "2"], ranks: ranks, input: "one\n\n\r\nfour"
    ).output
    let lines = output.split(separator: "\n")
    #expect(lines[0] == "text,label,score,label_2,score_2")
    #expect(
      lines.dropFirst().map { $0.prefix { $0 != "," } } == ["one", "", "", "four"], "\(output)")
  }

  @Test func nothingInIsNothingOut() throws {
    #expect(try succeed(["predict", run.path], input: "").output == "text,label,score\n")
    #expect(try succeed(["predict", run.path, "--format", "jsonl"], input: "").output == "")
  }

  @Test func standardInputMayHaveColumns() throws {
    let output = try succeed(
      [
        "predict", run.path, "-", "--input-format", "tsv", "--text-column", "said", "--format",
        "jsonl",
      ], input: "id\tsaid\n7\thello, you\n"
    ).output
    #expect(output.hasPrefix(#"{"text":"hello, you","#), "\(output)")
  }

  @Test func aReaderThatLeavesEndsTheProgramInSilence() throws {
    let program = try #require(MPIRun("taco-dist")).program.path
    try withTemporaryFolder { folder in
      let line = "a line that is long enough to fill the pipe after some thousands of them\n"
      try (folder / "in.txt").write(String(repeating: line, count: 5000))
      for arguments in ["tokenize nano in.txt", "predict \(run.path) in.txt"] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "'\(program)' \(arguments) 2>errors | head -n 1 >first"]
        process.currentDirectoryURL = folder
        try process.run()
        process.waitUntilExit()
        #expect(try (folder / "errors").text == "")
        #expect(try (folder / "first").text.hasSuffix("\n"))
      }
    }
  }

  @Test func evaluateTellsScoresOfAFile() throws {
    try withTemporaryFolder { folder in
      try (folder / "test.csv").write(Utterances.csv())
      let arguments = ["evaluate", run.path, "--data", (folder / "test.csv").path]
      #expect(try succeed(arguments).output.contains("on 8 rows"))
      let json = try JSONSerialization.jsonObject(
        with: Data(succeed(arguments + ["--json"]).output.utf8))
      #expect((json as? [String: Any])?["count"] as? Int == 8)
    }
  }

  @Test(arguments: [
    (["predict", "nonesuch"], 65, "model nonesuch: no such folder."),
    (
      ["predict", "/"], 65, "no taco.json. This command wants a model that 'taco-dist train' wrote"
    ),
    (["predict", "RUN", "nonesuch.csv"], 65, "nonesuch.csv: no such file"),
    (["predict", "RUN", "--top-k", "0"], 64, "--top-k is 0; give 1 or more."),
    (["predict", "RUN", "--output", "/nonesuch/x"], 64, "its folder does not exist"),
    (["evaluate", "RUN", "--data", "/"], 65, "this is a folder; a file of kind .csv"),
    (["evaluate"], 64, "Missing expected argument '<model>'"),
    (["trian"], 64, "Unknown command 'trian'. There are train, evaluate,"),
    (["tokenize", "nano", "nonesuch.txt"], 65, "nonesuch.txt: no such file"),
    (["trace", "--output", "x"], 64, "Give --data, or --replay with the step"),
  ])
  func mistakesAreTold(arguments: [String], status: Int32, message: String) throws {
    let outcome = try taco(arguments.map { $0 == "RUN" ? run.path : $0 })
    #expect(outcome.status == status, "\(outcome)")
    #expect(outcome.errors.contains(message), "\(outcome)")
  }
}
