import EmotionData
import Encoders
import Foundation
import ObjectiveCatalogue
import Objectives
import Tensors
import TestSupport
import Testing
import TripleView

@testable import Runs
@testable import Training

/// Models on disk: what is written is read again, and never seen half written.
@Suite struct ModelFolderTests {
  private func folder(_ recipe: Recipe, steps: Int? = nil) throws -> ModelFolder {
    var settings = TrainingSettings(recipe)
    settings.seed = 42
    settings.steps = steps
    settings.learningRate = 1e-3 / 3
    settings.objective.settings.suit(labels: "goemotions")
    let (model, sequences) = try PretrainedEncoder.nano().model(settings, labelCount: 27)
    let random = KeyedRandom(seed: 1, purpose: .sampling)
    let values = (0..<27 * Heads.embeddingSize).map { Double(Float(random.normal(UInt64($0)))) }
    return ModelFolder(
      model, sequences, DataSet.sample.labels, settings,
      labelEmbeddings: DoubleMatrix(rows: 27, columns: Heads.embeddingSize, values: values))
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test(arguments: Recipe.allCases)
  func aModelReadsBackAsItWas(recipe: Recipe) throws {
    let written = try folder(recipe, steps: recipe == .paper ? 9 : nil)
    try withTemporaryFolder { parent in
      let place = parent.appending(path: "model")
      #expect(!ModelFolder.exists(at: place))
      try written.write(to: place)
      #expect(ModelFolder.exists(at: place))
      #expect(
        try names(place) == [
          "1_Pooling", "config.json", "model.safetensors", "modules.json",
          "sentence_bert_config.json", "taco.json", "taco.safetensors", "tokenizer.json",
          "tokenizer_config.json",
        ])
      let read = try ModelFolder(contentsOf: place)
      let isSame = read.model.parameters.array == written.model.parameters.array
      #expect(isSame, "parameters")
      #expect(read.model.layout.entries.map(\.name) == written.model.layout.entries.map(\.name))
      #expect(read.settings == written.settings)
      #expect(read.labels == written.labels)
      #expect(read.labelEmbeddings == written.labelEmbeddings)
      #expect(read.model.encoder.configuration == written.model.encoder.configuration)
      let texts = ["I am so happy!", "why [EMO] me?", ""]
      #expect(read.sequences.utterances(texts) == written.sequences.utterances(texts))
      #expect(read.sequences.labels(read.labels) == written.sequences.labels(read.labels))
      #expect(read.sequences.markerToken == written.sequences.markerToken)
    }
  }

  @Test(arguments: Pooling.allCases)
  func otherProgramsFindPoolingAndLabels(pooling: Pooling) throws {
    var settings = TrainingSettings(.paper)
    settings.pooling = pooling
    let (model, sequences) = try PretrainedEncoder.nano().model(settings, labelCount: 27)
    let written = ModelFolder(
      model, sequences, DataSet.sample.labels, settings,
      labelEmbeddings: DoubleMatrix(rows: 27, columns: Heads.embeddingSize))
    try withTemporaryFolder { parent in
      let place = parent.appending(path: "model")
      try written.write(to: place)
      func json<T>(_ name: String, as type: T.Type) throws -> T {
        let data = try Data(contentsOf: place.appending(path: name))
        return try #require(JSONSerialization.jsonObject(with: data) as? T)
      }
      let modules = try json("modules.json", as: [[String: Any]].self)
      #expect(modules.map { $0["path"] as? String } == ["", "1_Pooling"])
      let mode = try json("1_Pooling/config.json", as: [String: Any].self)
      #expect(mode["pooling_mode_cls_token"] as? Bool == (pooling == .first))
      #expect(mode["pooling_mode_mean_tokens"] as? Bool == (pooling == .mean))
      #expect(mode["word_embedding_dimension"] as? Int == 64)
      let length = try json("sentence_bert_config.json", as: [String: Any].self)
      #expect(length["max_seq_length"] as? Int == 200)
      let configuration = try json("config.json", as: [String: Any].self)
      #expect((configuration["id2label"] as? [String: String])?["3"] == written.labels.names[3])
      #expect((configuration["label2id"] as? [String: Int])?[written.labels.names[3]] == 3)
    }
  }

  @Test func aSecondModelReplacesTheFirst() throws {
    try withTemporaryFolder { parent in
      let place = parent.appending(path: "model")
      try folder(.paper).write(to: place)
      try folder(.reference).write(to: place)
      #expect(try ModelFolder(contentsOf: place).settings.recipe == .reference)
      #expect(try names(parent) == ["model"])
    }
  }

  @Test func aFailedWriteLeavesTheOldModelAndNothingElse() throws {
    struct Failure: Error {}
    try withTemporaryFolder { parent in
      let place = parent.appending(path: "model")
      try folder(.paper).write(to: place)
      #expect(throws: Failure.self) {
        try replaceFolder(place) { temporary in
          try Data("half".utf8).write(to: temporary.appending(path: "config.json"))
          throw Failure()
        }
      }
      #expect(try names(parent) == ["model"])
      #expect(try ModelFolder(contentsOf: place).settings.recipe == .paper)
    }
  }

  /// A file where a folder should be stands for whatever cannot be written, also for root.
  @Test func anUnwritablePlaceIsAnError() throws {
    try withTemporaryFolder { parent in
      let file = parent.appending(path: "file")
      try Data().write(to: file)
      #expect(throws: (any Error).self) {
        try folder(.paper).write(to: file.appending(path: "model"))
      }
      #expect(try names(parent) == ["file"])
    }
  }

  /// What a later version writes is not half understood.
  @Test func laterFormatsAreRefused() throws {
    try withTemporaryFolder { parent in
      let place = parent.appending(path: "model")
      try folder(.paper).write(to: place)
      let file = place.appending(path: "taco.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains("\"format\" : 1"))
      try Data(text.replacing("\"format\" : 1", with: "\"format\" : 2").utf8).write(to: file)
      let later = #expect(throws: ModelFolderError.self) { try ModelFolder(contentsOf: place) }
      #expect(
        later?.description.hasSuffix(
          "taco.json: format 2; this program knows format 1. Use the version of taco-dist that wrote it, "
            + "or a later one.") == true, "\(String(describing: later))")
    }
  }

  @Test func damagedFoldersAreNamed() throws {
    try withTemporaryFolder { parent in
      let place = parent.appending(path: "model")
      let missing = #expect(throws: ModelFolderError.self) { try ModelFolder(contentsOf: place) }
      #expect(missing?.description.contains("no taco.json") == true)
      try folder(.paper).write(to: place)
      let description = place.appending(path: "taco.json")
      let text = try String(contentsOf: description, encoding: .utf8)
      try Data(text.replacing("\"settings\"", with: "\"setings\"").utf8).write(to: description)
      let damaged = #expect(throws: ModelFolderError.self) { try ModelFolder(contentsOf: place) }
      #expect(damaged?.description.contains("taco.json") == true)
      try Data(text.utf8).write(to: description)
      let heads = place.appending(path: "taco.safetensors")
      try FileManager.default.removeItem(at: heads)
      #expect(throws: (any Error).self) { try ModelFolder(contentsOf: place) }
    }
  }
}
