import Foundation
import TestSupport
import Testing

@Suite struct DataCommandTests {
  private func run(_ arguments: [String]) throws -> MPIRun.Outcome {
    let program = try #require(MPIRun("taco-dist"), "build taco-dist first")
    return try program(["data"] + arguments, ranks: nil)
  }

  private func write(_ files: [String: String], into folder: URL) throws {
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
  }

  @Test func sampleCorpus() throws {
    let outcome = try run([])
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    for part in [
      "the sample corpus: format csv, 27 labels (goemotions)", "tokens (nano)", "over 200",
      "leaks: no text stands in two splits", "62 (8.8 %)", "every row can be used",
    ] { #expect(outcome.output.contains(part), "\(part)") }
  }

  @Test func releaseIsRecognisedAndDrawn() throws {
    try withTemporaryFolder { folder in
      try write(
        [
          "train.txt": "29 <SEP> Oh!\n38 <SEP> Why?\n38 <SEP> Oh!\n",
          "valid.txt": "38 <SEP> Why?\n",
        ],
        into: folder)
      let figure = folder.appendingPathComponent("labels.svg")
      let outcome = try run([folder.path, "--json", "--figure", figure.path, "--max-length", "3"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let report = try decoder.decode(Report.self, from: Data(outcome.output.utf8))
      #expect(report.format == "empathetic-intents")
      #expect(report.labelSet == "empathetic-intents")
      #expect(report.labels.count == 41)
      #expect(report.splits.map(\.utterances) == [3, 1])
      #expect(report.splits.map(\.conflicts.count) == [1, 0])
      #expect(report.leaks.map(\.rows) == [1])
      #expect(report.tokens.splits["train"]?.overLimit == 3)
      #expect(report.rejected.isEmpty)
      #expect(try String(contentsOf: figure, encoding: .utf8).hasPrefix("<svg"))
    }
  }

  @Test func everyBadRowIsListed() throws {
    try withTemporaryFolder { folder in
      try write(
        ["train.csv": "text,label\na,joy\nb,bliss\n,joy\n", "dev.csv": "text,label\na,99\n"],
        into: folder)
      let outcome = try run([folder.path, "--labels", "goemotions"])
      #expect(outcome.status == 65)
      let lines = outcome.errors.split(separator: "\n")
      let places = ["train.csv:3:", "train.csv:4:", "dev.csv:2:", "Error: 3 problems in the data"]
      #expect(lines.count == places.count)
      for (line, place) in zip(lines, places) { #expect(line.contains(place)) }
      #expect(outcome.output.contains("training would refuse this folder: 3 problems"))
    }
  }

  @Test(arguments: [
    (["/no/such/folder"], 65, "/no/such/folder: no such file or folder\n"),
    ([], 64, "--labels is missing: give goemotions, empathetic-dialogues"),
    (["--labels", "moods"], 65, "--labels moods: no built-in label set and no file of that name"),
    (["--format", "excel"], 64, "'excel' is invalid"),
    (["--labels", "goemotions"], 65, "no train split"),
  ])
  func problems(_ arguments: [String], _ status: Int32, _ message: String) throws {
    try withTemporaryFolder { folder in
      let isPlace = arguments.first?.hasPrefix("/") ?? false
      let outcome = try run((isPlace ? [] : [folder.path]) + arguments)
      #expect(outcome.status == status)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }
  }

  /// What `--json` prints.
  private struct Report: Decodable {
    struct Split: Decodable {
      struct Conflict: Decodable { let labels: [String] }
      let utterances: Int
      let conflicts: [Conflict]
    }
    struct Leak: Decodable { let rows: Int }
    struct Tokens: Decodable {
      struct Lengths: Decodable { let overLimit: Int }
      let splits: [String: Lengths]
    }
    struct Rejection: Decodable { let problem: String }
    let format: String
    let labelSet: String
    let labels: [String]
    let splits: [Split]
    let leaks: [Leak]
    let tokens: Tokens
    let rejected: [Rejection]
  }
}
