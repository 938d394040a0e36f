import Foundation
import Safetensors
import TestSupport
import Testing

/// What `predict`, `evaluate` and the model folder offer beside labels and scores.
@Suite struct UsingModelsTests {
  let run: URL

  init() throws {
    run = try SmallRun.shared.get().folder
  }

  @Test func probabilitiesAreTheSoftmaxOfAllScores() throws {
    let output = try succeed(
      ["predict", run.path, "--probabilities", "--top-k", "27", "--format", "jsonl"],
      input: "thanks\n"
    ).output
    struct Line: Decodable {
      struct Choice: Decodable {
        let score: Double
        let probability: Double
      }
      let probability: Double
      let top: [Choice]
    }
    let line = try JSONDecoder().decode(Line.self, from: Data(output.utf8))
    let powers = line.top.map { exp($0.score) }
    let sum = powers.reduce(0, +)
    #expect(line.top.count == 27 && line.probability == line.top[0].probability)
    for (choice, power) in zip(line.top, powers) {
      #expect(abs(choice.probability - power / sum) < 1e-6)
    }
    let csv = try succeed(
      ["predict", run.path, "--probabilities", "--top-k", "2"], input: "thanks\n"
    ).output
    #expect(
      csv.hasPrefix("text,label,score,probability,label_2,score_2,probability_2\nthanks,"), "\(csv)"
    )
    #expect(csv.split(separator: "\n")[1].split(separator: ",").count == 7)
  }

  @Test func roundedFactorsChangeScoresALittle() throws {
    func scores(_ options: [String]) throws -> [Double]? {
      let outcome = try taco(
        ["predict", run.path, "--top-k", "27"] + options, input: "thanks\nnobody told me\n")
      if outcome.status == 64 {
        #expect(outcome.errors.contains("AVX512-BF16"))
        return nil
      }
      let rows = outcome.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
      #expect(outcome.status == 0 && rows.count == 2)
      return rows.flatMap { row in row.compactMap { Double($0) }.sorted() }
    }
    guard let rounded = try scores(["--precision", "bfloat16"]) else { return }
    let exact = try #require(try scores([]))
    let size = exact.map(abs).max() ?? 0
    let difference = zip(rounded, exact).map { abs($0 - $1) }.max() ?? 0
    #expect(rounded.count == 54 && difference > 1e-7 * size && difference < 0.02 * size)
  }

  @Test func embeddingsComeAsNumPyOrSafetensors() throws {
    try withTemporaryFolder { folder in
      for name in ["e.npy", "e.safetensors"] {
        try succeed(
          ["predict", run.path, "--embeddings", (folder / name).path], input: "one\ntwo\nthree\n")
      }
      let file = try SafetensorsFile(contentsOf: folder / "e.safetensors")
      let tensor = try file.tensor("embeddings")
      #expect(tensor.shape == [3, 128])
      let npy = try Data(contentsOf: folder / "e.npy")
      let length = Int(npy[8]) + Int(npy[9]) << 8
      #expect(npy.prefix(8) == Data([0x93] + "NUMPY".utf8 + [1, 0]) && (10 + length) % 64 == 0)
      let header = String(decoding: npy[10..<10 + length], as: UTF8.self)
      #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 128), }"))
      #expect(header.hasSuffix(" \n"))
      let bytes = npy.dropFirst(10 + length)
      #expect(tensor.withUnsafeBytes { Data($0) } == Data(bytes))
      let lost = try taco(["predict", run.path, "--embeddings", "none/e.npy"], input: "")
      #expect(lost.status == 64 && lost.errors.contains("--embeddings none/e.npy: its folder"))
      let outcome = try taco(["predict", run.path, "--embeddings", "e.csv"], input: "")
      #expect(outcome.status == 64 && outcome.errors.contains("ends in .npy or .safetensors"))
    }
  }

  /// The answer to a line comes before the next line is written, and is that of the whole file.
  @Test func aStreamAnswersEachLineAtOnce() throws {
    let program = try #require(MPIRun("taco-dist")).program
    let process = Process()
    process.executableURL = program
    process.arguments = ["predict", run.path, "--stream", "--format", "jsonl"]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    var answers = ""
    for text in ["hello", "", "good bye"] {
      try input.fileHandleForWriting.write(contentsOf: Data((text + "\n").utf8))
      // Blocks for ever where nothing is flushed; the suite's time limit would tell.
      answers += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      #expect(answers.hasSuffix("}\n"))
    }
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let arguments = ["predict", run.path, "--format", "jsonl"]
    let lines = answers.split(separator: "\n")
    #expect(lines.count == 3)
    let single = try succeed(arguments, input: "hello\n").output
    #expect(single == lines[0] + "\n")
    let two = try succeed(arguments + ["--stream"], ranks: 2, input: "hello\n\ngood bye\n").output
    #expect(two == answers)
    let refused = try taco(["predict", run.path, "x.txt", "--stream"])
    #expect(
      refused.status == 64
        && refused.errors.contains("--stream excludes the file x.txt: it goes from standard input"))
  }

  @Test func evaluateComparesWithABaseline() throws {
    let output = try succeed(["evaluate", run.path, "--baseline", run.path]).output
    #expect(output.contains("difference +0.00  [+0.00, +0.00]"), "\(output)")
    #expect(
      output.contains("right alone on 0 rows, baseline alone on 0: McNemar's test, exact, p = 1"))
    let outcome = try taco(["evaluate", run.path, "--baseline", run.path, "--json"])
    #expect(outcome.status == 64 && outcome.errors.contains("--json excludes --baseline"))
  }

  @Test func theModelHasACard() throws {
    let card = try (run / "model/README.md").text
    #expect(card.hasPrefix("---\nlanguage: en\n"))
    #expect(card.contains("# nano, fine-tuned by TACO for 27 emotions"))
    let rows = card.split(separator: "\n").filter { $0.hasPrefix("| validation | 151 |") }
    #expect(rows.count == 1)
    #expect(card.split(separator: "\n").count { $0.hasPrefix("| test | 151 |") } == 1)
    #expect(card.contains("- **gratitude**: "))
    #expect(!card.contains(run.path))
  }

  @Test func aRunHasAnEventFileAndTellsHowTheViewsFare() throws {
    let name = "events.out.tfevents.taco-dist"
    #expect(FileManager.default.fileExists(atPath: (run / name).path))
    try withTemporaryFolder { folder in
      let outcome = try succeed(
        [
          "train", "--steps", "3", "--no-tensorboard", "--verbose", "--output",
          (folder / "run").path,
        ])
      #expect(!FileManager.default.fileExists(atPath: (folder / "run" / name).path))
      for part in [
        "step 2/3", "tokens/s", "  loss: cross-entropy", "of anchors without positives",
        "LDL weight sum", "weighted avg", "see it:  taco-dist report",
      ] {
        #expect(outcome.errors.contains(part), "\(part) in \(outcome.errors)")
      }
      #expect(!outcome.errors.contains("\u{1B}"))
    }
  }
}
