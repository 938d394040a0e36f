import EmotionData
import Foundation
import Objectives
import TacoDist
import Tensors
import TestSupport
import Testing
import Training

@testable import Distribution
@testable import Runs

@Suite struct EmotionClassifierTests {
  /// An untrained model on disk.
  private func withModel(
    past: Int = 0, _ body: (EmotionClassifier) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      var settings = TrainingSettings(.paper)
      settings.startFromScratch()
      if past > 0 {
        var dialogue = DialogueSettings()
        dialogue.past = past
        settings.dialogue = dialogue
      }
      let labels = DataSet.sample.labels
      let (model, sequences) = try PretrainedEncoder.nano().model(
        settings, labelCount: labels.count)
      let rows = try Scorer(model, threads: 1, ranks: SingleRank())
        .embed(sequences.labels(labels), .labels)
      try ModelFolder(model, sequences, labels, settings, labelEmbeddings: rows)
        .write(to: folder.appending(path: "model"))
      try body(EmotionClassifier(contentsOf: folder.appending(path: "model"), threads: 2))
    }
  }

  @Test func classifiesInOrderAndConsistently() throws {
    try withModel { classifier in
      let texts = ["thank you", "what a mess", ""]
      let all = try classifier.classify(texts, top: 99)
      #expect(all.count == 3 && all.allSatisfy { $0.count == 27 })
      for (text, emotions) in zip(texts, all) {
        #expect(abs(emotions.reduce(0) { $0 + $1.probability } - 1) < 1e-12)
        #expect(emotions.map(\.score) == emotions.map(\.score).sorted(by: >))
        #expect(Set(emotions.map(\.id)).count == 27)
        #expect(emotions.allSatisfy { classifier.labels[$0.id] == $0.label })
        // Alone, a row goes through other kernels of the scores' product.
        let alone = try classifier.classify(text)
        #expect(alone.map(\.id) == [emotions[0].id])
        #expect(abs(alone[0].score - emotions[0].score) <= 1e-5 * abs(emotions[0].score))
      }
      let rows = try classifier.embeddings(of: texts)
      #expect(rows.count == 3 && rows.allSatisfy { $0.count == classifier.embeddingSize })
      #expect(rows[0] != rows[1])
      #expect(try classifier.classify([]).isEmpty)
    }
  }

  @Test func turnsAreReadAsInTraining() throws {
    let turns = [
      EmotionClassifier.Turn(speaker: "Ann", "what a mess"), .init(speaker: "Bob", "thank you"),
      .init("thank you"),
    ]
    try withModel(past: 1) { classifier in
      let scores = try classifier.classify(dialogue: turns, top: 27).map { $0.map(\.score) }
      #expect(Set(scores).count == 3, "speaker and turn before decide too")
      let shorter = try classifier.classify(dialogue: Array(turns.dropFirst()), top: 27)
      #expect(shorter[0].map(\.score) != scores[1])
      #expect(try classifier.classify(dialogue: []).isEmpty)
    }
    try withModel { classifier in
      let alone = try classifier.classify(turns.map(\.text), top: 27)
      #expect(try classifier.classify(dialogue: turns, top: 27) == alone)
    }
  }

  @Test func aFolderWithoutAModelIsNamed() {
    #expect {
      try EmotionClassifier(contentsOf: URL(fileURLWithPath: "/nonesuch"))
    } throws: { "\($0)".contains("/nonesuch: no taco.json") }
  }
}
