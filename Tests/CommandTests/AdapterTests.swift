import Foundation
import Safetensors
import TestSupport
import Testing

/// `--adapter lora` beside a small Llama: what trains, what is kept, and what the model folder is.
@Suite(.enabled(if: MPIRun.isAvailable, "mpirun is not on the path"))
struct AdapterTests {
  private static let options = [
    "--adapter", "lora", "--adapter-rank", "4", "--adapter-dropout", "0.1", "--batch-size", "16",
    "--steps", "6", "--checkpoint-every", "3", "--keep", "2", "--learning-rate", "0.01", "--quiet",
  ]

  private func train(
    _ folder: URL, _ name: String, _ more: [String] = [], ranks: Int? = nil
  ) throws -> URL {
    let run = folder / name
    try succeed(
      ["train", "--output", run.path, "--model", try SmallLlama.folder(in: folder).path]
        + Self.options + more, ranks: ranks)
    return run
  }

  @Test func aRunIsTheSameAtAnyNumberOfRanks() throws {
    try withTemporaryFolder { folder in
      let alone = try train(folder, "alone")
      let model = try (alone / "model").files
      #expect(Set(model.keys).isSuperset(of: ["adapter_config.json", "adapter_model.safetensors"]))
      for ranks in [2, 4] {
        #expect(
          try (train(folder, "\(ranks)", ranks: ranks) / "model").files == model, "\(ranks) ranks")
      }
      #expect(
        try (train(folder, "waves", ["--memory-budget", "100K"], ranks: 2) / "model").files == model
      )
      try FileManager.default.removeItem(at: alone / "checkpoints/step-6")
      #expect(try (train(folder, "alone", ["--resume"], ranks: 4) / "model").files == model)
      let repeated = folder / "repeated"
      try succeed([
        "train", "--config", (alone / "config.yaml").path, "--output", repeated.path, "--quiet",
      ])
      #expect(try (repeated / "model").files == model)
      let names = try SafetensorsFile(
        contentsOf: alone / "checkpoints/step-6/first-moments.safetensors"
      ).names
      #expect(names.contains("layers.1.self_attn.k_proj.lora_A.weight"))
      #expect(names.contains("added_tokens.weight"))
      #expect(
        names.allSatisfy { $0.contains("lora_") || $0.hasPrefix("heads.") || $0.hasPrefix("added") }
      )
    }
  }

  @Test func theMergedModelScoresAsTheAdaptersDo() throws {
    try withTemporaryFolder { folder in
      let run = try train(folder, "run", ["--merge"], ranks: 2)
      let texts = folder / "texts.csv"
      try texts.write(Utterances.csv())
      let scores = try ["model", "merged"].map { name in
        let lines = try succeed(
          ["predict", (run / name).path, texts.path, "--format", "csv"], ranks: 2
        ).output.split(separator: "\n").dropFirst()
        return lines.map { line in Double(line.split(separator: ",").last ?? "") ?? .nan }
      }
      #expect(scores[0].count > 5)
      for (adapted, merged) in zip(scores[0], scores[1]) {
        #expect(abs(adapted - merged) < 1e-4 * max(1, abs(adapted)))
      }
      #expect(try !(run / "merged").files.keys.contains("adapter_config.json"))

      // Beside another shape, other weights, or none, adapters are refused; so are files that contradict each other.
      let base = try SmallLlama.folder(in: folder)
      func predict() throws -> MPIRun.Outcome {
        try taco(["predict", (run / "model").path, texts.path], in: folder)
      }
      for (file, old, new, cause) in [
        (
          base / "config.json", #""rms_norm_eps": 1e-06"#, #""rms_norm_eps": 1e-03"#,
          "another config.json"
        ),
        (
          run / "model/adapter_config.json", #""r" : 4"#, #""r" : 2"#,
          "'r' is not the 4 that taco.json says"
        ),
        (
          run / "model/adapter_config.json", #""use_rslora" : false"#, #""use_rslora" : true"#,
          "'use_rslora'"
        ),
      ] {
        let text = try file.text
        #expect(text.contains(old), "\(old)")
        try file.write(text.replacingOccurrences(of: old, with: new))
        let outcome = try predict()
        #expect(outcome.status == 65 && outcome.errors.contains(cause), "\(outcome)")
        try file.write(text)
      }
      let asEncoder = try taco(
        ["train", "--steps", "1", "--model", (run / "model").path], in: folder)
      #expect(asEncoder.status == 65 && asEncoder.errors.contains("Give merged/"))
      let weights = base / "model.safetensors"
      var bytes = try Data(contentsOf: weights)
      bytes[bytes.count - 3] ^= 1
      try bytes.write(to: weights)
      let changed = try taco(["predict", (run / "model").path, texts.path], in: folder)
      #expect(changed.status != 0 && changed.errors.contains("trained beside other weights"))
      try FileManager.default.removeItem(at: base)
      let lost = try taco(["predict", (run / "model").path, texts.path], in: folder)
      #expect(lost.status != 0 && lost.errors.contains(base.path), "\(lost)")
    }
  }

  @Test func gradientsAreSlopesAndTracesHoldWhatTrains() throws {
    try withTemporaryFolder { folder in
      let model = try SmallLlama.folder(in: folder).path
      let data = folder / "data.csv"
      try data.write(Utterances.csv())
      let common = ["--model", model, "--data", data.path, "--labels", "goemotions"]
      for more in [[], ["--adapter", "lora", "--adapter-rank", "4"], ["--pooling", "last"]] {
        try succeed(["check"] + common + more, ranks: 2)
      }
      let file = folder / "trace.safetensors"
      try succeed(
        ["trace", "--output", file.path, "--adapter", "lora", "--adapter-rank", "4"] + common,
        ranks: 4)
      let names = try SafetensorsFile(contentsOf: file).names
      #expect(names.contains("gradient.layers.0.self_attn.q_proj.lora_B.weight"))
      #expect(!names.contains { $0.hasSuffix("q_proj.weight") })
    }
  }

  /// `table --paper` knows which of the paper's rows a run is.
  @Test func thePapersRowStandsBeside() throws {
    try withTemporaryFolder { folder in
      let adapted = try train(folder, "adapted")
      let runs = [
        ("plain", []), ("linear", ["--objective", "linear"]), ("without", ["--without", "ldl"]),
      ]
      for (name, more) in runs {
        try succeed(
          ["train", "--output", (folder / name).path, "--steps", "1", "--quiet"] + more)
      }
      let table = try succeed(
        ["table", "--paper", adapted.path] + runs.map { (folder / $0.0).path }
      ).output
      for row in ["67.13 (", "65.97 \u{B1} 0.38 (", "64.32 \u{B1} 0.33 (", "65.59 ("] {
        #expect(table.contains(row), "\(table)")
      }
    }
  }

  /// The built-in encoder is in no file, so the model folder holds it.
  @Test func theBuiltInEncoderIsKeptBesideItsAdapters() throws {
    try withTemporaryFolder { folder in
      try succeed(
        [
          "train", "--output", (folder / "run").path, "--adapter", "lora", "--steps", "2",
          "--quiet",
        ])
      try FileManager.default.moveItem(at: folder / "run/model", to: folder / "moved")
      let texts = folder / "texts.csv"
      try texts.write(Utterances.csv())
      try succeed(["predict", (folder / "moved").path, texts.path])
    }
  }

  @Test func whatDoesNotFitIsRefusedByName() throws {
    try withTemporaryFolder { folder in
      let model = try SmallLlama.folder(in: folder).path
      for (options, message) in [
        (
          ["--adapter", "lora", "--adapter-targets", "q_proj,wrong"],
          "--adapter-targets is wrong; give ends of names"
        ),
        (["--adapter", "lora", "--adapter-rank", "9"], "--adapter-rank is 9; give 1 to 8"),
        (["--adapter", "lora", "--freeze", "1"], "--adapter is lora; give nothing beside freeze"),
        (
          ["--adapter", "lora", "--adapter-dropout", "0.1", "--no-dropout"],
          "--adapter-dropout is 0.1; give nothing beside no-dropout, which turns all dropout off"
        ),
        (["--adapter-rank", "8"], "--adapter-rank is 8; give nothing without an adapter"),
        (["--adapter", "lora", "--adapter-scale", "0"], "--adapter-scale is 0"),
        (["--pooling", "first"], "--pooling is first; give mean or last"),
        (["--label-separator", "[NONE]"], "--label-separator is '[NONE]'; give a token"),
        (["--merge"], "--merge needs --adapter"),
        (
          ["--objective", "linear", "--label-separator", "<s>"],
          "--label-separator is '<s>'; give nothing: the objective linear encodes no labels"
        ),
        (["--adapter", "other"], "--adapter"),
      ] {
        let outcome = try taco(
          ["train", "--steps", "1", "--model", model] + options, in: folder)
        #expect(outcome.status == 64 && outcome.errors.contains(message), "\(options): \(outcome)")
      }
    }
  }
}

/// A Llama of two layers with random weights, as a Hugging Face folder; `scripts/fixtures/small-llama` made it.
enum SmallLlama {
  /// A copy of the folder in `parent`, made where it is not there yet.
  static func folder(in parent: URL) throws -> URL {
    let folder = parent / "llama"
    guard !FileManager.default.fileExists(atPath: folder.path) else { return folder }
    let original = URL(fileURLWithPath: #filePath).deletingLastPathComponent() / "Llama"
    try FileManager.default.copyItem(at: original, to: folder)
    return folder
  }
}
