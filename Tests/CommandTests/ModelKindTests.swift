import Foundation
import Safetensors
import TestSupport
import Testing

/// Folders that people take for a model: read where they are one, else told by their true cause.
@Suite struct ModelKindTests {
  private let model: URL

  init() throws {
    model = try SmallRun.shared.get().folder / "model"
  }

  private func withModel(_ body: (URL, URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(at: model, to: folder / "m")
      try body(folder, folder / "m")
    }
  }

  private func train(_ folder: URL, _ name: String = "m", _ environment: [String: String] = [:])
    throws -> MPIRun.Outcome
  {
    let run = try #require(MPIRun("taco-dist"))
    return try run(
      ["train", "--quiet", "--steps", "2", "--model", name, "--output", "run"], ranks: nil,
      environment: environment, in: folder)
  }

  /// Writes some of the model's tensors under other names.
  private func write(
    _ folder: URL, _ file: String, named name: (String) -> String = { $0 },
    where isChosen: (String) -> Bool = { _ in true }
  ) throws -> [String] {
    let weights = try SafetensorsFile(contentsOf: model / "model.safetensors")
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    let names = weights.names.filter(isChosen)
    for tensor in names {
      try writer.add(
        name(tensor), shape: weights.tensor(tensor).shape, values: weights.floats(tensor))
    }
    try writer.write(to: folder / file)
    return names.map(name)
  }

  private func isLayer(_ name: String) -> Bool { name.hasPrefix("encoder.") }

  @Test func weightsInTwoFilesAreReadAsInOne() throws {
    try withModel { folder, place in
      #expect(try train(folder).status == 0)
      let one = try (folder / "run/model/model.safetensors").bytes
      try FileManager.default.removeItem(at: folder / "run")
      try FileManager.default.removeItem(at: place / "model.safetensors")
      let parts = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
      var map: [String: String] = [:]
      for (index, part) in parts.enumerated() {
        for name in try write(place, part, where: { isLayer($0) == (index == 1) }) {
          map[name] = part
        }
      }
      let index = place / "model.safetensors.index.json"
      try JSONSerialization.data(withJSONObject: ["weight_map": map]).write(to: index)
      #expect(try train(folder).status == 0)
      #expect(try (folder / "run/model/model.safetensors").bytes == one)
      try FileManager.default.removeItem(at: folder / "run")

      try FileManager.default.removeItem(at: place / parts[1])
      let missing = try train(folder)
      #expect(missing.status == 65, "\(missing)")
      #expect(missing.errors.contains("\(parts[1]): no such file, but model.safetensors.index"))
      map["pooler.dense.weight"] = "../\(parts[0])"
      try JSONSerialization.data(withJSONObject: ["weight_map": map]).write(to: index)
      #expect(try train(folder).errors.contains("is no name of a safetensors file beside it"))
    }
  }

  @Test(arguments: [
    "bert.", "_orig_mod.", "0.auto_model.", "module.model.bert.", "_orig_mod.bert.",
  ])
  func whatStandsBeforeAllNamesIsTakenOff(_ prefix: String) throws {
    try withModel { folder, place in
      _ = try write(place, "model.safetensors", named: { prefix + $0 })
      let outcome = try train(folder)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func ofTwoEncodersNoneIsChosen() throws {
    try withModel { folder, place in
      let weights = try SafetensorsFile(contentsOf: model / "model.safetensors")
      var writer = SafetensorsWriter()
      for name in weights.names {
        for tower in ["query.", "passage."] {
          try writer.add(
            tower + name, shape: weights.tensor(name).shape, values: weights.floats(name))
        }
      }
      try writer.write(to: place / "model.safetensors")
      let outcome = try train(folder)
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errors.contains("2 encoders, under 'passage.', 'query.'"), "\(outcome)")
    }
  }

  @Test func anOldConfigurationTellsItsFamilyOtherwise() throws {
    try withModel { folder, place in
      let file = place / "config.json"
      var fields = try #require(
        JSONSerialization.jsonObject(with: file.bytes) as? [String: Any])
      fields["model_type"] = nil
      fields["architectures"] = ["BertForMaskedLM"]
      try JSONSerialization.data(withJSONObject: fields).write(to: file)
      #expect(try train(folder).status == 0)
      try FileManager.default.removeItem(at: folder / "run")
      fields["architectures"] = nil
      try JSONSerialization.data(withJSONObject: fields).write(to: file)
      let outcome = try train(folder)
      #expect(outcome.status == 65 && outcome.errors.contains("\"model_type\": \"bert\""))
      _ = try write(place, "model.safetensors", named: { "bert." + $0 })
      #expect(try train(folder).status == 0)
    }
  }

  @Test func aNameOfTheHubIsFoundInItsCache() throws {
    try withModel { folder, place in
      let revision = "0123456789abcdef"
      let cached = folder / "cache/hub/models--me--tiny"
      try (cached / "refs/main").write(revision + "\n")
      try FileManager.default.createDirectory(
        at: cached / "snapshots", withIntermediateDirectories: true)
      let incomplete = try train(folder, "me/tiny", ["HF_HOME": (folder / "cache").path])
      #expect(incomplete.status == 65 && incomplete.errors.contains("download is incomplete"))
      try FileManager.default.moveItem(at: place, to: cached / "snapshots/\(revision)")
      for environment in [
        ["HF_HOME": (folder / "cache").path], ["HF_HUB_CACHE": (folder / "cache/hub").path],
      ] {
        let outcome = try train(folder, "me/tiny", environment)
        #expect(outcome.status == 0, "\(outcome)")
        try FileManager.default.removeItem(at: folder / "run")
      }
      #expect(try train(folder, "cache/hub/models--me--tiny").status == 0)
      let other = try train(folder, "me/other", ["HF_HOME": (folder / "cache").path])
      #expect(other.status == 65 && other.errors.contains("'hf download me/other'"), "\(other)")
    }
  }

  struct Kind: CustomTestStringConvertible {
    let testDescription: String
    /// Removed from the model's folder.
    var without: [String] = []
    /// Written there.
    var files: [String: String] = [:]
    let message: String

    static let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 90\n"
    static let all = [
      Kind(
        testDescription: "pointer for weights", files: ["model.safetensors": pointer],
        message: "model.safetensors: a pointer of Git LFS"),
      Kind(
        testDescription: "pointer for a tokenizer", files: ["tokenizer.json": pointer],
        message: "tokenizer.json: a pointer of Git LFS"),
      Kind(
        testDescription: "web page",
        files: ["config.json": "\n<!DOCTYPE html>\n<html>Log in</html>"],
        message: "config.json: a web page, not the file itself"),
      Kind(
        testDescription: "empty file", files: ["model.safetensors": ""],
        message: "model.safetensors: is empty"),
      Kind(
        testDescription: "PyTorch's file", without: ["model.safetensors"],
        files: ["pytorch_model.bin": "x"], message: "no such file, but pytorch_model.bin"),
      Kind(
        testDescription: "PyTorch's parts", without: ["model.safetensors"],
        files: ["pytorch_model-00001-of-00002.bin": "x", "pytorch_model.bin.index.json": "{}"],
        message: "no such file, but pytorch_model-00001-of-00002.bin"),
      Kind(
        testDescription: "TensorFlow's file", without: ["model.safetensors"],
        files: ["tf_model.h5": "x"], message: "weights of TensorFlow (tf_model.h5)"),
      Kind(
        testDescription: "adapter", without: ["model.safetensors", "config.json"],
        files: ["adapter_config.json": #"{"base_model_name_or_path": "me/base"}"#],
        message: "holds an adapter, made for 'me/base'"),
      Kind(
        testDescription: "sentence-transformers' older layout",
        without: ["config.json", "model.safetensors", "taco.json"],
        files: ["modules.json": "[]", "0_Transformer/config.json": "{}"],
        message: "The encoder is in 0_Transformer"),
      Kind(
        testDescription: "checkpoints of a training", without: ["config.json", "modules.json"],
        files: ["checkpoint-500/config.json": "{}", "checkpoint-1500/config.json": "{}"],
        message: "/checkpoint-1500."),
    ]
  }

  @Test(arguments: Kind.all)
  func theTrueCauseIsTold(_ kind: Kind) throws {
    try withModel { folder, place in
      for name in kind.without { try? FileManager.default.removeItem(at: place / name) }
      for (name, text) in kind.files { try (place / name).write(text) }
      let outcome = try train(folder)
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errors.contains(kind.message), "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: (folder / "run").path))
    }
  }

  @Test func aLinkToNothingIsTold() throws {
    try withModel { folder, place in
      try FileManager.default.removeItem(at: place / "model.safetensors")
      try FileManager.default.createSymbolicLink(
        atPath: (place / "model.safetensors").path, withDestinationPath: "../blobs/4711")
      let outcome = try train(folder)
      #expect(outcome.status == 65, "\(outcome)")
      #expect(outcome.errors.contains("a link to ../blobs/4711, which is not there"), "\(outcome)")
    }
  }

  @Test func tokenizeTakesARunAsPredictDoes() throws {
    let run = model.deletingLastPathComponent().path
    let ids = try succeed(["tokenize", run, "-"], input: "thanks [EMO]\n").output
    #expect(ids == (try succeed(["tokenize", model.path, "-"], input: "thanks [EMO]\n").output))
  }
}

extension URL {
  /// The bytes of a file.
  fileprivate var bytes: Data {
    get throws { try Data(contentsOf: self) }
  }
}
