import Foundation
import Safetensors
import TestSupport
import Testing

/// What is told as a result is one: models, scores and runs that are done are what they are taken for.
@Suite struct ResultTests {
  private static let train = [
    "train", "--data", "data", "--labels", "labels.yaml", "--steps", "4", "--batch-size", "8",
    "--threads", "1", "--output", "run",
  ]

  private func withRun(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try (folder / "labels.yaml").write("joy: being happy\nanger: being angry\n")
      for split in ["train", "valid", "test"] {
        let rows = (0..<8).map { "I am so \($0) \(split),\($0 % 2 == 0 ? "joy" : "anger")\n" }
        try (folder / "data/\(split).csv").write("text,label\n" + rows.joined())
      }
      try succeed(Self.train, in: folder)
      try body(folder)
    }
  }

  private func change(_ file: URL, _ body: (inout Data) -> Void) throws {
    var bytes = try Data(contentsOf: file)
    body(&bytes)
    try bytes.write(to: file)
  }

  @Test func aResumedRunHasItsBestModel() throws {
    try withRun { folder in
      let model = folder / "run/model"
      let whole = try model.files
      let before = try (folder / "run/metrics.jsonl").metrics
      let damages: [() throws -> Void] = [
        { try FileManager.default.removeItem(at: model) },
        { try FileManager.default.removeItem(at: model / "taco.json") },
        { try change(model / "model.safetensors") { $0.removeLast(100) } },
        { try change(model / "model.safetensors") { $0[$0.count - 3] ^= 1 } },
        { try change(model / "taco.safetensors") { $0[$0.count - 3] ^= 1 } },
      ]
      for (index, damage) in damages.enumerated() {
        try damage()
        let outcome = try succeed(Self.train + ["--resume"], in: folder)
        #expect(
          outcome.errors.contains("run/model: missing, damaged or not"), "\(index) \(outcome)")
        #expect(try model.files == whole, "\(index)")
      }
      let outcome = try succeed(Self.train + ["--resume"], in: folder)
      #expect(!outcome.errors.contains("missing, damaged"), "\(outcome)")
      #expect(try (folder / "run/metrics.jsonl").metrics == before)
    }
  }

  @Test func aFinishedRunKeepsItsLabels() throws {
    try withRun { folder in
      try (folder / "labels.yaml").write("anger: being angry\njoy: being happy\n")
      let before = try (folder / "run").files
      let outcome = try taco(Self.train + ["--resume", "--accept-changed-data"], in: folder)
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errors.contains("the run in run is finished: nothing is left to train"))
      #expect(try (folder / "run").files == before)
    }
  }

  @Test func recordedScoresDoNotStandBesideThoseOfOtherRows() throws {
    try withRun { folder in
      let tables = [
        ["table", "run", "--intervals"], ["table", "run", "--against", "run"], ["report", "run"],
      ]
      for table in tables { try succeed(table, in: folder) }
      let test = folder / "data/test.csv"
      try test.write(test.text.replacing(",anger", with: ",joy"))
      for table in tables {
        let outcome = try taco(table, in: folder)
        #expect(outcome.status == 65 && outcome.output.isEmpty, "\(outcome)")
        #expect(
          outcome.errors.contains("run run: ") && outcome.errors.contains("test split: 8 rows"),
          "\(outcome)")
      }
      // Earlier versions told nothing of their rows.
      try FileManager.default.removeItem(at: folder / "run/fingerprints.json")
      for table in tables { try succeed(table, in: folder) }
    }
  }

  @Test func aSweepBelievesResultsAlone() throws {
    try withTemporaryFolder { folder in
      try (folder / "s.yaml").write("train: {steps: 2, quiet: true, batch-size: 8, seed: 1}\n")
      let sweep = ["sweep", "s.yaml", "--output", "out"]
      let name = try succeed(sweep + ["--list"], in: folder).output.split(separator: "\t")[2]
        .trimmingCharacters(in: .newlines)
      let nothing = try taco(sweep + ["--launcher", "true"], in: folder)
      #expect(nothing.status == 1, "\(nothing)")
      #expect(nothing.errors.contains("failed: exit code 0, but no result in out/"), "\(nothing)")
      for lost in ["", "out/\(name)", "out/\(name)/model"] {
        if !lost.isEmpty { try FileManager.default.removeItem(at: folder / lost) }
        let outcome = try succeed(sweep, in: folder)
        #expect(!outcome.errors.contains("done before"), "\(lost) \(outcome)")
        #expect(
          FileManager.default.fileExists(atPath: (folder / "out/\(name)/model/taco.json").path))
      }
      #expect(try succeed(sweep, in: folder).errors.contains("done before"))
    }
  }

  @Test func layersThatTheConfigurationLeavesOutAreNamed() throws {
    let run = try SmallRun.shared.get().folder
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(at: run / "model", to: folder / "m")
      let file = folder / "m/config.json"
      let count = #/"num_hidden_layers"\s*:\s*\d+/#
      try file.write(file.text.replacing(count, with: "\"num_hidden_layers\": 1"))
      let train = ["train", "--steps", "2", "--quiet", "--output", "run", "--model", "m"]
      for arguments in [["predict", "m"], train] {
        let outcome = try taco(arguments, input: "hello\n", in: folder)
        #expect(outcome.status == 65, "\(outcome)")
        #expect(
          outcome.errors.contains("tensor 'encoder.layer.1.")
            && outcome.errors.contains("num_hidden_layers in config.json is 1"), "\(outcome)")
      }
    }
  }

  @Test func aWeightThatIsNotFiniteIsNamed() throws {
    let run = try SmallRun.shared.get().folder
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(at: run / "model", to: folder / "m")
      let file = folder / "m/model.safetensors"
      let weights = try SafetensorsFile(contentsOf: file)
      var writer = SafetensorsWriter(metadata: ["format": "pt"])
      let broken = "encoder.layer.1.output.dense.bias"
      for name in weights.names {
        var values = try weights.floats(name)
        if name == broken { values[3] = .nan }
        try writer.add(name, shape: weights.tensor(name).shape, values: values)
      }
      try FileManager.default.removeItem(at: file)
      try writer.write(to: file)
      for arguments in [["predict", "m"], ["evaluate", "m"]] {
        let outcome = try taco(arguments, input: "hello\n", in: folder)
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.errors.contains("not finite: '\(broken)' (1 of 64 values)"), "\(outcome)")
      }
    }
  }
}
