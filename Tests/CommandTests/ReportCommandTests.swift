import Foundation
import TestSupport
import Testing

/// `report` and `table` on real run folders.
@Suite struct ReportCommandTests {
  let run: URL

  init() throws {
    run = try SmallRun.shared.get().folder
  }

  @Test func reportIsTheSameOnTwoRanks() throws {
    try withTemporaryFolder { folder in
      for ranks in [nil, 2] as [Int?] {
        let name = "\(ranks ?? 1).html"
        try succeed(
          ["report", run.path, "--points", "40", "--output", (folder / name).path], ranks: ranks)
      }
      let html = try (folder / "1.html").text
      #expect(html == (try (folder / "2.html").text))
      for part in ["Losses", "Confusion matrix", "F1 against class size", "Before:", "After:"] {
        #expect(html.contains(part), "\(part)")
      }
      #expect(!html.contains("Not in this report"))
    }
  }

  @Test func whatIsAbsentIsSaid() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(at: run, to: folder / "bare")
      try FileManager.default.removeItem(at: folder / "bare/model")
      let outcome = try succeed(["report", (folder / "bare").path])
      #expect(outcome.errors.contains("not in the report: test scores, examples and maps of bare"))
      let html = try (folder / "bare/report.html").text
      #expect(html.contains("Not in this report") && html.contains("Losses"))
      #expect(!html.contains("Confusion matrix"))
    }
  }

  @Test func tablesNameVariantsAndLeaveCopiesOut() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(at: run, to: folder / "copy")
      try FileManager.default.copyItem(at: run, to: folder / "without")
      let file = folder / "without/config.yaml"
      try file.write(try file.text + "without:\n- ldl\n")
      let log = folder / "without/metrics.jsonl"
      try log.write(
        try log.text.split(separator: "\n").map { line in
          line.contains("\"split\":\"test\"")
            ? """
            {"event":"evaluation","split":"test","epoch":1,"step":4,"accuracy":0.5,\
            "weighted_f1":0.25,"macro_f1":0.125,"macro_f1_present":0.2,"best":false,"seconds":1}
            """ : String(line)
        }.joined(separator: "\n") + "\n")
      let places = [run, folder / "copy", folder / "without"].map(\.path)
      let outcome = try succeed(["table"] + places + ["--format", "csv"])
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines[1].hasPrefix(",TACO,1,") && lines[2] == ",TACO w/o LDL,1,0.5,,0.25,,0.125,")
      #expect(outcome.errors.contains("the same settings and seed as"))
      let tested = try succeed(
        ["table", run.path, "--against", (folder / "copy").path, "--intervals"]
      ).output
      #expect(tested.contains("McNemar, exact, p 1)") && tested.contains("["), "\(tested)")
    }
  }

  @Test func stepsAsCSV() throws {
    let lines = try succeed(["table", run.path, "--steps"]).output.split(separator: "\n")
    #expect(lines.count == 5 && lines[0].hasPrefix("step,epoch,loss,ce,ccl,ldl,lr,"))
    #expect(lines[4].hasPrefix("4,1,"))
  }

  @Test(arguments: [
    (["report", "nonesuch"], 65, "run nonesuch: no such folder."),
    (["report", "/"], 65, "no config.yaml"),
    (["report", "RUN", "--points=-1"], 64, "--points is -1"),
    (["report", "RUN", "--output", "/nonesuch/x"], 64, "its folder does not exist"),
    (["table", "RUN", "--against", "nonesuch"], 65, "run nonesuch: no such folder."),
    (["table", "RUN", "--intervals", "--split", "valid"], 64, "--intervals needs --split test"),
  ])
  func mistakesAreTold(arguments: [String], status: Int32, message: String) throws {
    let outcome = try taco(arguments.map { $0 == "RUN" ? run.path : $0 })
    #expect(outcome.status == status, "\(outcome)")
    #expect(outcome.errors.contains(message), "\(outcome)")
  }
}
