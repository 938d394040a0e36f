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

  @Test func outputsReplaceNothingThatIsReadAndNoPartOfARun() throws {
    try withTemporaryFolder { folder in
      let manager = FileManager.default
      try manager.copyItem(at: run, to: folder / "gold")
      let steps = try manager.contentsOfDirectory(atPath: (folder / "gold/checkpoints").path)
      let checkpoint = try "gold/checkpoints/" + #require(steps.first)
      for name in ["train", "valid", "test"] {
        try (folder / "d0/\(name).csv").write(Utterances.csv())
      }
      try (folder / "lab.yaml").write("joy: A.\nfear: B.\n")
      try (folder / "c.yaml").write("top-k: 1\n")
      try (folder / "pin.csv").write(Utterances.csv())
      try (folder / "replay.json").write("{}")
      try manager.createSymbolicLink(
        at: folder / "link.csv", withDestinationURL: folder / "gold/model/taco.json")
      let before = try folder.files
      let predict = ["predict", "gold", "pin.csv"]
      for (arguments, message) in [
        (predict + ["--output", "gold/model/taco.json"], "belongs to the model in "),
        (predict + ["--output", "link.csv"], "belongs to the model in "),
        (predict + ["--embeddings", "gold/model/model.safetensors"], "belongs to the model in "),
        (predict + ["--output", "gold/config.yaml"], "belongs to the run in "),
        (predict + ["--output", "\(checkpoint)/checkpoint.json"], "belongs to the checkpoint "),
        (predict + ["--output", "./pin.csv"], "is a file that is read"),
        (predict + ["--config", "c.yaml", "--output", "c.yaml"], "is a file that is read"),
        (["report", "gold", "--output", "gold/metrics.jsonl"], "belongs to the run in "),
        (["report", "gold", "--data", "d0", "--output", "d0/test.csv"], "is a file that is read"),
        (
          ["train", "--data", "d0", "--labels", "lab.yaml", "--profile", "d0/train.csv"],
          "is a file"
        ),
        (["data", "d0", "--labels", "lab.yaml", "--figure", "lab.yaml"], "is a file that is read"),
        (
          ["trace", "--data", "d0/test.csv", "--labels", "lab.yaml", "--output", "lab.yaml"],
          "is a file that is read"
        ),
      ] {
        let outcome = try taco(arguments, in: folder)
        #expect(outcome.status == 64, "\(arguments) \(outcome)")
        #expect(outcome.errors.contains(message), "\(arguments) \(outcome)")
      }
      #expect(try folder.files == before)
      for _ in 0..<2 { try succeed(predict + ["--output", "gold/pin.csv"], in: folder) }
    }
  }

  /// What a link is to lead to may be on a disk that is not mounted: nothing is made in its place.
  @Test func linksThatLeadNowhereAreNamed() throws {
    try withTemporaryFolder { folder in
      try (folder / "in.txt").write("so glad\n")
      let target = "/nowhere/at/all"
      try FileManager.default.createSymbolicLink(
        atPath: (folder / "link").path, withDestinationPath: target)
      let train = ["train", "--steps", "1", "--quiet", "--output"]
      try (folder / "sweep.yaml").write("train: {steps: 1}\ngrid: {seed: [0, 1]}\n")
      for arguments in [
        train + ["link"], train + ["link/"], train + ["link/deeper/run"],
        train + ["link", "--resume"], train + ["real", "--profile", "link"],
        ["sweep", "sweep.yaml", "--output", "link"],
        ["predict", run.path, "in.txt", "--output", "link"],
      ] {
        let outcome = try taco(arguments, in: folder)
        #expect(outcome.status == 64, "\(arguments) \(outcome)")
        #expect(
          outcome.errors.contains("link")
            && outcome.errors.contains("is a link to \(target), which is not there."),
          "\(arguments) \(outcome)")
        #expect(
          try FileManager.default.destinationOfSymbolicLink(atPath: (folder / "link").path)
            == target)
      }
    }
  }

  @Test func keptColumnsHaveNamesOfTheirOwn() throws {
    try withTemporaryFolder { folder in
      try (folder / "in.csv").write("text,label,predicted_label\na,3,joy\n")
      try (folder / "in.jsonl").write(#"{"text":"a","label":3,"predicted_top":1}"#)
      for (input, form, name) in [
        ("in.csv", "csv", "predicted_label"), ("in.jsonl", "jsonl", "predicted_top"),
      ] {
        let outcome = try taco(
          ["predict", run.path, input, "--keep-columns", "--format", form], in: folder)
        #expect(outcome.status == 65 && outcome.output == "", "\(outcome)")
        #expect(
          outcome.errors.contains("\(input): --keep-columns: the column '\(name)'"), "\(outcome)")
      }
    }
  }

  @Test(arguments: [[], ["--stream"]])
  func aByteOrderMarkIsNoText(_ options: [String]) throws {
    let rows = try succeed(["predict", run.path] + options, input: "\u{FEFF}one\n").output
    #expect(rows.hasPrefix("text,label,score\none,"), "\(rows)")
  }

  @Test func severalLabelsAreTold() throws {
    try withTemporaryFolder { folder in
      let rows = Utterances.csv() + "two,\"[1, 2]\"\n"
      for name in ["train", "valid"] { try (folder / "d/\(name).csv").write(rows) }
      let evaluated = try succeed(["evaluate", run.path, "--data", "d/valid.csv"], in: folder)
      #expect(evaluated.errors.contains("valid.csv: 1 row has several labels; left out"))
      let data = try succeed(["data", "d", "--labels", "goemotions"], in: folder).output
      #expect(data.contains("2 rows are left out, as told above; every other row can be used"))
    }
  }

  @Test(arguments: [
    (
      ["evaluate", "RUN", "--text-column", "a", "--label-column", "a"], 64,
      "--text-column and --label-column are both 'a'; name a column each."
    ),
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
