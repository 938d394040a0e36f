import Foundation
import TestSupport
import Testing

/// Odd names in what a run writes; paths that lead from anywhere; limits that are told.
@Suite struct NamesAndPathsTests {
  private func data(_ place: URL, _ labels: String) throws {
    for name in ["train", "valid", "test"] {
      try (place / "data/\(name).csv").write("text,label\none,0\ntwo,1\nthree,0\nfour,1\n")
    }
    try (place / "labels.json").write(labels)
  }

  @Test func labelNamesStayText() throws {
    try withTemporaryFolder { place in
      let name = "<b>*[joy](x)*</b> & `co` | =1"
      try data(place, "{\"\(name)\": \"One.\\n## Two\\n- <i>three</i>\", \"a_b\": \"Wonder.\"}")
      try succeed(
        [
          "train", "--steps", "1", "--quiet", "--data", "data", "--labels", "labels.json",
          "--output", "run",
        ],
        in: place)
      let card = try (place / "run/model/README.md").text
      #expect(
        card.hasSuffix(
          """
          ## Labels

          - **&lt;b&gt;\\*\\[joy\\](x)\\*&lt;/b&gt; &amp; \\`co\\` \\| =1**: One. ## Two - &lt;i&gt;three&lt;/i&gt;
          - **a\\_b**: Wonder.

          """), "\(card)")
      try succeed(["report", "run", "--points", "4"], in: place)
      let html = try (place / "run/report.html").text
      #expect(!html.contains("<b>*") && html.contains("&lt;b&gt;*[joy](x)*&lt;/b&gt;"))
      let rows = try succeed(["predict", "run", "data/test.csv"], in: place).output
      #expect(rows.contains("one,\(name),") || rows.contains("one,a_b,"))
      for (text, shown) in [("joy\\nsorrow", "joy\\nsorrow"), ("a\\u001b[1m", "a\\u{1B}[1m")] {
        try (place / "odd.json").write("{\"\(text)\": \"One.\", \"b\": \"Two.\"}")
        let outcome = try taco(
          ["train", "--data", "data", "--labels", "odd.json", "--output", "odd"], in: place)
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("the name of label '\(shown)' holds"), "\(outcome.errors)")
      }
    }
  }

  /// `config.yaml` has whole paths; those of older runs start at a folder above; labels come with the model.
  @Test func reportsFromAnywhere() throws {
    try withTemporaryFolder { place in
      try data(place, #"{"joy": "Glad.", "awe": "Wonder."}"#)
      try succeed(
        [
          "train", "--steps", "1", "--quiet", "--data", "data", "--labels", "labels.json",
          "--output",
          "runs/a",
        ], in: place)
      let run = place / "runs/a"
      let file = run / "config.yaml"
      #expect(try file.text.contains("data: \(place.path)/data\n"))
      try FileManager.default.removeItem(at: place / "labels.json")
      let elsewhere = FileManager.default.temporaryDirectory
      func whole() throws {
        let outcome = try succeed(["report", run.path, "--points", "0"], in: elsewhere)
        #expect(!outcome.errors.contains("not in the report"), "\(outcome.errors)")
        #expect(
          try succeed(["table", run.path, "--intervals"], in: elsewhere).output.contains("["))
      }
      try whole()
      try file.write(try file.text.replacingOccurrences(of: place.path + "/", with: ""))
      try whole()
      try FileManager.default.moveItem(at: place / "data", to: place / "moved")
      let missing = try taco(["table", run.path, "--intervals"], in: elsewhere)
      #expect(missing.status == 65)
      #expect(
        missing.errors.contains("its data data is not there any more; say with --data where it is"))
      try succeed(
        ["table", run.path, "--intervals", "--data", (place / "moved").path], in: elsewhere)
    }
  }

  @Test func positionsAreTheLimit() throws {
    let model = try (SmallRun.shared.get().folder / "model").path
    try withTemporaryFolder { place in
      let run = try succeed(
        [
          "train", "--model", model, "--max-length", "999", "--steps", "1", "--output",
          (place / "r").path,
        ])
      #expect(
        run.errors.contains("--max-length 999: \(model) has 256 positions; texts are cut at 256"))
      #expect(try (place / "r/config.yaml").text.contains("\nmax-length: 256\n"))
      let usual = try succeed(
        ["train", "--model", model, "--steps", "1", "--output", (place / "s").path])
      #expect(!usual.errors.contains("positions"))
      #expect(try (place / "s/config.yaml").text.contains("\nmax-length: 200\n"))
      let counts = try succeed(["data", "--model", model, "--max-length", "999"])
      #expect(counts.output.contains("over 256"))
      #expect(counts.errors.contains("has 256 positions"))
    }
  }

  /// One line tells a fault, however many ranks there are and whatever the launcher thinks of it.
  @Test func oneLineAFaultUnderMPI() throws {
    let outcome = try taco(["train", "--data", "/nonesuch", "--labels", "goemotions"], ranks: 2)
    #expect(outcome.status == 65)
    #expect(outcome.errors == "[rank 0/2] /nonesuch: no such folder\n")
  }

  @Test func failedRunsOfASweepAreCalledSo() throws {
    try withTemporaryFolder { place in
      try data(place, #"{"joy": "Glad.", "awe": "Wonder."}"#)
      try (place / "sweep.yaml").write(
        """
        train: {steps: 1, labels: labels.json, quiet: true}
        variants: {bad: {data: nowhere}, good: {data: data}}
        """)
      let first = try taco(["sweep", "sweep.yaml", "--output", "study"], in: place)
      #expect(first.status == 1)
      let rows = try (place / "study/results.csv").text.split(separator: "\n")
      #expect(rows[1].hasPrefix("0,bad,failed,") && rows[2].hasPrefix("1,good,done,"))
      let list = try succeed(["sweep", "sweep.yaml", "--output", "study", "--list"], in: place)
      #expect(list.output == "0\tfailed\tbad\n1\tdone\tgood\n")
      // A mended file goes on.
      try (place / "sweep.yaml").write(
        """
        train: {steps: 1, labels: labels.json, quiet: true}
        variants: {bad: {data: data, seed: 2}, good: {data: data}}
        """)
      try succeed(["sweep", "sweep.yaml", "--output", "study"], in: place)
      #expect(try (place / "study/results.csv").text.contains("0,bad,done,"))
    }
  }
}
