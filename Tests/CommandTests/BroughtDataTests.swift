import Foundation
import TestSupport
import Testing

/// Data as people bring it, through the program.
@Suite struct BroughtDataTests {
  private static let stars =
    #"{"1": "Very bad.", "2": "Rather bad.", "3": "Neither.", "4": "Rather good.", "5": "Very good."}"#

  private func folder(_ place: URL, _ rows: String, _ labels: String) throws -> [String] {
    for name in ["train.csv", "valid.csv"] {
      try (place / "data" / name).write("text,label\n" + rows)
    }
    try (place / "labels.json").write(labels)
    return [(place / "data").path, "--labels", (place / "labels.json").path]
  }

  @Test func whatLabelsWereReadAsIsTold() throws {
    try withTemporaryFolder { place in
      let rows = (0..<5).map { "text \($0),\($0)\n" }.joined()
      let data = try folder(place, rows, Self.stars)
      #expect(try succeed(["data"] + data).output.contains("given as ids\n"))
      let run = try succeed(
        ["train", "--steps", "1", "--output", (place / "run").path, "--data"] + data)
      #expect(run.errors.contains("5 labels, given as ids\n"), "\(run.errors)")
      try (place / "data/train.csv").write("text,label\na,1\nb,2\n")
      try (place / "data/valid.csv").write("text,label\na,1\nb,2\n")
      let refused = try taco(
        ["train", "--steps", "1", "--output", (place / "other").path, "--data"] + data)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("say which with --label-kind id or --label-kind name"))
      #expect(!FileManager.default.fileExists(atPath: (place / "other").path))
      let kind = try succeed(
        [
          "train", "--steps", "1", "--label-kind", "name", "--output", (place / "other").path,
          "--data",
        ]
          + data)
      #expect(kind.errors.contains("given as names"))
      #expect(try (place / "other/config.yaml").text.contains("label-kind: name\n"))
    }
  }

  @Test func namesOfAnIdMapComeOut() throws {
    try withTemporaryFolder { place in
      let data = try folder(place, "one,0\ntwo,1\n", #"{"1": "joy", "0": "anger"}"#)
      let run = try succeed(
        ["train", "--steps", "1", "--output", (place / "run").path, "--data"] + data)
      #expect(
        run.errors.contains("warning: \(place.path)/labels.json: read as a map from id to name"))
      let rows = try succeed(
        ["predict", (place / "run").path, (place / "data/valid.csv").path, "--top-k", "2"])
      let names = rows.output.split(separator: "\n")[1].split(separator: ",")
      #expect(Set([names[1], names[3]]) == ["joy", "anger"])
    }
  }

  @Test func oneMessageACause() throws {
    try withTemporaryFolder { place in
      let rows = (0..<2000).map { "x,bliss\($0)\n" }.joined()
      let data = try folder(place, rows, #"{"joy": "Glad.", "awe": "Wonder."}"#)
      for command in [
        ["data"] + data, ["train", "--output", (place / "run").path, "--data"] + data,
      ] {
        let outcome = try taco(command)
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("(2000 rows: lines 2, 3, 4, 5, 6, ...)"))
        #expect(outcome.errors.split(separator: "\n").count <= 3)
      }
      let object = try taco(["data"] + data + ["--json"]).output
      #expect(object.contains(#""rejected":[{"file":""#))
      #expect(object.contains(#""rows":2000"#))
      #expect(object.utf8.count < 10_000)
    }
  }

  @Test func quotesInTabSeparatedFiles() throws {
    try withTemporaryFolder { place in
      let rows = "text\tlabel\nfine\t1\n\"no way\t0\nwhat a day\t1\nis that all\"\t0\n"
      for name in ["train.tsv", "valid.tsv"] { try (place / name).write(rows) }
      let refused = try taco(["data", place.path, "--labels", "goemotions"])
      #expect(refused.status == 65)
      #expect(refused.errors.contains("train.tsv:3: a quote opens a field here that holds a tab"))
      let plain = try succeed(
        ["data", place.path, "--labels", "goemotions", "--quotes", "plain", "--json"])
      #expect(plain.output.contains(#""utterances":4"#))
      let model = try SmallRun.shared.get().folder.path
      let predicted = try succeed(
        ["predict", model, (place / "train.tsv").path, "--quotes", "plain"])
      #expect(predicted.output.split(separator: "\n").count == 5)
      let scores = try succeed(
        ["evaluate", model, "--data", (place / "train.tsv").path, "--quotes", "plain"])
      #expect(scores.output.contains("on 4 rows"))
    }
  }

  /// Pipes, and files whose names tell nothing, at any number of ranks.
  @Test(arguments: [nil, 2]) func pipesAndForms(_ ranks: Int?) throws {
    let model = try SmallRun.shared.get().folder.path
    try withTemporaryFolder { place in
      let text = Utterances.csv()
      try (place / "texts").write(text)
      let wanted = try succeed(
        ["predict", model, (place / "texts").path, "--input-format", "csv"], ranks: ranks)
      let pipe = place / "p.csv"
      try #require(mkfifo(pipe.path, 0o600) == 0)
      func fill() {
        Thread.detachNewThread {
          let handle = FileHandle(forWritingAtPath: pipe.path)
          handle?.write(Data(text.utf8))
          handle?.closeFile()
        }
      }
      fill()
      #expect(try succeed(["predict", model, pipe.path], ranks: ranks).output == wanted.output)
      fill()
      let scores = try succeed(["evaluate", model, "--data", pipe.path], ranks: ranks)
      #expect(scores.output.contains("on 8 rows"))
      let unnamed = try taco(["tokenize", "nano", (place / "texts").path])
      #expect(unnamed.status == 65)
      #expect(unnamed.errors.contains("name the kind with --input-format"))
    }
  }

  /// A pipe in the place of a file that every rank reads is refused: the ranks would take it from each other.
  @Test(arguments: ["data/train.csv", "labels.json", "config.yaml"])
  func aPipeForManyRanksIsRefused(_ name: String) throws {
    try withTemporaryFolder { place in
      for split in ["train", "valid"] { try (place / "data/\(split).csv").write(Utterances.csv()) }
      try (place / "labels.json").write(
        "{" + (0..<27).map { "\"name \($0)\": \"what \($0) is\"" }.joined(separator: ", ") + "}")
      try (place / "config.yaml").write("steps: 2\nquiet: true\n")
      try FileManager.default.removeItem(at: place / name)
      try #require(mkfifo((place / name).path, 0o600) == 0)
      let refused = try taco(
        [
          "train", "--config", "config.yaml", "--data", "data", "--labels", "labels.json",
          "--output", "two",
        ], ranks: 2, in: place)
      #expect(refused.status == 65 && !refused.timedOut, "\(refused)")
      let cause = "is a pipe, which can be read only once, but each of the 2 ranks would read it"
      #expect(refused.errors.components(separatedBy: cause).count == 2, "\(refused)")
    }
  }

  @Test func invisibleCharactersAreShownByCode() throws {
    try withTemporaryFolder { place in
      try (place / "a.csv").write("te\u{200B}xt\u{1B}[31m,x\nhi,0\n")
      let outcome = try taco(["tokenize", "nano", (place / "a.csv").path])
      #expect(outcome.errors.contains("the header has 'te\\u{200B}xt\\u{1B}[31m', 'x'"))
    }
  }
}
